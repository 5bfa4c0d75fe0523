import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { OutcomeRows } from './outcomeRows.ts';
import type { ArmRun } from './rowRun.ts';

/** The outcomes that came since the store last took the changes, arm by arm in the order in which they came. */
export class UnstoredOutcomes {
  readonly #rows: Readonly<Record<Arm, OutcomeRows>>;

  /** @param fields how many each outcome has. */
  constructor(fields: number) {
    this.#rows = { treatment: new OutcomeRows(fields), control: new OutcomeRows(fields) };
  }

  add(outcome: OutcomeRecord): void {
    const rows = this.#rows[outcome.arm];
    rows.insert(rows.length, outcome);
  }

  addRun(arm: Arm, { columns, rows, length }: ArmRun): void {
    const unstored = this.#rows[arm];
    for (let index = 0; index < length; index += 1) unstored.append(columns, rows[index] ?? 0);
  }

  /** Those of `keepSince` and later. */
  from(keepSince: number): OutcomeRecord[] {
    const outcomes: OutcomeRecord[] = [];
    for (const arm of ['treatment', 'control'] as const) {
      const rows = this.#rows[arm];
      for (let row = 0; row < rows.length; row += 1)
        if (rows.timeAt(row) >= keepSince) outcomes.push(rows.at(row, arm));
    }
    return outcomes;
  }

  clear(): void {
    this.#rows.treatment.length = 0;
    this.#rows.control.length = 0;
  }
}
