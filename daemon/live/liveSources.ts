import type { Judge } from '../judge/judge.ts';
import type { Batch, SourceHealth, SourceProgress } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { type SourceKinds, startSources } from '../sources/kinds.ts';
import type { RunningSource, SourceRun } from '../sources/source.ts';

export interface LiveSourcesOptions extends Omit<SourceRun, 'commit' | 'sources'> {
  /** In the order of the plan. */
  readonly sources: readonly Source[];
  /** The kinds of sources; those of Rampwatch, unless told otherwise. */
  readonly kinds?: SourceKinds;
  /** Takes what was read in one turn; a throw means that nothing of it was kept. */
  take(batches: readonly Batch[]): void;
  /** The present judge: a refused commit replaces it. */
  judge(): Judge;
}

/** The running sources of one rollout, and the facts for its judge: their progress, and whether they live. */
export class LiveSources {
  readonly #options: LiveSourcesOptions;
  readonly #running: RunningSource;

  constructor(options: LiveSourcesOptions) {
    this.#options = options;
    const run: SourceRun = {
      ...options,
      sources: options.sources.map((source, index) => ({ index, source })),
      commit: (batches) => {
        this.#noteProgress(batches);
        options.take(batches);
      },
    };
    this.#running = startSources(run, options.kinds);
  }

  /** One full round now, beside those that come by themselves. */
  poll(): Promise<void> {
    return this.#running.poll();
  }

  health(): readonly SourceHealth[] {
    return this.#running.health();
  }

  /** The read part of a source, in per cent; `null` once it has been read to its end. */
  firstReading(source: number): number | null {
    const progress = this.#progress().get(source);
    if (progress === undefined || progress.readToEnd !== null) return null;
    const { files = [], others } = this.#running.health().find((of) => of.source === source) ?? {};
    const size = files.reduce((sum, file) => sum + file.size, others?.size ?? 0);
    const read = files.reduce((sum, file) => sum + Math.min(file.size, file.offset), others?.offset ?? 0);
    return size === 0 ? 0 : Math.floor((100 * read) / size);
  }

  textAt(place: Place): string | null {
    return this.#running.textAt?.(place) ?? null;
  }

  credentialChanged(place: string): void {
    this.#running.credentialChanged?.(place);
  }

  close(): Promise<void> {
    return this.#running.close();
  }

  /** How far the reading has come, as of now. */
  note(): void {
    const judge = this.#options.judge();
    const progress = this.#progress();
    for (const { source, state, detail, lag } of this.#running.health()) {
      judge.sources.noteUnreadable(source, state === 'error' ? (detail ?? 'it cannot be read') : null);
      const read = progress.get(source);
      if (read === undefined) continue;
      if (state === 'error') {
        // An unreadable source is not waited for; its freshness reports the silence.
        judge.sources.noteUnread(source, null);
        continue;
      }
      judge.sources.noteProgress(source, read);
      const { logs, unwritten } = read;
      if (logs !== undefined) judge.sources.noteLogsThere(source, { logs, unwritten }, this.#options.now());
      // A source that exists and was read to its end is alive, however quiet its lines are.
      if (state === 'reading' && lag === 0 && read.isThere && read.readToEnd !== null) {
        judge.sources.noteAlive(source, read.readToEnd, null);
      }
    }
  }

  /** New records were written after the earlier ones were read, and the judge must know that. */
  #noteProgress(batches: readonly Batch[]): void {
    const judge = this.#options.judge();
    const progress = this.#progress();
    for (const { source } of batches) {
      const read = progress.get(source);
      if (read !== undefined) judge.sources.noteProgress(source, read);
    }
  }

  #progress(): ReadonlyMap<number, SourceProgress> {
    return new Map(this.#running.progress().map((progress) => [progress.source, progress]));
  }
}
