import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conditionRules } from '../../daemon/guide/rules/conditions.ts';
import { flagRules } from '../../daemon/guide/rules/flags.ts';
import type { Situated } from '../../daemon/guide/rules/ladder.ts';
import { soakRules } from '../../daemon/guide/rules/soaks.ts';
import { stageRules } from '../../daemon/guide/rules/stages.ts';
import { testRules } from '../../daemon/guide/rules/tests.ts';
import type { Passage } from '../../daemon/guide/text/passages.ts';
import { type GuideValue, valueText } from '../../daemon/guide/values.ts';
import { situated } from './guideFixtures.ts';
import { ruleExamples } from './ruleExamples.ts';

interface AnyRule {
  readonly name: string;
  readonly read: (passage: Passage, context: Situated) => readonly GuideValue[];
}

const rules: readonly AnyRule[] = [
  ...[...stageRules, ...testRules].map(({ name, read }) => ({
    name,
    read: (passage: Passage, { guide }: Situated) => read(passage, guide),
  })),
  ...[...soakRules, ...conditionRules, ...flagRules].map(({ name, read }) => ({ name, read })),
];

function readWith({ read }: AnyRule, text: string, titled: boolean): readonly string[] {
  const context = situated(titled ? `# Rollout\n\n${text}` : text);
  return context.guide.passages.flatMap((passage) => read(passage, context)).map(valueText);
}

describe.each(rules)('$name', (rule) => {
  const known = ruleExamples[rule.name] ?? { examples: [], counterExamples: [] };
  /** A chain may stand in the title itself. */
  const titled = !known.examples.some(([guide]) => guide.startsWith('# '));

  it('has at least three examples and a counter-example', () => {
    expect(known.examples.length).toBeGreaterThanOrEqual(3);
    expect(known.counterExamples.length).toBeGreaterThanOrEqual(1);
  });

  it.each(known.examples)('reads %j', (guide, ...says) => {
    expect(readWith(rule, guide, titled)).toEqual(says);
  });

  it.each(known.counterExamples)('reads nothing in %j', (guide) => {
    expect(readWith(rule, guide, titled)).toEqual([]);
  });
});

describe('the grammar stays small', () => {
  const room = resolve(import.meta.dirname, '../../daemon/guide');
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const text = (file: string) => readFileSync(join(room, file), 'utf8');
  const grammar = files.filter((file) => /^(?:lexicon|rules)\/|^(?:tag|guide|lengths)\.ts$/.test(file));

  it('has at most 4 000 lines', () => {
    expect(grammar.reduce((sum, file) => sum + text(file).split('\n').length - 1, 0)).toBeLessThanOrEqual(4000);
  });

  it('has at most 200 regular expressions, and none is longer than 120 characters anywhere', () => {
    expect(grammar.flatMap((file) => patternsIn(text(file))).length).toBeLessThanOrEqual(200);
    expect(files.flatMap((file) => patternsIn(text(file))).filter((pattern) => pattern.length > 120)).toEqual([]);
  });
});

/** The regular expressions of a file: literals, where a value may stand, and constructors. */
function patternsIn(source: string): readonly string[] {
  const bare = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const literal =
    /(?<=[(,=:[!&|?{;]\s*|=>\s*|return\s+)\/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*/g;
  return [...(bare.match(literal) ?? []), ...(bare.match(/new RegExp\(/g) ?? [])];
}
