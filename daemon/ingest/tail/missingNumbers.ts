import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';

/**
 * Generations that came and went unseen: the paths of numbers that are missing below a generation that has moved up,
 * among numbers that are there. `paths`: where each generation was seen last. As long as the live file is the one it was,
 * a rotation is under way, and what is missing is still that file. Where a known generation has kept its number while
 * another was rotated, the numbers grow with each rotation (log4j2's `nomax`), and a smaller one is not a younger one.
 */
export function missingNumbers(
  files: readonly Found[],
  claimed: ReadonlySet<Generation>,
  paths: ReadonlyMap<Generation, string>,
): readonly string[] {
  const missing: string[] = [];
  const isMoved = (generation: Generation): boolean => paths.get(generation) !== generation.position.path;
  const numbered = [...claimed].filter((generation) => paths.has(generation) && numberIn(generation) > 0);
  const settled = new Set(
    [...claimed].flatMap((generation) =>
      generation.file?.age === null && paths.get(generation) === generation.file.family ? [generation.file.family] : [],
    ),
  );
  for (const generation of numbered) if (!isMoved(generation)) settled.add(generation.position.family);
  for (const [family, moved] of Map.groupBy(numbered.filter(isMoved), ({ position }) => position.family)) {
    if (settled.has(family)) continue;
    const numbers = new Set(files.filter((file) => file.family === family).map(numberOf));
    const least = Math.min(...moved.map(numberIn));
    const shifts = moved.some((generation) => (paths.get(generation) ?? '') !== family);
    const below = [...numbers].some((number) => number > 0 && number < least);
    if (!shifts && !below) continue;
    for (let number = 1; number < least; number += 1) {
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
