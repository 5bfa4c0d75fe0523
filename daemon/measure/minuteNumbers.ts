const block = 60;

/**
 * The number of records of each minute: only numbers, so that the records of any period are summed without its cells.
 * Blocks of an hour are summed too: a period of weeks costs its hours.
 */
export class MinuteNumbers {
  readonly #minutes = new Map<number, number>();
  readonly #blocks = new Map<number, number>();

  /** The numbers of the newest minute that are not in the sums yet: a record costs no look-up. */
  #latest = Number.NaN;
  #pending = 0;

  add(minute: number, count: number): void {
    if (minute !== this.#latest) {
      this.#settle();
      this.#latest = minute;
    }
    this.#pending += count;
  }

  #settle(): void {
    if (this.#pending !== 0) this.#sum(this.#latest, this.#pending);
    this.#pending = 0;
  }

  #sum(minute: number, count: number): void {
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + count);
    const of = Math.floor(minute / block);
    this.#blocks.set(of, (this.#blocks.get(of) ?? 0) + count);
  }

  absorb(other: MinuteNumbers): void {
    other.#settle();
    for (const [minute, count] of other.#minutes) this.add(minute, count);
  }

  of(minute: number): number {
    this.#settle();
    return this.#minutes.get(minute) ?? 0;
  }

  /** The records of a minute count as those of another one. */
  move(minute: number, to: number): void {
    const count = this.of(minute);
    if (count === 0) return;
    this.#sum(to, count);
    this.#sum(minute, -count);
    this.#minutes.delete(minute);
    const of = Math.floor(minute / block);
    if (this.#blocks.get(of) === 0) this.#blocks.delete(of);
  }

  /** Forgets this minute and all later ones. */
  dropFrom(minute: number): void {
    this.#settle();
    for (const [known, count] of [...this.#minutes]) if (known >= minute) this.#sum(known, -count);
    for (const [known, count] of [...this.#minutes]) if (count === 0) this.#minutes.delete(known);
  }

  /** The sum over [from, to), which may be infinite. */
  sum(from: number, to: number): number {
    if (to <= from) return 0;
    this.#settle();
    const first = Math.ceil(from / block);
    const last = Math.floor(to / block);
    if (last <= first) return this.#sumOfMinutes(from, to);
    return (
      this.#sumOfMinutes(from, first * block) +
      sumWithin(this.#blocks, first, last) +
      this.#sumOfMinutes(last * block, to)
    );
  }

  #sumOfMinutes(from: number, to: number): number {
    return from < to ? sumWithin(this.#minutes, from, to) : 0;
  }
}

/** One stamp of the year 1 must not make a sum a walk over a thousand million empty numbers. */
function sumWithin(numbers: ReadonlyMap<number, number>, from: number, to: number): number {
  let sum = 0;
  if (to - from > numbers.size) {
    for (const [at, count] of numbers) if (at >= from && at < to) sum += count;
    return sum;
  }
  for (let at = from; at < to; at += 1) sum += numbers.get(at) ?? 0;
  return sum;
}
