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
  const moved = [...claimed].filter(
    (generation) =>
      paths.has(generation) && paths.get(generation) !== generation.position.path && numberIn(generation) > 0,
  );
  const underWay = new Set(
    [...claimed].flatMap((generation) =>
      generation.file?.age === null && paths.get(generation) === generation.file.family ? [generation.file.family] : [],
    ),
  );
  for (const [family, ofFamily] of Map.groupBy(moved, ({ position }) => position.family)) {
    if (underWay.has(family)) continue;
    const numbers = new Set(files.filter((file) => file.family === family).map(numberOf));
    for (let number = 1; number < Math.min(...ofFamily.map(numberIn)); number += 1) {
      if (!numbers.has(number)) missing.push(`${family}.${number}`);
    }
  }
  return missing;
}

function numberIn({ file }: Generation): number {
  return file === null ? 0 : numberOf(file);
}

function numberOf(file: Found): number {
  return file.age?.kind === 'number' ? file.age.number : 0;
}
