import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';

/**
 * Generations that came and went unseen: the paths of numbers that are missing below a generation that has moved up.
 * `paths`: where each generation was seen last. As long as the live file is the one it was, a rotation is under way, and
 * what is missing is still that file.
 */
export function missingNumbers(
  files: readonly Found[],
  claimed: ReadonlySet<Generation>,
  paths: ReadonlyMap<Generation, string>,
): readonly string[] {
  const missing: string[] = [];
  for (const family of new Set(files.map((file) => file.family))) {
    const ofFamily = [...claimed].filter(({ file }) => file?.family === family);
    if (ofFamily.some((generation) => generation.file?.age === null && paths.get(generation) === family)) continue;
    const numbers = files.filter((file) => file.family === family).map(numberOf);
    const moved = ofFamily
      .filter((generation) => paths.has(generation) && paths.get(generation) !== generation.position.path)
      .map(({ file }) => (file === null ? 0 : numberOf(file)))
      .filter((number) => number > 0);
    if (moved.length === 0) continue;
    for (let number = 1; number < Math.min(...moved); number += 1) {
      if (!numbers.includes(number)) missing.push(`${family}.${number}`);
    }
  }
  return missing;
}

function numberOf(file: Found): number {
  return file.age?.kind === 'number' ? file.age.number : 0;
}
