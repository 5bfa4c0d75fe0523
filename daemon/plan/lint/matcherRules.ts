import type { Matcher, Plan } from '../../protocol/domain/plan.ts';
import type { Path } from '../problem.ts';
import type { Rule, RuleFinding } from './finding.ts';

/** Booleans of YAML 1.1, by which many still write; YAML 1.2 reads text, which is no boolean of a record. */
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

/** `success: yes` finds no record that says `true`, and so nothing is good. */
export const booleanAsText: Rule = (plan) =>
  matchersOf(plan).flatMap(([path, matcher]) =>
    Object.entries(matcher).flatMap(([field, value]) =>
      Array.isArray(value)
        ? value.flatMap((each, index) => findingOf([...path, field, index], each))
        : findingOf([...path, field], value),
    ),
  );

function findingOf(path: Path, value: unknown): readonly RuleFinding[] {
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

function matchersOf({ arms, measures, sources }: Plan): readonly (readonly [Path, Matcher])[] {
  return [
    ...Object.entries(arms).flatMap(([name, arm]) => (arm === undefined ? [] : [[['arms', name], arm] as const])),
    ...Object.entries(measures).flatMap(([name, measure]) =>
      'share' in measure ? [[['measures', name, 'share'], measure.share] as const] : [],
    ),
    ...sources.flatMap(({ ignore, stage_event }, index) => [
      ...(ignore === undefined ? [] : [[['sources', index, 'ignore'], ignore] as const]),
      ...(stage_event === undefined ? [] : [[['sources', index, 'stage_event', 'match'], stage_event.match] as const]),
    ]),
  ];
}
