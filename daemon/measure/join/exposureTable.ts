import type { Place } from '../../protocol/domain/place.ts';
import type { Arm } from '../../protocol/domain/plan.ts';
import type { Undo } from './undo.ts';

/** A record that says the arm of a key, from its time on. Times in milliseconds since 1970. */
export interface Exposure {
  readonly key: string;
  readonly at: number;
  /** It tells the arm up to here. */
  readonly until: number;
  readonly arm: Arm | null;
  /** One value per field that the arms name. */
  readonly values: readonly (string | null)[];
  readonly source: number;
  /** Left out where nobody asks for it: there are many exposures. */
  readonly place: Place | null;
}

/** Exposures of one key and arm that follow each other without a gap. */
interface Run {
  readonly first: Exposure;
  until: number;
  isAnswered: boolean;
}

/** An exposure may be written so much later than its outcome: two writers have two clocks. */
const clockSlack = 2000;

/** The exposures that may still tell an arm: the oldest are dropped where there are more than `most`. */
export class ExposureTable {
  readonly #most: number;
  readonly #undo: Undo;
  readonly #runs = new Map<string, readonly Run[]>();
  /** In the order of their arrival, which is about that of time. */
  #queue: Run[] = [];
  #head = 0;

  constructor(most: number, undo: Undo) {
    this.#most = most;
    this.#undo = undo;
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  add(exposure: Exposure): void {
    const runs = this.#runs.get(exposure.key) ?? [];
    const same = runs.find(
      (run) =>
        run.first.arm === exposure.arm &&
        exposure.at >= run.first.at &&
        exposure.at <= run.until &&
        !runs.some(({ first }) => first.at > run.first.at && first.at <= exposure.at),
    );
    if (same === undefined) {
      const run = { first: exposure, until: exposure.until, isAnswered: false };
      this.#set(
        exposure.key,
        [...runs, run].sort((one, other) => one.first.at - other.first.at),
      );
      this.#queue.push(run);
      this.#undo.note(() => void this.#queue.pop());
      return;
    }
    if (exposure.until <= same.until) return;
    const before = same.until;
    same.until = exposure.until;
    this.#undo.note(() => {
      same.until = before;
    });
  }

  /** The newest exposure before the outcome, and until when it tells the arm; `null` where none does. */
  answer(key: string, at: number): Exposure | null {
    const run = this.#runs
      .get(key)
      ?.findLast(({ first, until }) => first.at <= at + clockSlack && (at <= until || at <= first.at));
    if (run === undefined) return null;
    if (!run.isAnswered) {
      run.isAnswered = true;
      this.#undo.note(() => {
        run.isAnswered = false;
      });
    }
    return run.until === run.first.until ? run.first : { ...run.first, until: run.until };
  }

  /** Drops what tells nothing from `now` on, and gives those that no outcome has followed. */
  expire(now: number): readonly { readonly first: Exposure; readonly until: number }[] {
    const unanswered: Run[] = [];
    for (let run = this.#queue[this.#head]; run !== undefined && run.until < now; run = this.#queue[this.#head]) {
      this.#drop(run);
      if (!run.isAnswered) unanswered.push(run);
    }
    return unanswered;
  }

  /** Drops the oldest where there are too many; tells how many of them could still have told an arm at `now`. */
  limit(now: number): number {
    let lost = 0;
    for (
      let run = this.#queue[this.#head];
      run !== undefined && this.size > this.#most;
      run = this.#queue[this.#head]
    ) {
      this.#drop(run);
      if (run.until >= now) lost += 1;
    }
    return lost;
  }

  /** To be called when nothing is to be taken back. */
  tidy(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  #drop(run: Run): void {
    this.#head += 1;
    this.#undo.note(() => {
      this.#head -= 1;
    });
    const { key } = run.first;
    this.#set(key, this.#runs.get(key)?.filter((each) => each !== run) ?? []);
  }

  #set(key: string, runs: readonly Run[]): void {
    const before = this.#runs.get(key);
    if (runs.length === 0) this.#runs.delete(key);
    else this.#runs.set(key, runs);
    this.#undo.note(() => {
      if (before === undefined) this.#runs.delete(key);
      else this.#runs.set(key, before);
    });
  }
}
