import { missingVariable, noteVariables } from '../../approval/commandCredentials.ts';
import type { Format } from '../../ingest/formats/format.ts';
import { formatOf } from '../../ingest/formats/kinds.ts';
import { lineFeed, type ScanState, windowSize } from '../../ingest/formats/scan.ts';
import { nothingRead, RecentTrouble } from '../../ingest/tail/sourceHealth.ts';
import { type CommandSource, defaultOverlap, takesSince } from '../../protocol/domain/commandSource.ts';
import type { Batch, Observation, SourceGap, SourceHealth, SourceProgress } from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import { sourceName } from '../../protocol/domain/sourceKinds.ts';
import { isoTime, type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { redactSecrets } from '../../protocol/secrets/secrets.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import { KeptTexts, longestText } from '../keptTexts.ts';
import type { NumberedSource, SourceRun } from '../source.ts';
import { type CommandPace, RunPace } from './commandPace.ts';
import { approvedStart, type Launch } from './commandStart.ts';
import { RunJoin } from './runJoin.ts';
import { fingerprint, SeenLines } from './seenLines.ts';
import { StandardError } from './standardError.ts';
import { newStream, positionRecords, type StreamPosition, storedStream } from './streamPosition.ts';
import { type ScannedLine, StreamScan } from './streamScan.ts';

const hashSign = 0x23;
/** So many of a turn's lines are kept as evidence that outlives a restart. */
const evidencePerTurn = 50;
/** Of so many the text is kept for a while. */
const textsPerTurn = 200;

/** What a turn has read and not yet committed. */
interface Read {
  readonly batch: Batch;
  readonly position: StreamPosition;
  readonly rest: Buffer;
  readonly skipping: ScanState['skipping'];
}

/** A source's command, run after run, and how far its output has been read. */
export class CommandTail {
  readonly #run: SourceRun<CommandSource>;
  readonly #source: CommandSource;
  readonly #index: number;
  readonly #name: string;
  readonly #pace: CommandPace;
  readonly #runs: RunPace;
  readonly #format: Format;
  readonly #scan: StreamScan;
  readonly #seen: SeenLines;
  readonly #texts: KeptTexts;
  readonly #trouble = new RecentTrouble();
  readonly #news: () => void;
  #position: StreamPosition | null;
  readonly #launch: Launch;
  #process: ReturnType<Launch> | null = null;
  readonly #join = new RunJoin((at) => this.#declareGap(at));
  /** Bytes behind the last line that was committed. */
  #rest: Buffer = Buffer.alloc(0);
  #skipping: ScanState['skipping'] = null;
  #refused: { readonly read: Read; readonly reason: string } | null = null;
  #newsAt = 0;
  /** The present run has written something, or has run for a while. */
  #isUp = false;
  /** One line while it cannot run at all. */
  #fault: string | null = null;
  #isUnapproved = false;
  #endedText: string | null = null;
  readonly #errors = new StandardError();
  #owedGap: SourceGap | null = null;
  #readToEnd: WallTime | null = null;
  #behindSince: WallTime | null = null;

  /** @param news called when there may be something to do. */
  constructor(
    run: SourceRun<CommandSource>,
    { index, source }: NumberedSource<CommandSource>,
    pace: CommandPace,
    launch: Launch,
    news: () => void,
  ) {
    this.#run = run;
    this.#source = source;
    this.#index = index;
    this.#name = sourceName(source);
    this.#pace = pace;
    this.#launch = launch;
    this.#runs = new RunPace(pace);
    this.#news = news;
    this.#format = formatOf(source);
    this.#scan = new StreamScan({ index, name: this.#name }, this.#format, run.instrument, run.now());
    const { position, chunks, texts } = storedStream(index, run.positions);
    this.#position = position;
    this.#seen = new SeenLines(source.overlap ?? defaultOverlap, chunks, position?.floor ?? Number.NEGATIVE_INFINITY);
    this.#texts = new KeptTexts(texts);
    this.#trouble.add(
      nothingRead,
      (run.gaps ?? []).filter((gap) => gap.source === index),
    );
  }

  /** Does what can be done now, without waiting; true when there is more at once. */
  step(at: number): boolean {
    if (this.#refused !== null && !this.#offer(this.#refused.read)) return false;
    if (this.#process === null) {
      if (this.#runs.tryStart(at)) this.#start(at);
      return false;
    }
    const taken = this.#process.take(windowSize);
    if (taken !== null) {
      this.#newsAt = at;
      this.#rest = this.#rest.length === 0 ? taken : Buffer.concat([this.#rest, taken]);
    }
    const hasLine = this.#rest.includes(lineFeed) || this.#rest.length > windowSize;
    if (hasLine) return this.#offer(this.#read());
    if (taken !== null) return true;
    this.#settle(at);
    if (this.#owedGap !== null) return this.#offer(this.#read());
    const { end } = this.#process;
    if (end !== null) this.#ended(end.detail, at);
    else this.#noteAllRead(at);
    return false;
  }

  /** Milliseconds until it should be looked at again, without news. */
  get pause(): number {
    return Math.min(250, this.#pace.quiet, this.#pace.approvalEvery, this.#runs.wait);
  }

  health(): SourceHealth {
    const of = {
      source: this.#index,
      glob: this.#name,
      files: [],
      lag: this.#refused === null ? 0 : this.#rest.length,
    };
    if (this.#refused !== null)
      return { ...of, state: 'error', detail: `nothing is read: ${this.#refused.reason}; tried again by itself` };
    if (this.#fault !== null)
      return { ...of, state: 'error', detail: this.#fault, ...(this.#isUnapproved && { unapproved: true }) };
    const said = this.#saidText();
    if (this.#process === null || !this.#isUp) {
      const detail = [this.#endedText, said].filter((part) => part !== null).join('; ') || 'it is being started';
      return { ...of, state: this.#runs.isFailing ? 'error' : 'waiting', detail };
    }
    const trouble = this.#trouble.detail(this.#run.now());
    if (trouble !== null) return { ...of, state: 'degraded', detail: said === null ? trouble : `${trouble}; ${said}` };
    return { ...of, state: 'reading', detail: said ?? this.#trouble.untimed };
  }

  get progress(): SourceProgress {
    return {
      source: this.#index,
      readToEnd: this.#readToEnd,
      behindSince: this.#behindSince,
      isThere: this.#process !== null,
    };
  }

  /** The line at a place, while it is kept. */
  textAt(place: Place): string | null {
    return 'stream' in place && place.stream === this.#name ? this.#texts.get(String(place.line)) : null;
  }

  /** A variable that an editor gives has another value: a run with the old one ends, and the next gets the new. */
  variableChanged(name: string): void {
    const isOwn = (this.#run.outside.environment[name]?.trim() ?? '') !== '';
    if (isOwn || !this.#variables.includes(name)) return;
    this.#runs.beginAnew();
    void this.#process?.close();
  }

  get #variables(): readonly string[] {
    return this.#source.environment ?? [];
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }

  #start(at: number): void {
    const now = this.#run.now();
    const since = Math.min(now, this.#seen.since ?? this.#position?.from ?? now - (this.#source.first ?? 0));
    const started = approvedStart(this.#run, { index: this.#index, source: this.#source }, wallTime(since), now);
    this.#isUnapproved = 'fault' in started && started.unapproved;
    if ('fault' in started) {
      this.#fault = started.fault;
      return;
    }
    this.#fault = null;
    const hasRun = this.#position !== null;
    this.#position ??= newStream(now - (this.#source.first ?? 0));
    // A daemon that ends before the first line must not begin later than this one.
    if (!hasRun && !this.#offer(this.#read())) return;
    const beginsAnywhere = !takesSince(this.#source);
    // A command that is told from when on to write, and has written nothing, is told the same time again.
    const joins = hasRun && (beginsAnywhere || this.#seen.newest !== null);
    this.#join.begin(joins ? this.#seen.lines() : null, beginsAnywhere);
    this.#behindSince = joins ? (this.#behindSince ?? wallTime(this.#position.arrived ?? now)) : null;
    if (this.#format.hasHeader) this.#position = { ...this.#position, columns: null };
    this.#runs.started(at);
    this.#newsAt = at;
    this.#process = this.#launch({ ...started, folder: this.#run.root, onNews: this.#news });
  }

  #read(): Read {
    const arrived = this.#run.now();
    const position = this.#position ?? newStream(arrived);
    const state = this.#scanState(position);
    const bytes = this.#withoutKnown(this.#rest, position, arrived);
    const { tally, next, lines } = this.#scan.turn(bytes, state, position.order, arrived);
    this.#noteLines(bytes, lines, arrived);
    const rest = bytes.subarray(next.offset - state.offset);
    this.#join.note(arrived);
    const gaps = this.#owedGap === null ? [] : [this.#owedGap];
    this.#owedGap = null;
    this.#trouble.add(tally, gaps);
    const { columns, separator, carried } = next;
    const read: StreamPosition = {
      ...position,
      line: next.line,
      columns,
      separator,
      carried,
      order: tally.order.state,
      floor: Number.isFinite(this.#seen.floor) ? this.#seen.floor : null,
      arrived: lines.length === 0 ? position.arrived : arrived,
    };
    const stored = positionRecords(this.#index, read, this.#seen.takeChanges(), this.#texts.takeChanges());
    return {
      position: read,
      rest: Buffer.from(rest),
      skipping: next.skipping,
      batch: {
        source: this.#index,
        arrived,
        unread: this.#join.isOpen || rest.includes(lineFeed),
        observations: Array.from(tally.observations, (each) => ofStream(each, this.#name)),
        ignored: tally.ignored,
        rejected: tally.rejected,
        ...stored,
        gaps,
      },
    };
  }

  #scanState({ line, columns, separator, carried }: StreamPosition): ScanState {
    return { offset: 0, line, skipping: this.#skipping, columns, separator, carried };
  }

  /** The bytes without the whole lines that were read before. */
  #withoutKnown(bytes: Buffer, position: StreamPosition, arrived: WallTime): Buffer {
    const reading = {
      namesColumns: (line: Buffer) => this.#namesColumns(line),
      timeOf: (line: Buffer) =>
        this.#scan.timeOf(line, { ...this.#scanState(position), skipping: null }, position.order, arrived),
    };
    return this.#join.withoutKnown(bytes, this.#skipping !== 'line', reading, arrived);
  }

  /** Each run writes its header anew: it is read again, and no record. */
  #namesColumns(line: Buffer): boolean {
    if (this.#format.hasHeader) return this.#position?.columns === null;
    return line[0] === hashSign && this.#format.beginsLike(line.toString('latin1'));
  }

  #noteLines(bytes: Buffer, lines: readonly ScannedLine[], arrived: WallTime): void {
    const evidence = new Set(lines.filter(({ isEvidence }) => isEvidence).slice(-evidencePerTurn));
    for (const { start, end, at } of lines) {
      this.#seen.add({ print: fingerprint(bytes.subarray(start, end)), at: at ?? arrived, arrived });
    }
    for (const each of new Set([...evidence, ...lines.slice(-textsPerTurn)])) {
      const { start, end, number } = each;
      const line = bytes.subarray(start, end);
      const lasts = evidence.has(each);
      const text = line.toString('utf8', 0, Math.min(line.length - 1, longestText));
      this.#texts.add({ key: String(number), text: lasts ? this.#shown(text) : text }, lasts);
    }
    if (lines.length === 0) return;
    this.#nowUp();
    this.#join.wasRead();
  }

  #declareGap(at: WallTime): void {
    const since = this.#position?.arrived ?? this.#position?.from ?? at;
    this.#owedGap = {
      source: this.#index,
      file: this.#name,
      reason: `what it wrote between ${isoTime(wallTime(since))} and ${isoTime(at)} may be lost: a new run did not begin with what was read before`,
      at,
      lost: true,
    };
  }

  /** A run that says nothing more has written again all that it will. */
  #settle(at: number): void {
    if (!this.#join.isUnderWay) return;
    const quietFor = at - this.#newsAt;
    const hasWritten = this.#newsAt > this.#runs.startedAt;
    const isOver = this.#process?.end !== null;
    if (isOver && this.#join.isOpen) return;
    if (quietFor < (hasWritten ? this.#pace.quiet : this.#pace.patience)) return;
    this.#join.settle(this.#run.now());
  }

  #noteAllRead(at: number): void {
    if (this.#join.isOpen) return;
    this.#runs.goesOn(at);
    if (at - this.#newsAt < Math.min(1000, this.#pace.quiet)) return;
    this.#nowUp();
    this.#readToEnd = this.#run.now();
    this.#behindSince = null;
  }

  #nowUp(): void {
    if (!this.#isUp) noteVariables(this.#variables, this.#run.outside, true);
    this.#isUp = true;
  }

  #ended(detail: string, at: number): void {
    noteVariables(this.#variables, this.#run.outside, false);
    const process = this.#process;
    this.#noteErrors(at);
    this.#process = null;
    this.#isUp = false;
    this.#join.end();
    // The next run writes this line whole.
    this.#rest = Buffer.alloc(0);
    this.#skipping = null;
    const missing = missingVariable(this.#variables, this.#run.outside);
    const ended = `it ${detail}, and is started again after ${this.#runs.ended(at)}`;
    this.#endedText = missing === null ? ended : `${ended}; ${missing}`;
    this.#behindSince ??= this.#run.now();
    void process?.close();
  }

  #noteErrors(at: number): void {
    this.#errors.note(this.#process?.errors ?? '', at);
  }

  /** The newest line of standard error, bounded and without secrets. */
  #saidText(): string | null {
    const now = performance.now();
    this.#noteErrors(now);
    const line = this.#errors.lastLine(now);
    if (line === null) return null;
    return `it says: ${plainText(this.#shown(line), 300)}`;
  }

  get #known(): readonly string[] {
    const { secrets, handed } = this.#run.outside;
    return [...secrets, ...(handed?.secrets ?? [])];
  }

  #shown(text: string): string {
    return redactSecrets(text, { known: this.#known }).text;
  }

  #offer(read: Read): boolean {
    try {
      this.#run.commit([read.batch]);
    } catch (error) {
      this.#refused = { read, reason: error instanceof Error ? error.message : String(error) };
      return false;
    }
    this.#refused = null;
    this.#position = read.position;
    this.#rest = read.rest;
    this.#skipping = read.skipping;
    return true;
  }
}

function ofStream({ reading, place }: Observation, stream: string): Observation {
  return { reading, place: { stream, line: 'line' in place ? place.line : 0 } };
}
