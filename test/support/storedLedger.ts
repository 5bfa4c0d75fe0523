import { Ledger } from '../../daemon/measure/ledger.ts';
import type { CellRecord, Instrument, OutcomeRecord } from '../../daemon/protocol/domain/observation.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../../daemon/protocol/domain/units.ts';

/** A ledger with a store in memory: rows as the real one keeps them, and restarts from nothing else. */
export class StoredLedger {
  ledger: Ledger;
  readonly #plan: Plan;
  readonly #instrument: Instrument;
  readonly #cells = new Map<string, CellRecord>();
  #outcomes: OutcomeRecord[] = [];
  #keptSince: EventTime | null = null;

  constructor(plan: Plan, instrument: Instrument) {
    this.#plan = plan;
    this.#instrument = instrument;
    this.ledger = new Ledger(plan, instrument);
  }

  /** Single outcomes in the store. */
  get outcomes(): number {
    return this.#outcomes.length;
  }

  /** Cells in the store. */
  get cells(): number {
    return this.#cells.size;
  }

  /** Bytes that a series takes. */
  bytesOf(series: string): number {
    return [...this.#cells.values()].reduce((sum, cell) => sum + (cell.series === series ? cell.body.length : 0), 0);
  }

  commit(): void {
    const { cells, outcomes, replaces, keepSince } = this.ledger.takeChanges();
    for (const cell of cells) {
      if (cell.body.length === 0) this.#cells.delete(`${cell.series} ${cell.minute}`);
      else this.#cells.set(`${cell.series} ${cell.minute}`, { ...cell, body: Uint8Array.from(cell.body) });
    }
    if (replaces) {
      this.#outcomes = [];
      this.#keptSince = null;
    }
    this.#outcomes.push(...(structuredClone(outcomes) as OutcomeRecord[]));
    if (keepSince === null) return;
    this.#keptSince = eventTime(Math.max(keepSince, this.#keptSince ?? keepSince));
    this.#outcomes = this.#outcomes.filter(({ at }) => at >= keepSince);
  }

  restart(): void {
    this.commit();
    this.ledger = Ledger.restore(this.#plan, this.#instrument, this.#cells.values(), this.#outcomes, this.#keptSince);
  }
}
