import type { SourceHealth, SourceProgress } from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import type { PrometheusSource } from '../../protocol/domain/prometheusSource.ts';
import type { RunningSource, SourceKind, SourceRun } from '../source.ts';
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
  readonly #run: SourceRun<PrometheusSource>;
  readonly #tails: readonly EngineTail[];
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #defect: string | null = null;
  #told = '';

  constructor(run: SourceRun<PrometheusSource>) {
    this.#run = run;
    this.#tails = run.sources.map((source) => new EngineTail(run, source));
    this.#lookIn(0);
  }

  async poll(): Promise<void> {
    await this.#exclusively(async () => {
      for (const tail of this.#tails) while (!this.#closed && (await tail.look(performance.now())));
    });
    this.#tell();
  }

  health(): readonly SourceHealth[] {
    const health = this.#tails.map((tail) => tail.health());
    const defect = this.#defect;
    return defect === null ? health : health.map((of) => ({ ...of, state: 'error', detail: defect }));
  }

  progress(): readonly SourceProgress[] {
    return this.#tails.map(({ progress }) => progress);
  }

  textAt(place: Place): string | null {
    for (const tail of this.#tails) {
      const text = tail.textAt(place);
      if (text !== null) return text;
    }
    return null;
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
    this.#timer = setTimeout(() => void this.#exclusively(() => this.#lookAtDue()), wait);
  }

  async #lookAtDue(): Promise<void> {
    try {
      const due = this.#tails.filter((tail) => tail.waits(performance.now()) === 0);
      await Promise.all(due.map((tail) => tail.look(performance.now())));
      this.#defect = null;
    } catch (error) {
      // A defect of ours must not end the reading for good, nor be silent.
      this.#defect = `reading failed: ${error instanceof Error ? error.message : String(error)}; tried again by itself`;
    }
    this.#tell();
    const now = performance.now();
    this.#lookIn(this.#defect === null ? Math.min(...this.#tails.map((tail) => tail.waits(now))) : 2000);
  }

  #tell(): void {
    const told = JSON.stringify(this.health().map(({ state, detail }) => [state, detail]));
    if (told === this.#told) return;
    this.#told = told;
    this.#run.onHealth?.();
  }
}
