import { RE2JS } from 're2js';

/** A pattern of a plan is a line that a person has written. */
const longest = 1000;
/** Counted repeats are written out as so many steps, and every character of a line may be held against each of them. */
const mostSteps = 500;
const countedRepeat = /\{(\d{1,9})(?:,(\d{0,9}))?\}/g;

/**
 * A pattern in RE2 syntax, which matches in linear time whatever the text holds. `test` is its fast way: it builds states
 * as it meets them, where a matcher goes through all steps for each character.
 * @throws Error with the reason for a text that is no pattern, or one so large that matching it would hold up all else.
 */
export function compileLinear(pattern: string, flags = 0): RE2JS {
  if (pattern.length > longest) throw new Error(`longer than ${longest} characters`);
  let repeats = 0;
  for (const [, least, most] of pattern.matchAll(countedRepeat)) {
    repeats += Math.max(Number(least ?? 0), Number(most ?? 0));
  }
  // Before it is compiled, which takes long for many of them.
  if (repeats > mostSteps) throw tooLarge(repeats);
  const compiled = RE2JS.compile(pattern, flags);
  const steps = compiled.programSize();
  if (steps > mostSteps) throw tooLarge(steps);
  return compiled;
}

function tooLarge(steps: number): Error {
  return new Error(`its counted repeats make ${steps} steps of it, and ${mostSteps} are the most: repeat less often`);
}
