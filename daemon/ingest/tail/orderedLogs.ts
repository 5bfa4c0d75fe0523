import type { Generation } from './generation.ts';

/** Each log's generations, oldest first, as the searches have found them. */
export class OrderedLogs {
  readonly #logs = new Map<string, readonly Generation[]>();

  clear(): void {
    this.#logs.clear();
  }

  place(log: string, generations: readonly Generation[]): void {
    if (generations.length === 0) this.#logs.delete(log);
    else this.#logs.set(log, generations);
  }

  of(log: string): readonly Generation[] {
    return this.#logs.get(log) ?? [];
  }

  /** The generation of the same log before this one. */
  before(generation: Generation): Generation | null {
    const log = this.of(generation.position.family);
    return log[log.indexOf(generation) - 1] ?? null;
  }

  /** Those of the same log before this one. */
  allBefore({ id, position }: Generation): readonly Generation[] {
    const log = this.of(position.family);
    return log.slice(
      0,
      log.findIndex((other) => other.id === id),
    );
  }

  /** Compares by the log, and by the place in it. */
  compare(one: Generation, other: Generation): number {
    const [first, second] = [one.position.family, other.position.family];
    if (first !== second) return first < second ? -1 : 1;
    const log = this.of(first);
    return log.indexOf(one) - log.indexOf(other);
  }
}
