import type { Arm } from '../protocol/domain/plan.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import { type Slot, slotLength } from '../statistics/provenDecline.ts';

/** Numbers and failures of treatment (`n`, `failures`) and control, changed where they stand. */
interface OpenSlot {
  readonly index: number;
  readonly treatment: { n: number; failures: number };
  readonly control: { n: number; failures: number };
}

interface SlotRecord {
  readonly arm: Arm;
  readonly failed: boolean;
  /** For so many it stands. */
  readonly worth: number;
}

/** So many slots stay open for records that come late: five minutes. */
const openSlots = 20;

/**
 * The newest slots of event time, with records in whatever order they come. A record that is later than all of them counts
 * in the oldest: a timeout is told when it is over, and must not be lost.
 */
export class SlotQueue {
  #slots: OpenSlot[];

  constructor(slots: readonly Slot[] = []) {
    this.#slots = slots.map(({ index, treatment, control }) => ({
      index,
      treatment: { ...treatment },
      control: { ...control },
    }));
  }

  /** @returns whether the record is of the newest slot, and whether it is the first of it. */
  add(at: EventTime, record: SlotRecord): 'newest' | 'begins' | 'late' {
    const slots = this.#slots;
    const newest = slots.at(-1);
    const own = Math.floor(at / slotLength);
    if (newest?.index === own) {
      note(newest, record);
      return 'newest';
    }
    const index = newest === undefined ? own : Math.max(own, newest.index - openSlots + 1);
    let place = slots.length;
    while (place > 0 && (slots[place - 1]?.index ?? 0) > index) place -= 1;
    const before = slots[place - 1];
    const isThere = before?.index === index;
    const slot = isThere ? before : { index, treatment: { n: 0, failures: 0 }, control: { n: 0, failures: 0 } };
    if (!isThere) slots.splice(place, 0, slot);
    note(slot, record);
    return slots.at(-1) === slot ? 'begins' : 'late';
  }

  /** Takes what nothing can be added to any more, the oldest first. */
  takeClosed(): readonly Slot[] {
    const newest = this.#slots.at(-1)?.index ?? 0;
    const open = this.#slots.findIndex(({ index }) => index > newest - openSlots);
    return open <= 0 ? [] : this.#slots.splice(0, open);
  }

  get open(): readonly Slot[] {
    return this.#slots;
  }
}

function note(slot: OpenSlot, { arm, failed, worth }: SlotRecord): void {
  slot[arm].n += worth;
  if (failed) slot[arm].failures += worth;
}
