import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { type Concept, concepts, type Lexicon, wordsOf } from '../../daemon/guide/lexicon/concepts.ts';
import { lexicons, meanings } from '../../daemon/guide/lexicon/vocabulary.ts';
import { answered, guideOf } from './guideFixtures.ts';

/** Concepts whose words are chosen freely: what a guide means must not hang on which one it takes. */
const free: readonly Concept[] = [
  'rollback',
  'automatic',
  'ask',
  'pause',
  'observe',
  'error',
  'latency',
  'complaint',
  'above',
  'below',
  'others',
  'baseline',
  'memory',
  'timeout',
  'critical',
  'atLeast',
  'atMost',
  'incident',
  'afterwards',
  'nobody',
  'unseen',
];

const texts = readdirSync(answered)
  .filter((file) => file.endsWith('.md'))
  .map((file) => readFileSync(join(answered, file), 'utf8'))
  .slice(0, 20);

/** A word that means this and nothing else, in any language. */
function meansOnly(word: string, concept: Concept): boolean {
  const found = meanings.longest(word, 0);
  return (
    found?.end === word.length &&
    found.meanings.length === 1 &&
    found.meanings[0] === concept &&
    /^[\p{L} ]+$/u.test(word)
  );
}

function plan(text: string): unknown {
  try {
    const { stages, triggers } = parse(importGuides([guideOf(text)]).yaml) as Record<string, unknown>;
    return { stages, triggers };
  } catch {
    return 'refused';
  }
}

/** Every place of a word, whole, in a text that no other word of the lexicon begins or ends in. */
function replaced(text: string, word: string, other: string): string {
  return text.replaceAll(new RegExp(`(?<![\\p{L}-])${word.replaceAll(' ', '[ -]')}(?![\\p{L}-])`, 'giu'), other);
}

describe('a lexicon', () => {
  it('has a word of a concept once', () => {
    const twice = lexicons.flatMap((lexicon) =>
      concepts.flatMap((concept) => {
        const words = wordsOf(lexicon, concept);
        return words.filter((word, index) => words.indexOf(word) !== index).map((word) => `${concept}: ${word}`);
      }),
    );
    expect(twice).toEqual([]);
  });
});

describe('every word of a concept may stand for every other', () => {
  const cases = lexicons.flatMap((lexicon: Lexicon) =>
    free.map((concept) => [concept, wordsOf(lexicon, concept).filter((word) => meansOnly(word, concept))] as const),
  );

  it.each(cases.filter(([, words]) => words.length > 1))('%s: %j', (concept, words) => {
    const changed: string[] = [];
    for (const text of texts) {
      const present = words.filter((word) => replaced(text, word, '') !== text);
      const [word] = present;
      // Two words of the concept side by side would be one more; a text with one of them is enough.
      if (word === undefined || present.length > 1) continue;
      const before = plan(text);
      // A measure of the guide's own goes by the guide's own words.
      if (JSON.stringify(before).includes(word.replaceAll(' ', '_'))) continue;
      for (const other of words) {
        if (other === word || /s\b/.test(other) !== /s\b/.test(word)) continue;
        const after = plan(replaced(text, word, other));
        if (JSON.stringify(after) !== JSON.stringify(before))
          changed.push(
            `${word} → ${other}: ${JSON.stringify(after)?.slice(0, 300)} instead of ${JSON.stringify(before)?.slice(0, 300)}`,
          );
      }
    }
    expect(changed, concept).toEqual([]);
  });
});
