import { ExposureJoin } from '../measure/join/exposureJoin.ts';
import type { Batch, SourceHealth } from '../protocol/domain/observation.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { SecondReadingRecord } from './countedUnder.ts';
import { startGauges } from './gauges.ts';
import { LiveSources } from './liveSources.ts';
import type { RolloutParts } from './rolloutParts.ts';
import type { RolloutRunner } from './rolloutRunner.ts';
import { SecondReadings } from './secondReadings.ts';

/**
 * The third stage of a rollout's construction: the readers, which give the runner what they read. They are the sources of
 * the plan, the second readings that an edit asks for, and the gauges of processes.
 */
export class RolloutReading {
  readonly #parts: RolloutParts;
  readonly #runner: RolloutRunner;
  readonly #sources: LiveSources;
  readonly #readAgain: SecondReadings;
  readonly #gauges: { close(): void };

  constructor(parts: RolloutParts, runner: RolloutRunner) {
    const { options, instrument, defects, counts } = parts;
    const { loaded, store, directory, environment, handed, now } = options;
    const { plan, root, file } = loaded;
    this.#parts = parts;
    this.#runner = runner;
    this.noteUnread(now());
    const { positions } = store.load(plan.id);
    const join = ExposureJoin.of(plan, instrument, positions);
    this.#sources = new LiveSources({
      root,
      sources: plan.sources,
      instrument,
      positions,
      gaps: runner.execution.counters.flatMap(({ gaps }) => gaps),
      outside: { rollout: plan.id, directory, environment, handed, secrets: parts.secrets() },
      now,
      take: (batches) => {
        // A line that came since the source was read to its end can be dated by its arrival.
        if (counts.first.length > 0) this.#noteFirstReadings();
        const dated = counts.dated(batches);
        if (join === null) runner.batch(...dated);
        else takeJoined(join, dated, (joined) => runner.batch(...joined));
      },
      judge: () => runner.execution.judge,
      onHealth: () => options.changed(),
    });
    parts.texts.at = (place) => this.#sources.textAt(place);
    this.#readAgain = new SecondReadings({
      rollout: plan.id,
      root,
      file,
      store,
      readings: counts.second,
      now,
      finished: (reading, isWhole) => this.#joined(reading, isWhole),
      failed: (error) => {
        // A store that refuses is told of by the first reading, and the second goes on when it takes again.
        if (!(error instanceof UserError)) defects.note('a second reading', error);
      },
    });
    this.#noteUncounted();
    this.#gauges = startGauges(loaded, {
      sampled: (name, value) => runner.gauge(name, value),
      over: () => defects.over('a gauge'),
      failed: (error) => defects.note('a gauge', error),
    });
  }

  health(): readonly SourceHealth[] {
    return this.#sources.health();
  }

  credentialChanged(place: string): void {
    this.#sources.credentialChanged(place);
  }

  tick(): void {
    const { defects } = this.#parts;
    defects.guard('the sources', () => this.#sources.note(), undefined);
    defects.guard('a second reading', () => this.#noteUncounted(), undefined);
  }

  /** Nobody knows the bytes that were written meanwhile: that nothing was found proves nothing until all has been read. */
  noteUnread(at: WallTime): void {
    const { judge, plan } = this.#runner.execution;
    for (const source of plan.sources.keys()) judge.sources.noteUnread(source, at);
  }

  async close(): Promise<void> {
    this.#gauges.close();
    await this.#readAgain.close();
    await this.#sources.close();
  }

  /** A second reading, and a source that an edit has brought into the plan, are unknown before they are read. */
  #noteUncounted(): void {
    this.#runner.execution.judge.doubts.readAgain = this.#readAgain.progress;
    this.#noteFirstReadings();
  }

  #noteFirstReadings(): void {
    const { counts } = this.#parts;
    for (const source of counts.first) {
      if (this.#sources.firstReading(source) === null) this.#firstIsRead(source);
    }
    const { sources } = this.#runner.execution.judge;
    for (const source of counts.first) sources.noteFirstReading(source, this.#sources.firstReading(source));
  }

  #firstIsRead(source: number): void {
    const { counts } = this.#parts;
    if (!this.#runner.execution.ledger.isBeside(source)) {
      counts.firstIsRead(source);
      this.#runner.execution.judge.sources.noteFirstReading(source, null);
      return;
    }
    this.#runner.recount(() => {
      counts.firstIsRead(source);
      return [];
    });
    // The judge is a new one, which nobody has told of the sources.
    this.#sources.note();
  }

  #joined(reading: SecondReadingRecord, isWhole: boolean): void {
    const { counts, defects } = this.#parts;
    this.#runner.recount(() => counts.join(reading, isWhole, this.#runner.execution.state.attempt));
    defects.over('a second reading');
    this.#noteUncounted();
  }
}

/** @throws the errors of `take`: nothing of the batches is kept then, and the join is as it was. */
function takeJoined(join: ExposureJoin, batches: readonly Batch[], take: (batches: readonly Batch[]) => void): void {
  try {
    take(join.join(batches));
  } catch (error) {
    join.takeBack();
    throw error;
  }
  join.keep();
}
