import type { CellRecord, Observation, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { RollUp } from './cellTable.ts';

/** The counts of some sources by themselves, so that an edit of another source leaves them alone. */
export interface CountedPart {
  /** Its name in the store. */
  readonly key: string;
  readonly sources: readonly number[];
  /** Not among the joined counts yet: its source is new and has not been read to its end. */
  readonly isBeside: boolean;
}

/** The counts of a part as they are stored. */
export interface PartCounts {
  readonly cells: Iterable<CellRecord>;
  readonly outcomes: Iterable<OutcomeRecord>;
  readonly keptSince: EventTime | null;
}

export interface StoredPart extends CountedPart, PartCounts {}

/** The changes that the store writes so that a restored ledger is the same one. */
export interface CountChanges {
  /** Cells that changed since the last time, whole; each replaces the one of the same series and minute. */
  readonly cells: readonly CellRecord[];
  /** Outcomes that came since the last time and are not older than `keepSince`. */
  readonly outcomes: readonly OutcomeRecord[];
  /** The outcomes are complete and replace all stored ones, and `keepSince` may be earlier than it was. */
  readonly replaces: boolean;
  /** Stored outcomes earlier than this are needed no more; `null` before the first record. */
  readonly keepSince: EventTime | null;
}

export interface PartChanges extends CountChanges {
  readonly key: string;
}

/** The ledger of a part, as far as a part needs it. */
interface PartLedger {
  readonly size: number;
  add(observation: Observation): void;
  splitAt(at: EventTime): void;
  setAside(now: EventTime): void;
  forgetBefore(keepSince: number, watermark: number): void;
  rollUp(rule: RollUp): void;
  takeChanges(): CountChanges;
}

interface LedgerPart extends CountedPart {
  readonly ledger: PartLedger;
}

/**
 * The parts of a ledger's counts, by source. They do not judge and have no clock of their own: what the ledger rolls up,
 * splits or lets go of, they do too, so that the sum of the parts is the ledger at each moment.
 */
export class LedgerParts {
  readonly #parts: readonly LedgerPart[];
  /** By source: a later part takes what comes from now on, an earlier one of more sources is of the past. */
  readonly #bySource: readonly (LedgerPart | undefined)[];

  constructor(parts: readonly LedgerPart[], sources: number) {
    this.#parts = parts;
    this.#bySource = Array.from({ length: sources }, (_, source) =>
      parts.findLast((part) => part.sources.includes(source)),
    );
  }

  /** Returns false when the observation does not belong to the joined counts yet. */
  add(observation: Observation, source: number): boolean {
    const part = this.#bySource[source];
    part?.ledger.add(observation);
    return part?.isBeside !== true;
  }

  /** Counts are kept by source. */
  get isKept(): boolean {
    return this.#parts.length > 0;
  }

  isBeside(source: number): boolean {
    return this.#bySource[source]?.isBeside === true;
  }

  splitAt(at: EventTime): void {
    for (const { ledger } of this.#parts) ledger.splitAt(at);
  }

  setAside(now: EventTime): void {
    for (const { ledger } of this.#parts) ledger.setAside(now);
  }

  forgetBefore(keepSince: number, watermark: number): void {
    for (const { ledger, isBeside } of this.#parts) if (!isBeside) ledger.forgetBefore(keepSince, watermark);
  }

  rollUp(rule: RollUp): void {
    for (const { ledger } of this.#parts) ledger.rollUp(rule);
  }

  /** How many cells are held. */
  get size(): number {
    return this.#parts.reduce((sum, { ledger }) => sum + ledger.size, 0);
  }

  takeChanges(): PartChanges[] {
    return this.#parts.flatMap(({ key, ledger }) => {
      const changes = ledger.takeChanges();
      const isSame = changes.cells.length === 0 && changes.outcomes.length === 0 && !changes.replaces;
      return isSame ? [] : [{ key, ...changes }];
    });
  }
}
