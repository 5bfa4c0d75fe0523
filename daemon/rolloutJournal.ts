import type { Instrument } from './protocol/observation.ts';
import type { LoadedPlan } from './protocol/plan.ts';
import type { JournalBody, JournalEntry } from './protocol/rollout.ts';
import type { WallTime } from './protocol/units.ts';
import type { Firing } from './protocol/verdict.ts';
import { quotedLines } from './quotedLines.ts';
import type { Execution } from './rollout/execution.ts';
import type { Store } from './store/store.ts';

interface Options {
  readonly loaded: LoadedPlan;
  readonly instrument: Instrument;
  readonly store: Pick<Store, 'journal'>;
  now(): WallTime;
  record(bodies: readonly JournalBody[]): void;
  /** A defect of ours, which must not end the daemon. */
  failed(error: unknown): void;
}

const mostShown = 50;
const longestSilence = 3_600_000;

/** The journal of one rollout as it grows: what of it a view shows, and what it keeps by itself so that it can prove. */
export class RolloutJournal {
  readonly #options: Options;
  #shown: readonly JournalEntry[];
  #newestAt: WallTime | null;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    const newest = options.store.journal(options.loaded.plan.id, null, mostShown);
    this.#shown = newest.filter(isShown);
    this.#newestAt = newest[0]?.at ?? null;
  }

  /** Newest first. */
  get shown(): readonly JournalEntry[] {
    return this.#shown;
  }

  /** What was just journalled, oldest first. */
  take(entries: readonly JournalEntry[]): void {
    this.#newestAt = entries.at(-1)?.at ?? this.#newestAt;
    this.#shown = [...entries.toReversed().filter(isShown), ...this.#shown].slice(0, mostShown);
    for (const { body } of entries) if (body.kind === 'firing') void this.#quote(body.firing);
  }

  /** In an hour in which nothing happened it tells how the gate stands: a report is told for its last entry. */
  tick(execution: Execution): void {
    if (this.#newestAt === null || this.#options.now() - this.#newestAt < longestSilence) return;
    const measured = execution.measured();
    if (measured !== null) this.#options.record([measured]);
  }

  close(): void {
    this.#closed = true;
  }

  /** After the decision, which no slow disk may delay. */
  async #quote(firing: Firing): Promise<void> {
    const { loaded, instrument, now, record, failed } = this.#options;
    try {
      const quoted = await quotedLines(loaded, instrument, firing, now());
      if (quoted !== null && !this.#closed) record([quoted]);
    } catch (error) {
      failed(error);
    }
  }
}

/** What the view shows anyway would push out what it cannot show otherwise. */
function isShown({ body }: JournalEntry): boolean {
  return body.kind !== 'measured';
}
