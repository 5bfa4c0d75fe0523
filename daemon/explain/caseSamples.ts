import type { Arm } from '../protocol/domain/plan.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { RecordFields } from './recordFields.ts';

/** A record with its fields. */
export interface Case {
  readonly at: EventTime;
  readonly fields: RecordFields;
}

export type CaseKind = 'failed' | 'passed';

/** Records of an arm and an outcome: how many there were, and an even sample of them. */
export interface CaseClass {
  readonly seen: number;
  readonly kept: readonly Case[];
}

/**
 * Even samples of the records of each arm and outcome (Vitter 1985, algorithm R), in one pass: so many are kept at most,
 * however many come. The same records in the same order give the same sample.
 */
export class CaseSamples {
  readonly #most: Readonly<Record<CaseKind, number>>;
  readonly #kept = {
    treatment: { failed: reservoir(), passed: reservoir() },
    control: { failed: reservoir(), passed: reservoir() },
  };
  #seed: number;

  constructor(most: Readonly<Record<CaseKind, number>> = { failed: 1000, passed: 2000 }, seed = 1) {
    this.#most = most;
    this.#seed = seed;
  }

  /** @param read the record's fields, asked for only when it is kept. */
  add(arm: Arm, kind: CaseKind, at: EventTime, read: () => RecordFields): void {
    const into = this.#kept[arm][kind];
    into.seen += 1;
    const most = this.#most[kind];
    if (into.kept.length < most) {
      into.kept.push({ at, fields: read() });
      return;
    }
    const place = Math.floor(this.#uniform() * into.seen);
    if (place < most) into.kept[place] = { at, fields: read() };
  }

  of(arm: Arm, kind: CaseKind): CaseClass {
    return this.#kept[arm][kind];
  }

  /** In [0, 1): mulberry32. */
  #uniform(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}

function reservoir(): { seen: number; readonly kept: Case[] } {
  return { seen: 0, kept: [] };
}
