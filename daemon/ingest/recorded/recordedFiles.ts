import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { ExposureJoin } from '../../measure/join/exposureJoin.ts';
import { fileFormat } from '../../protocol/domain/fileFormat.ts';
import type { Batch, Instrument, Observations } from '../../protocol/domain/observation.ts';
import { cursorOf, type ObservationCursor } from '../../protocol/domain/observationBlock.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { holdsLines, sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import { type Source, sourceFiles } from '../../protocol/domain/sourceKinds.ts';
import { type EventTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { withoutCompression } from '../compression/compression.ts';
import { formatOf } from '../formats/kinds.ts';
import { keptFields } from '../formats/scan.ts';
import { inheritedHeaders } from './inheritedHeaders.ts';
import { readRecording } from './recording.ts';

/** Observations of a recording that come one after the other, and the source they belong to. */
export interface RecordedRun {
  readonly source: number;
  /** The file's name, as it was given. */
  readonly name: string;
  /** The run is those of [from, to). */
  readonly observations: Observations;
  readonly from: number;
  readonly to: number;
}

/** The rest of a recording, beside its observations. */
export interface RecordedRest {
  ignored: number;
  readonly rejected: Record<string, number>;
  /** One line each for what is compressed and damaged: only what stands before the damage was read. */
  readonly damaged: string[];
  /** Everything read since the judge took it last. */
  readonly read: RecordedRead[];
  /** Logs no line of which says a time that is known, so that none could be judged. All are known before the first run. */
  readonly untimed: UntimedLog[];
  /** Told how many bytes of all files together have been read. */
  readonly reached?: ((bytes: number) => void) | undefined;
  /** Records by the name of their file whose local time came twice, with nothing to tell which; known at the end. */
  readonly undecided: Record<string, number>;
}

export interface RecordedRead {
  readonly source: number;
  readonly lines: number;
  readonly rejected: Batch['rejected'];
}

export interface UntimedLog {
  readonly name: string;
  readonly source: number;
}

function statsOf(file: string) {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** @throws UserError `recording-twice`: counted twice, a record would be two. */
export function refuseTwice(files: readonly { readonly file: string; readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { file, name } of files) {
    const stats = statsOf(file);
    // A file that cannot be read is told where it is read.
    if (stats === undefined) continue;
    const identity = `${stats.dev} ${stats.ino}`;
    if (seen.has(identity)) {
      throw new UserError('recording-twice', `${name} is named twice, by another name perhaps; name each file once`);
    }
    seen.add(identity);
  }
}

/**
 * Recorded files as one stream by event time: files of several sources (metrics, logs) are merged as they happened; the
 * records of one file keep their order. In runs, for to wait for each of millions of records costs more than to read it.
 */
export async function* recordedRuns(
  plan: Plan,
  instrument: Instrument,
  files: readonly { readonly file: string; readonly name: string }[],
  rest: RecordedRest,
): AsyncGenerator<RecordedRun> {
  const opened: Stream[] = [];
  try {
    yield* merged(plan, instrument, files, rest, opened);
  } finally {
    // One that cannot be read, or a reader that has seen enough, leaves the others open.
    for (const stream of opened) await stream.close();
  }
}

async function* merged(
  plan: Plan,
  instrument: Instrument,
  files: readonly { readonly file: string; readonly name: string }[],
  rest: RecordedRest,
  opened: Stream[],
): AsyncGenerator<RecordedRun> {
  let recordedNear: EventTime | null = null;
  const named = files.map((each) => {
    const source = sourceOfFile(plan, each.file);
    const given: Source = plan.sources[source] ?? { file: each.file };
    return { ...each, source, given, format: formatOf(given) };
  });
  const rows = named.filter(({ format }) => format.hasHeader);
  const planned = plan.sources.flatMap((_, source) => instrument.reads?.(source) ?? []);
  const headers = await inheritedHeaders(rows, new Set([...keptFields(instrument), ...planned]));
  const reached = new Map<string, number>();
  for (const { file, name, source, given, format } of named) {
    const batches = readRecording(file, {
      name,
      source,
      format,
      header: headers.get(file),
      instrument,
      arrived: (newest) => wallTime(newest ?? Number.MAX_SAFE_INTEGER),
      damaged: (what) => void rest.damaged.push(what),
      recordedNear: () => recordedNear,
      reached: (bytes) => {
        if (rest.reached === undefined) return;
        reached.set(file, bytes);
        rest.reached([...reached.values()].reduce((sum, each) => sum + each, 0));
      },
      undecided: (records) => {
        if (records > 0) rest.undecided[name] = records;
      },
    });
    opened.push(new Stream({ source, name, isText: holdsLines(given) }, batches, rest));
  }
  const empty: UserError[] = [];
  // Records name their year, and so tell that of the logs beside them.
  for (const stream of [...opened.filter(({ isText }) => !isText), ...opened.filter(({ isText }) => isText)]) {
    try {
      await stream.fill();
    } catch (error) {
      // Beside others an empty log says that nothing happened; empty metrics were meant to hold something.
      if (!stream.isText || !(error instanceof UserError) || error.code !== 'recording-empty') throw error;
      empty.push(error);
    }
    const { head, isUntimed, isText, name, source } = stream;
    if (!isText) recordedNear ??= head ?? null;
    if (isUntimed) rest.untimed.push({ name, source });
  }
  const join = ExposureJoin.of(plan, instrument);
  const streams = opened.filter(({ head }) => head !== undefined);
  const [first] = empty;
  if (first !== undefined && empty.length === files.length) throw first;
  for (;;) {
    const next = earliest(streams);
    if (next === undefined) {
      if (join !== null) noteUnmatched(rest, join.waiting);
      return;
    }
    const { observations, next: from } = next;
    if (streams.length === 1) next.passAll();
    else {
      do next.pass();
      while (next.head !== undefined && earliest(streams) === next);
    }
    const run = { source: next.source, name: next.name, observations, from, to: next.next };
    yield join === null ? run : joinedRun(join, run, rest);
    if (next.head === undefined) await next.fill();
    if (next.head === undefined) streams.splice(streams.indexOf(next), 1);
  }
}

function joinedRun(join: ExposureJoin, run: RecordedRun, rest: RecordedRest): RecordedRun {
  const { source, from, to } = run;
  const observations = [...run.observations].slice(from, to);
  const unread = {
    ignored: 0,
    rejected: {},
    positions: [],
    forgotten: [],
    gaps: [],
    arrived: wallTime(0),
    unread: true,
  };
  const [joined] = join.pass([{ ...unread, source, observations }]);
  join.keep();
  noteUnmatched(rest, joined?.rejected['no-exposure'] ?? 0);
  const found = joined?.observations ?? [];
  return { ...run, observations: found, from: 0, to: found.length };
}

/** Outcomes of which no exposure says the arm. */
function noteUnmatched(rest: RecordedRest, count: number): void {
  if (count > 0) rest.rejected['no-exposure'] = (rest.rejected['no-exposure'] ?? 0) + count;
}

/**
 * The source whose pattern names the file, else the first of the file's format, else the first: a recording is often a
 * copy under another path.
 */
export function sourceOfFile(plan: Plan, file: string): number {
  const name = withoutCompression(basename(file));
  const named = plan.sources.findIndex((source) => sourceFiles(source).some(({ path }) => matchesBaseName(path, name)));
  if (named !== -1) return named;
  const format = fileFormat({ file: name });
  return Math.max(
    0,
    plan.sources.findIndex((source) => sourceFormat(source) === format),
  );
}

function matchesBaseName(glob: string, name: string): boolean {
  const base = glob.slice(glob.lastIndexOf('/') + 1);
  if (base === name || name.startsWith(`${base}.`) || name.startsWith(`${base}-`)) return true;
  const [before = '', ...after] = base.split('*');
  return after.length === 1 && name.startsWith(before) && name.endsWith(after[0] ?? '');
}

function earliest(streams: readonly Stream[]): Stream | undefined {
  let first: Stream | undefined;
  for (const stream of streams) {
    if (first === undefined || stream.progress < first.progress) first = stream;
  }
  return first;
}

class Stream {
  readonly source: number;
  readonly name: string;
  readonly isText: boolean;
  /** The newest event time seen in this file up to its head: a late record does not go back in line. */
  progress = Number.NEGATIVE_INFINITY;
  readonly #batches: AsyncGenerator<Batch>;
  readonly #rest: RecordedRest;
  observations: Observations = [];
  /** Index of the head. */
  next = 0;
  #cursor: ObservationCursor = cursorOf([]);
  #untimed = 0;

  constructor(
    { source, name, isText }: Pick<Stream, 'source' | 'name' | 'isText'>,
    batches: AsyncGenerator<Batch>,
    rest: RecordedRest,
  ) {
    this.source = source;
    this.name = name;
    this.isText = isText;
    this.#batches = batches;
    this.#rest = rest;
  }

  /** It has lines, and none of them says a time. */
  get isUntimed(): boolean {
    return this.isText && this.#untimed > 0 && this.head === undefined;
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }

  /** When the next observation happened. */
  get head(): EventTime | undefined {
    return this.next < this.observations.length ? this.#cursor.timeAt(this.next) : undefined;
  }

  pass(): void {
    this.next += 1;
    this.#advance();
  }

  /** The rest of what it holds now: no other stream waits for its turn. */
  passAll(): void {
    this.next = this.observations.length;
  }

  async fill(): Promise<void> {
    while (this.head === undefined) {
      const { done, value } = await this.#batches.next();
      if (done === true) return;
      this.#rest.ignored += value.ignored;
      for (const [reason, count] of Object.entries(value.rejected)) {
        this.#rest.rejected[reason] = (this.#rest.rejected[reason] ?? 0) + count;
      }
      const refused = Object.values(value.rejected).reduce((sum, count) => sum + count, 0);
      const lines = value.observations.length + value.ignored + refused;
      this.#rest.read.push({ source: this.source, lines, rejected: value.rejected });
      this.#untimed += value.rejected['no-time'] ?? 0;
      this.observations = value.observations;
      this.#cursor = cursorOf(value.observations);
      this.next = 0;
      this.#advance();
    }
  }

  #advance(): void {
    const at = this.head;
    if (at !== undefined && at > this.progress) this.progress = at;
  }
}
