import type { Arm } from '../protocol/domain/plan.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { ArmBlock } from '../statistics/armComparison.ts';
import { type Slot, slotLength } from '../statistics/provenDecline.ts';
import type { StratumSlot } from '../statistics/strata.ts';

/** Numbers and failures of treatment (`n`, `failures`) and control, changed where they stand. */
export interface OpenArms {
  readonly treatment: { n: number; failures: number };
  readonly control: { n: number; failures: number };
}

interface OpenSlot extends OpenArms {
  readonly index: number;
  /** The same records by stratum, where they name one. */
  readonly strata?: OpenStratum[];
}

interface OpenStratum extends OpenArms {
  readonly key: StratumSlot['key'];
}

interface SlotRecord {
  readonly arm: Arm;
  readonly failed: boolean;
  /** For so many it stands. */
  readonly worth: number;
  /** Names the request it is of, where that is known. */
  readonly unit?: number | undefined;
  /** Names the values that it is compared by, where the plan has such. */
  readonly stratum?: number | undefined;
}

/** A request that failed: where it counts, and when its newest try was. */
export interface FailedUnit {
  readonly unit: number;
  readonly arm: Arm;
  readonly index: number;
  readonly stratum?: number | undefined;
  readonly at: EventTime;
}

interface KnownUnit {
  readonly arm: Arm;
  readonly index: number;
  readonly stratum: number | undefined;
  readonly worth: number;
  at: EventTime;
  failed: boolean;
}

/** So many requests are remembered at most; so many of those that failed over a restart. */
const mostUnits = 20_000;
const mostKept = 1000;

/** So many slots stay open for records that come late: five minutes. */
const openSlots = 20;
/** So many strata of a slot are told apart. */
const mostInSlot = 64;

/**
 * The newest slots of event time, with records in whatever order they come. A record that is later than all of them counts
 * in the oldest: a timeout is told when it is over, and must not be lost.
 */
export class SlotQueue {
  #slots: OpenSlot[];
  /** The requests of the open slots, in the order in which they came first. */
  readonly #units = new Map<number, KnownUnit>();

  constructor(slots: readonly Slot[] = [], failed: readonly FailedUnit[] = []) {
    for (const { unit, arm, index, stratum, at } of failed) {
      this.#units.set(unit, { arm, index, stratum, at, worth: 1, failed: true });
    }
    this.#slots = slots.map(({ index, strata, ...arms }) => ({
      index,
      ...copied(arms),
      ...(strata !== undefined && { strata: strata.map(({ key, ...own }) => ({ key, ...copied(own) })) }),
    }));
  }

  /** @returns whether the record is of the newest slot, and whether it is the first of it; `nothing`: nothing has changed. */
  add(at: EventTime, record: SlotRecord): 'newest' | 'begins' | 'late' | 'nothing' {
    const { unit } = record;
    const known = unit === undefined ? undefined : this.#units.get(unit);
    if (known !== undefined && known.arm === record.arm) {
      const slot = this.#slots.find(({ index }) => index === known.index);
      if (slot !== undefined) return triedAgain(known, slot, at, record);
    }
    const slots = this.#slots;
    const newest = slots.at(-1);
    const own = Math.floor(at / slotLength);
    if (newest?.index === own) {
      note(newest, record);
      this.#remember(at, own, record);
      return 'newest';
    }
    const index = newest === undefined ? own : Math.max(own, newest.index - openSlots + 1);
    let place = slots.length;
    while (place > 0 && (slots[place - 1]?.index ?? 0) > index) place -= 1;
    const before = slots[place - 1];
    const isThere = before?.index === index;
    const slot: OpenSlot = isThere
      ? before
      : { index, ...noRecords(), ...(record.stratum !== undefined && { strata: [] }) };
    if (!isThere) slots.splice(place, 0, slot);
    note(slot, record);
    this.#remember(at, index, record);
    return slots.at(-1) === slot ? 'begins' : 'late';
  }

  /** The numbers of the newest slot, changed where they stand, if `at` is of it and no stratum is told apart. */
  newestAt(at: number): OpenArms | null {
    const newest = this.#slots.at(-1);
    return newest === undefined || newest.strata !== undefined || newest.index !== Math.floor(at / slotLength)
      ? null
      : newest;
  }

  /** The newest requests that failed and may be tried again. */
  get failedUnits(): readonly FailedUnit[] {
    const failed: FailedUnit[] = [];
    for (const [unit, { arm, index, stratum, at, failed: hasFailed }] of this.#units) {
      if (hasFailed) failed.push({ unit, arm, index, at, ...(stratum !== undefined && { stratum }) });
    }
    return failed.slice(-mostKept);
  }

  get rememberedUnits(): number {
    return this.#units.size;
  }

  #remember(at: EventTime, index: number, { unit, stratum, arm, failed, worth }: SlotRecord): void {
    if (unit === undefined) return;
    this.#units.delete(unit);
    this.#units.set(unit, { arm, index, stratum, at, failed, worth });
    const oldest = (this.#slots.at(-1)?.index ?? index) - openSlots;
    for (const [known, { index: of }] of this.#units) {
      if (of > oldest && this.#units.size <= mostUnits) break;
      this.#units.delete(known);
    }
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

/** Of several tries of a request the last one counts, where the first of them does. */
function triedAgain(known: KnownUnit, slot: OpenSlot, at: EventTime, { arm, failed }: SlotRecord): 'late' | 'nothing' {
  if (at < known.at) return 'nothing';
  known.at = at;
  if (failed === known.failed) return 'nothing';
  known.failed = failed;
  for (const arms of armsOf(slot, known.stratum)) arms[arm].failures += failed ? known.worth : -known.worth;
  return 'late';
}

function note(slot: OpenSlot, { arm, failed, worth, stratum }: SlotRecord): void {
  for (const arms of armsOf(slot, stratum)) {
    arms[arm].n += worth;
    if (failed) arms[arm].failures += worth;
  }
}

/** What counts a record of the stratum: the slot, and its own part of it. */
function armsOf(slot: OpenSlot, stratum: number | undefined): readonly OpenArms[] {
  const { strata } = slot;
  if (strata === undefined) return [slot];
  const key = stratum ?? 'rest';
  const known = strata.find((each) => each.key === key);
  if (known !== undefined) return [slot, known];
  const isFull = strata.length >= mostInSlot;
  const rest = isFull ? strata.find((each) => each.key === 'rest') : undefined;
  if (rest !== undefined) return [slot, rest];
  const added: OpenStratum = { key: isFull ? 'rest' : key, ...noRecords() };
  strata.push(added);
  return [slot, added];
}

function copied({ treatment, control }: ArmBlock): OpenArms {
  return { treatment: { ...treatment }, control: { ...control } };
}

function noRecords(): OpenArms {
  return { treatment: { n: 0, failures: 0 }, control: { n: 0, failures: 0 } };
}
