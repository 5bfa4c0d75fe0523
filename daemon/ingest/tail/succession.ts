import type { Generation } from './generation.ts';
import type { Position } from './position.ts';
import type { Roster } from './roster.ts';
import { ageOf, byAge } from './rotation.ts';

/** A generation whose writer has gone on in a younger one. `left`: for its position from now on. */
interface Leaving {
  readonly generation: Generation;
  readonly left: NonNullable<Position['left']>;
}

/** Tells, by the names, whether a generation is younger than another one of the same log. It must have a file. */
export function isYounger({ file }: Generation, than: Generation): boolean {
  if (file === null || than.file === file) return false;
  // Where a log has a live file, that is the youngest.
  if (file.age === null) return true;
  const { path, family } = than.position;
  const age = ageOf(path, family);
  return age !== null && byAge(age, file.age) < 0;
}

/**
 * The generations of its log that are left with the first line of this one: those that are there, or open, so that their size
 * is known from after the rotation.
 */
export function leftFor(younger: Generation, roster: Roster): readonly Leaving[] {
  const leaving: Leaving[] = [];
  if (younger.position.standing === 'copy') return leaving;
  for (const generation of roster.notLeftOf(younger.position.family)) {
    if (generation !== younger && generation.carried && isYounger(younger, generation))
      leaving.push({ generation, left: { size: generation.size, late: false } });
  }
  return leaving;
}
