import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Instrument, RowClass, RowRules } from '../../protocol/domain/observation.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import type { Format } from '../formats/format.ts';
import { jsonLines } from '../formats/jsonLines.ts';
import type { Content, OpenFile } from '../tail/content.ts';
import { markerSize } from '../tail/fileIdentity.ts';
import { noRow } from '../vector/rowScanner.ts';
import { scannerModule } from '../vector/scannerModule.ts';
import { PreparedRows } from './preparedRows.ts';
import type { ScanAnswer, ScanWork, WantedWindow } from './scanWorker.ts';
import { Slot, usualSizes, type WindowSizes, windowFrom } from './slot.ts';
import type { ScannedWindow } from './slotScanner.ts';

/** How a backlog is read ahead. */
export interface AheadTerms {
  /** Less than that is read before a thread has begun. */
  readonly leastBytes: number;
  readonly sizes: WindowSizes;
  /** How many threads may run at a time, for all files together. */
  readonly threads: number;
  /** The judging thread waits for another one to begin; else it reads by itself until then. */
  readonly waits?: true;
}

/** Two read and scan as fast as one judges; each takes some twenty megabytes. */
const mostThreads = 2;
/** Windows that a thread is ahead by at most. */
const slotsOfThread = 3;

/** The judging thread reads so many by itself before the first that another one has read. */
const windowsLeft = 2;

const usualAhead: AheadTerms = {
  leastBytes: 16 * 1024 * 1024,
  sizes: usualSizes,
  threads: Math.min(mostThreads, Math.max(1, availableParallelism() - 1)),
};

/** The bundles carry it beside the chunk that this is in; from source it is a neighbour. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './scanWorker.ts' : './scanWorker.mjs', import.meta.url);

/** Bytes that another thread has read, and the rows that it has found in them. */
export interface ReadAhead {
  readonly length: number;
  readonly rows: PreparedRows;
}

/** Of the source that is read ahead. */
interface AheadSource {
  readonly plan: Plan;
  readonly source: number;
  readonly rules: RowRules;
}

/** All threads that run, of whatever file. */
let running = 0;

/** Has the backlogs of one source read and scanned by other threads, while this one judges. */
export class AheadReading {
  readonly #source: AheadSource;
  readonly #terms: AheadTerms;
  readonly #of = new WeakMap<Content, ScanAhead>();

  /** `null` for a source whose lines the compiled scanner does not take. */
  static of(instrument: Instrument, source: number, format: Format, terms = usualAhead): AheadReading | null {
    const { plan } = instrument;
    const rules = instrument.fieldReader?.(source)?.rows;
    const rests = instrument.memory?.(source) !== undefined;
    if (format !== jsonLines || plan === undefined || rules === undefined || rests || scannerModule() === null)
      return null;
    return new AheadReading({ plan, source, rules }, terms);
  }

  private constructor(source: AheadSource, terms: AheadTerms) {
    this.#source = source;
    this.#terms = terms;
  }

  /**
   * Fills `into` with the bytes of the file from `offset` on, if a thread has read them; `null` leaves them to the caller.
   * @param size of the file. @param arrived the present.
   */
  async read(
    content: Content,
    { offset, size, arrived }: { readonly offset: number; readonly size: number; readonly arrived: WallTime },
    into: Buffer,
  ): Promise<ReadAhead | null> {
    const { file } = content;
    if (file === undefined) return null;
    let ahead = this.#of.get(content);
    if (ahead === undefined || ahead.isOver) {
      const { threads, leastBytes } = this.#terms;
      if (size - offset < leastBytes || running >= threads) return null;
      ahead = new ScanAhead(file, this.#source, { ...this.#terms, threads: threads - running }, { size, arrived });
      this.#of.set(content, ahead);
    }
    return ahead.read(offset, into);
  }
}

interface Thread {
  readonly worker: Worker;
  readonly slots: readonly Slot[];
  /** The slots that nobody needs; `null` before it is ready. */
  free: number[] | null;
}

/** A window that is not judged yet, and what it lies in. */
interface HeldWindow {
  readonly thread: Thread;
  readonly slot: number;
  readonly found: ScannedWindow | null;
}

/** One file that is read ahead, window by window. A thread's windows come in their order. */
class ScanAhead {
  readonly #file: OpenFile;
  readonly #rules: RowRules;
  readonly #sizes: WindowSizes;
  readonly #fieldCount: number;
  readonly #threads: Thread[];
  readonly #waits: boolean;
  /** Of each thread, the classes that its rows name. */
  readonly #known = new Map<Thread, RowClass[]>();
  readonly #held = new Map<number, HeldWindow>();
  /** The window that is judged next; `null` before the first is wanted. */
  #next: number | null = null;
  /** The first window that nobody was asked for. */
  #unasked = 0;
  /** The first window that is left, because the file ends near it. */
  readonly #end: number;
  #waiting: (() => void) | null = null;
  #over: Promise<unknown> | null = null;

