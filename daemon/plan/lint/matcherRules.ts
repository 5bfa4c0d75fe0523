import type { MatcherValue } from '../../protocol/domain/plan.ts';
import { parseValueTest } from '../../protocol/domain/valueTest.ts';
import { namesVersion } from '../../protocol/domain/versionOrder.ts';
import { matcherValues } from '../planMatchers.ts';
import type { Path } from '../problem.ts';
import type { Rule, RuleFinding } from './finding.ts';

/** Booleans of YAML 1.1, which many still write; YAML 1.2 reads text, which no boolean of a record matches. */
const booleanOf: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

/** `undefined` for everything but such a word. */
export function booleanMeant(value: unknown): boolean | undefined {
  return typeof value === 'string' ? booleanOf.get(value.toLowerCase()) : undefined;
}

/** `success: yes` matches no record with `true`, so no record is good. */
export const booleanAsText: Rule = (plan) => matcherValues(plan).flatMap(({ path, value }) => findingOf(path, value));

function findingOf(path: Path, value: MatcherValue): readonly RuleFinding[] {
  const meant = booleanMeant(value);
  if (meant === undefined) return [];
  return [
    {
      path,
      at: 'value',
      unquoted: true,
      message: `\`${value}\` is text and matches no \`${meant}\`: write \`${meant}\`, or "${value}" where the records say that word`,
      fix: { kind: 'set', title: `Write \`${meant}\``, path, text: String(meant) },
    },
  ];
}

/** `=< 500` or `200-399` is a text that no status has: a mistyped form silently matches nothing. */
export const matcherAsText: Rule = (plan) =>
  matcherValues(plan).flatMap(({ path, field, value }): RuleFinding[] => {
    if (typeof value === 'number' && namesVersion(field) && !Number.isInteger(value)) {
      const message = `\`${value}\` is a number here: write "${value}" in quotes, so that 1.10 is not 1.1`;
      return [
        { path, at: 'value', message, fix: { kind: 'set', title: `Write "${value}"`, path, text: `"${value}"` } },
      ];
    }
    if (typeof value !== 'string') return [];
    const test = parseValueTest(value);
    const text = test.kind === 'other' && test.than.kind === 'literal' ? value.slice(2).trim() : value;
    if (test.kind !== 'literal' && text === value) return [];
    const meant = formMeant(text);
    if (meant === undefined) return [];
    const literal = `{ is: ${JSON.stringify(text)} }`;
    if (meant === null) {
      const message = `"${text}" is plain text, and no form of a matcher: write a number behind the sign, or ${literal} where the records say so`;
      return [{ path, at: 'value', message }];
    }
    const written = text === value ? meant : `!= ${meant}`;
    const message = `"${text}" is plain text: write "${written}", or ${literal} where the records say so`;
    const fix = { kind: 'set' as const, title: `Write "${written}"`, path, text: JSON.stringify(written) };
    return [{ path, at: 'value', message, fix }];
  });

const bare = String.raw`[+-]?\d+(?:\.\d+)*`;

/** The form that a text looks like; `null` when that form would be invalid. */
function formMeant(text: string): string | null | undefined {
  const trimmed = text.trim();
  if (trimmed !== text && parseValueTest(trimmed).kind !== 'literal') return trimmed;
  const turned = new RegExp(`^(=<|=>|≤|≥|==?|<>|~)\\s*(${bare})$`).exec(trimmed);
  if (turned !== null) {
    const [, sign = '', number = ''] = turned;
    const signs: Readonly<Record<string, string>> = { '=<': '<= ', '=>': '>= ', '≤': '<= ', '≥': '>= ', '<>': '!= ' };
    return `${signs[sign] ?? ''}${number}`;
  }
  const range = /^([1-9]\d{2})\s*(?:-|\.{3}|–|to)\s*([1-9]\d{2})$/.exec(trimmed);
  if (range !== null) return `${range[1]}..${range[2]}`;
  const hundred = /^([1-9])(?:\*\*?|\.\.|--|[xX]|0[xX])$/.exec(trimmed);
  if (hundred !== null) return `${hundred[1]}xx`;
  if (trimmed === '*') return 'any';
  if (/^(?:any|none)$/i.test(trimmed)) return trimmed.toLowerCase();
  if (/^(?:[<>]=?|!=?|~)/.test(trimmed)) return null;
  if (/^\/[^/]*[\^$*+?|\\()[\]][^/]*$/.test(trimmed)) return `${trimmed}/`;
  return undefined;
}
