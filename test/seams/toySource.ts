import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Source } from '../../daemon/protocol/domain/sourceKinds.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RunningSource, SourceKind, SourceRun } from '../../daemon/sources/source.ts';

/** The settings of a plan for it. */
interface ToyStreamSettings {
  readonly stream: string;
}

/** Records that a test says one by one: a kind of source that no plan knows and that nobody can read again. */
export class ToyStream {
  readonly #said: Readonly<Record<string, unknown>>[] = [];
  #line = 0;

  say(...records: readonly Readonly<Record<string, unknown>>[]): void {
    this.#said.push(...records);
  }

  get kind(): SourceKind<ToyStreamSettings> {
    return { start: (run) => this.#start(run), again: null, window: null };
  }

  /** As the settings of a plan, which knows no such kind. */
  static settings(stream: string): Source {
    return { stream } satisfies ToyStreamSettings as unknown as Source;
  }

  #start({ sources, instrument, now, commit }: SourceRun<ToyStreamSettings>): RunningSource {
    const [numbered] = sources;
    if (numbered === undefined) throw new Error('started without a source');
    const { index, source } = numbered;
    return {
      poll: async () => {
        const observations = this.#said.splice(0).flatMap((record): readonly Observation[] => {
          this.#line += 1;
          const reading = instrument.readRecord(index, record, now());
          if (reading.kind === 'ignored' || reading.kind === 'rejected' || reading.kind === 'several') return [];
          return [{ reading, place: { stream: source.stream, line: this.#line } }];
        });
        const none = { ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
        commit([{ source: index, arrived: now(), unread: false, observations, ...none }]);
      },
      health: () => [{ source: index, glob: source.stream, state: 'reading', detail: null, files: [], lag: 0 }],
      progress: () => [{ source: index, readToEnd: wallTime(now()), behindSince: null, isThere: true }],
      close: async () => undefined,
    };
  }
}
