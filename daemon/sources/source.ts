import type { HandedCredentials } from '../approval/handedCredentials.ts';
import type { RecordWindow, WindowOptions } from '../ingest/recorded/recordWindow.ts';
import type {
  Batch,
  Instrument,
  PositionRecord,
  SecondTurn,
  SourceGap,
  SourceHealth,
  SourceProgress,
} from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import type { WallTime } from '../protocol/domain/units.ts';

/** A source with its number in the plan: batches, positions and health name it by that. */
export interface NumberedSource<Settings = Source> {
  readonly index: number;
  readonly source: Settings;
}

/** What a source needs that runs a command or connects to something: the approval of a person, and the environment. */
export interface OutsideTerms {
  /** The id of the rollout, to which an approval belongs. */
  readonly rollout: string;
  /** The private state directory: approvals are kept there. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What an editor has handed over; left out where none can. */
  readonly handed?: HandedCredentials | undefined;
  /** Values that must not come back in a text for people. */
  readonly secrets: readonly string[];
}

/** The inputs of one rollout's running sources. */
export interface SourceRun<Settings = Source> {
  /** The plan's folder; nothing outside of it is read. */
  readonly root: string;
  readonly sources: readonly NumberedSource<Settings>[];
  readonly instrument: Instrument;
  /** As committed earlier, of all sources of the plan. */
  readonly positions: readonly PositionRecord[];
  /** Losses declared earlier: a restart mends none of them. */
  readonly gaps?: readonly SourceGap[];
  /** For sources that run a command or connect to something. */
  readonly outside: OutsideTerms;
  now(): WallTime;
  /**
   * Commits the batches of one turn together and whole, synchronously. A throw means that nothing was committed: the same
   * batches are offered again later.
   */
  commit(batches: readonly Batch[]): void;
  /** Told after a round in which a source's state or detail changed. */
  onHealth?(): void;
}

/** Sources that run: they read by themselves and give batches. */
export interface RunningSource {
  /** One full round: reads all that is readable now, to the end. Rejects only for a defect. */
  poll(): Promise<void>;
  /** The health of each running source. */
  health(): readonly SourceHealth[];
  progress(): readonly SourceProgress[];
  /** The text behind a place that nobody can read again, while it is kept; `null` where there is none. */
  textAt?(place: Place): string | null;
  /** A credential has come, gone or changed: what waits for one tries again at once. @param place as `placeText` writes it */
  credentialChanged?(place: string): void;
  /** Stops reading, after the batch at hand. */
  close(): Promise<void>;
}

/** A second reading that an edit of the plan needs, up to the position of the first reading. */
export interface SecondRun<Settings = Source> {
  readonly root: string;
  readonly sources: readonly NumberedSource<Settings>[];
  readonly instrument: Instrument;
  /** The positions of the first reading, which are the ends of this one. */
  readonly until: readonly PositionRecord[];
  /** How far it has been read again, as `SecondTurn.cursor` told. */
  readonly cursors: readonly PositionRecord[];
  now(): WallTime;
  /** So many lines are in one turn at most. */
  readonly linesPerTurn?: number;
}

export interface SecondReader {
  /** The next turn; `null` when there is nothing to read at this moment. */
  next(): Promise<SecondTurn | null>;
  /** Nothing is left that could be read. */
  readonly isOver: boolean;
  /** All of the first reading was read again. */
  readonly isWhole: boolean;
  readonly progress: { readonly read: number; readonly total: number };
  close(): Promise<void>;
}

/** A kind whose records stay where they are, so that an edit of the plan can have them read again. */
export interface Rereading<Settings> {
  /** The names of the logs of which something was read, by the positions of one source. */
  logsRead(positions: readonly PositionRecord[]): readonly string[];
  /** True when a log, by its name, belongs to the source. */
  isLogOf(log: string, source: Settings): boolean;
  /** Cursors of a second reading that goes on where the first stood. */
  cursorsAt(positions: readonly PositionRecord[]): readonly PositionRecord[];
  /** The position from which the source is read on in another format: what was learnt in the old one is forgotten. */
  readOnAs(position: PositionRecord): PositionRecord;
  /** The first line of each log names the columns of the others. */
  hasHeader(source: Settings): boolean;
  start(run: SecondRun<Settings>): SecondReader;
}

/** A kind of source: a folder beside this file, and a line in kinds.ts. */
export interface SourceKind<Settings> {
  /** Starts all sources of this kind of one plan, together. */
  start(run: SourceRun<Settings>): RunningSource;
  /** `null`: a record that was read is gone. */
  readonly again: Rereading<Settings> | null;
  /** The records about a time, as they stand, for whoever is asked for help; `null` where they are kept nowhere. */
  readonly window: ((root: string, source: Settings, options: WindowOptions) => Promise<RecordWindow>) | null;
  /** In a line, the reason why nothing of the source can be read on this machine; `null`, or left out: it can. */
  missing?(place: SourcePlace<Settings>): Promise<string | null>;
}

/** A source on this machine. */
export interface SourcePlace<Settings = Source> extends NumberedSource<Settings> {
  readonly root: string;
  readonly outside: Omit<OutsideTerms, 'secrets'>;
}
