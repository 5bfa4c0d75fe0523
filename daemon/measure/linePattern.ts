import type { RE2JS } from 're2js';
import { compileLinear } from '../protocol/domain/linearPattern.ts';
import { UserError } from '../protocol/domain/userError.ts';

/**
 * Compiles the patterns of a `lines` measure. `/…/` is RE2 syntax, matched in linear time whatever the line holds;
 * everything else is a literal that matches as a whole word: a letter, digit or `_` at its edge must not continue.
 * @throws UserError when a pattern is not RE2 syntax.
 */
export function compileLinePatterns(measure: string, patterns: readonly string[]): (line: string) => boolean {
  const tests = patterns.map((pattern) => {
    if (pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/')) {
      return compileExpression(measure, pattern);
    }
    return (line: string) => containsWord(line, pattern);
  });
  const [first] = tests;
  if (tests.length === 1 && first !== undefined) return first;
  return (line) => tests.some((test) => test(line));
}

function compileExpression(measure: string, pattern: string): (line: string) => boolean {
  let expression: RE2JS;
  try {
    expression = compileLinear(pattern.slice(1, -1));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'invalid-pattern',
      `measures.${measure}.lines: ${pattern} is not a pattern in RE2 syntax (${detail}); a word without slashes matches literally`,
    );
  }
  return (line) => expression.test(line);
}

function containsWord(line: string, word: string): boolean {
  for (let start = line.indexOf(word); start >= 0; start = line.indexOf(word, start + 1)) {
    const end = start + word.length;
    const continuesBefore = isWordCharacter(word.charCodeAt(0)) && isWordCharacter(line.charCodeAt(start - 1));
    const continuesAfter = isWordCharacter(word.charCodeAt(word.length - 1)) && isWordCharacter(line.charCodeAt(end));
    if (!continuesBefore && !continuesAfter) return true;
  }
  return false;
}

/** ASCII, as `\b` of RE2. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f
  );
}
