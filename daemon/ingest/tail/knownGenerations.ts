import type { PositionRecord } from '../../protocol/domain/observation.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { oldestFirst } from './discover.ts';
import { sameMark } from './fileIdentity.ts';
import { Generation } from './generation.ts';
import { decodePosition } from './position.ts';
import { Roster } from './roster.ts';
import { isYounger } from './succession.ts';

/** All generations that are known of one source. */
export class KnownGenerations {
  readonly #all: Set<Generation>;
  /** The same, by what there is to do with them. */
  readonly roster = new Roster();

  /** Throws a `UserError` when a stored position is unreadable. */
  constructor(source: number, positions: readonly PositionRecord[], now: WallTime) {
    const stored = positions
      .filter((record) => record.source === source)
      .map((record) => new Generation(record.generation, decodePosition(record), true, now));
    this.#all = new Set(stored);
    for (const generation of stored) this.roster.add(generation);
  }

  get list(): readonly Generation[] {
    return [...this.#all];
  }

  /** Those that were found later. */
  after(generation: Generation): readonly Generation[] {
    const { list } = this;
    return list.slice(list.indexOf(generation) + 1);
  }

  add(generation: Generation): Generation {
    const [before] = this.roster.ofLog(generation.position.family);
    if (before !== undefined) generation.changes.sharesHabitOf(before.changes);
    this.#all.add(generation);
    this.roster.add(generation);
    return generation;
  }

  remove(generation: Generation): void {
    this.#all.delete(generation);
    generation.forget();
  }

  /** Oldest first; what has no name any more comes first. */
  logInOrder(family: string): readonly Generation[] {
    return [...this.roster.ofLog(family)].sort(({ file: one }, { file: other }) => {
      if (one === null || other === null) return Number(one !== null) - Number(other !== null);
      return oldestFirst(one, other);
    });
  }

  /** Tells whether a younger generation of the same log is there; where each file has a date there is no live one. */
  hasSuccessor(generation: Generation): boolean {
    for (const other of this.roster.ofLog(generation.position.family)) if (isYounger(other, generation)) return true;
    return false;
  }

  /** The generation that the file carries now which carried this one. */
  liveFileOf({ key, position }: Generation): Generation | null {
    const live = [...this.roster.withInode(key)].find((other) => other.file !== null);
    return live?.position.birth === position.birth ? live : null;
  }

  /** The file that was made of it before it was truncated. */
  copyOf({ firstLine, position }: Generation): Generation | null {
    return (
      this.list.find(
        (other) =>
          other.carried &&
          other.position !== position &&
          other.position.standing !== 'reading' &&
          other.position.offset <= position.offset &&
          (firstLine === null ? sameMark(other.position.head, position.head) : other.firstLine === firstLine),
      ) ?? null
    );
  }
}
