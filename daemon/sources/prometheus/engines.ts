import type { SourceHealth, SourceProgress } from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import type { PrometheusSource } from '../../protocol/domain/prometheusSource.ts';
import type { RunningSource, SourceKind, SourceRun } from '../source.ts';
import { TailsTogether } from '../tailsTogether.ts';
import { unapproved } from '../unapproved.ts';
import { EngineTail } from './engineTail.ts';

/** Metrics engines that are asked every step. What a query counted is not asked for again by an edit of the plan. */
export const engines: SourceKind<PrometheusSource> = {
  start: (run) => new RunningEngines(run),
  again: null,
  window: null,
  missing: unapproved,
};

class RunningEngines implements RunningSource {
  readonly #tails: readonly EngineTail[];
  readonly #together: TailsTogether;
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(run: SourceRun<PrometheusSource>) {
    this.#tails = run.sources.map((source) => new EngineTail(run, source));
    this.#together = new TailsTogether(this.#tails, run.onHealth);
    this.#lookIn(0);
  }

  async poll(): Promise<void> {
    await this.#exclusively(async () => {
      for (const tail of this.#tails) while (!this.#closed && (await tail.look(performance.now())));
    });
    this.#together.tell();
  }

  health(): readonly SourceHealth[] {
    return this.#together.health();
  }

  progress(): readonly SourceProgress[] {
    return this.#together.progress();
  }

  textAt(place: Place): string | null {
    return this.#together.textAt(place);
  }

  credentialChanged(): void {
    for (const tail of this.#tails) tail.tryAgain();
    this.#lookIn(0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const tail of this.#tails) tail.close();
    await this.#looking;
  }

  #exclusively(task: () => Promise<void>): Promise<void> {
    const result = this.#looking.then(task, task);
    this.#looking = result.catch(() => undefined);
    return result;
  }

  #lookIn(wait: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#exclusively(() => this.#lookAtDue()), wait);
  }

  async #lookAtDue(): Promise<void> {
    try {
      const due = this.#tails.filter((tail) => tail.waits(performance.now()) === 0);
      await Promise.all(due.map((tail) => tail.look(performance.now())));
      this.#together.noteDefect(null);
    } catch (error) {
      this.#together.noteDefect(error);
    }
    this.#together.tell();
    const now = performance.now();
    this.#lookIn(this.#together.hasDefect ? 2000 : Math.min(...this.#tails.map((tail) => tail.waits(now))));
  }
}