  constructor(
    file: OpenFile,
    { plan, source, rules }: AheadSource,
    { sizes, threads, waits }: AheadTerms,
    { size, arrived }: { readonly size: number; readonly arrived: WallTime },
  ) {
    this.#file = file;
    this.#rules = rules;
    this.#sizes = sizes;
    this.#waits = waits === true;
    this.#fieldCount = rules.numbers.length;
    this.#end = Math.floor((size - sizes.behind) / sizes.step);
    file.readers.add(this);
    this.#threads = Array.from({ length: threads }, () => {
      const slots = Array.from({ length: slotsOfThread }, () => new Slot(sizes, this.#fieldCount));
      const workerData: ScanWork = {
        plan,
        source,
        descriptor: file.descriptor,
        sizes,
        slots: slots.map(({ memory }) => memory),
        fieldCount: this.#fieldCount,
        arrived,
      };
      const worker = new Worker(workerFile, { workerData });
      // It alone does not keep the process alive.
      worker.unref();
      const thread: Thread = { worker, slots, free: null };
      this.#known.set(thread, []);
      running += 1;
      worker.on('message', (answer: 'ready' | ScanAnswer) => this.#take(thread, answer));
      worker.once('error', () => void this.close());
      worker.once('exit', () => {
        running -= 1;
        void this.close();
      });
      return thread;
    });
  }

  /** It will give nothing more. */
  get isOver(): boolean {
    return this.#over !== null;
  }

  async read(offset: number, into: Buffer): Promise<ReadAhead | null> {
    for (;;) {
      if (this.#over !== null) return null;
      if (this.#threads.every(({ free }) => free === null)) {
        if (!this.#waits) return null;
        await this.#news();
        continue;
      }
      this.#next ??= this.#unasked = Math.floor(offset / this.#sizes.step) + (this.#waits ? 0 : windowsLeft);
      this.#ask();
      const window = this.#next;
      if (window >= this.#end) {
        if (offset >= windowFrom(window, this.#sizes)) await this.close();
        return null;
      }
      const from = windowFrom(window, this.#sizes);
      if (offset < from) return null;
      const held = this.#held.get(window);
      if (held === undefined) {
        await this.#news();
        continue;
      }
      const length = held.found?.length ?? 0;
      const { thread, slot, found } = held;
      const of = thread.slots[slot];
      if (
        found !== null &&
        of !== undefined &&
        offset < from + length - markerSize &&
        length - (offset - from) <= into.length
      ) {
        into.set(of.bytes.subarray(offset - from, length));
        const known = this.#known.get(thread) ?? [];
        return {
          length: length - (offset - from),
          rows: new PreparedRows(of, this.#fieldCount, from, found.runs, known),
        };
      }
      this.#held.delete(window);
      thread.free?.push(slot);
      this.#next = window + 1;
      // The judging thread reads a window that is left, as far as the next one.
      if (found === null) {
        this.#ask();
        return null;
      }
    }
  }

  /** Ends the threads: nothing is read by the descriptor any more. */
  async close(): Promise<void> {
    this.#over ??= Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    this.#awake();
    await this.#over;
    this.#file.readers.delete(this);
  }

  /** The windows are given to the threads in turn, so that they come in order. */
  #ask(): void {
    for (;;) {
      const ready = this.#threads.filter(({ free }) => free !== null && free.length > 0);
      const [thread] = ready.sort((one, other) => (other.free?.length ?? 0) - (one.free?.length ?? 0));
      const slot = thread?.free?.pop();
      if (thread === undefined || slot === undefined) return;
      if (this.#unasked >= this.#end) {
        thread.free?.push(slot);
        return;
      }
      const wanted: WantedWindow = { window: this.#unasked, slot };
      this.#unasked += 1;
      thread.worker.postMessage(wanted);
    }
  }

  #take(thread: Thread, answer: 'ready' | ScanAnswer): void {
    if (answer === 'ready') thread.free = thread.slots.map((_, slot) => slot);
    else {
      const { window, slot, found } = answer;
      const known = this.#known.get(thread);
      for (const values of found?.classes ?? []) known?.push(this.#rules.classOf(values) ?? noRow);
      this.#held.set(window, { thread, slot, found });
    }
    this.#awake();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #awake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}
