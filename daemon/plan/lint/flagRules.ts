import { flagKind, flagSettings } from '../../protocol/domain/flagKinds.ts';
import { tellsPercent } from '../../protocol/domain/flagTemplate.ts';
import type { Rule, RuleFinding } from './finding.ts';

export const noFlag: Rule = (plan) => {
  if (plan.flag !== undefined || !plan.triggers.some(({ then }) => then === 'rollback')) return [];
  const message = 'a trigger rolls back, and the plan has no `flag` to act on: Rampwatch will only say so';
  return [{ path: ['triggers'], at: 'key', message }];
};

export const noProof: Rule = (plan) => {
  if (plan.flag === undefined || plan.flag.proof !== undefined) return [];
  const message =
    'without `proof` only the flag itself is known: a program that does not read it again keeps its old percentage';
  if (plan.arms.control === undefined) return [{ path: ['flag'], at: 'key', message }];
  const text = 'proof: { share: treatment, within: 10m }';
  const title = `Add \`${text}\``;
  return [
    {
      path: ['flag'],
      at: 'key',
      message,
      fix: { kind: 'add', title, parent: ['flag'], after: flagKind(plan.flag), text },
    },
  ];
};

/** Several stages, one value. */
export const flagSameWhenExposed: Rule = (plan) => {
  const exposing = plan.stages.filter(({ percent }) => percent > 0);
  if (plan.flag === undefined || exposing.length < 2) return [];
  if (flagSettings(plan.flag).some(({ template }) => tellsPercent(template))) return [];
  const message = `no value holds \`$\{percent}\`: the ${exposing.length} stages that expose users set the same flag`;
  return [{ path: ['flag', 'set' in plan.flag ? 'set' : flagKind(plan.flag)], at: 'key', message }];
};

export const flagPlaceholder: Rule = (plan) =>
  flagSettings(plan.flag).flatMap(({ template: text, path: below }): RuleFinding[] => {
    const name = /(?:^|[^${])(?:\{\{?|\$|%)(enabled|percent)\b(?!\})|(?:^|[^$])\{\{?(enabled|percent)\}/.exec(text);
    const meant = name?.[1] ?? name?.[2];
    if (meant === undefined) return [];
    const path = ['flag', ...below];
    const message = `\`${text}\` is set literally: write \`$\{${meant}}\``;
    const right = text.replace(foreignPlaceholder, (_, word: string) => `$\{${word}}`);
    return [
      {
        path,
        at: 'value',
        message,
        fix: { kind: 'set', title: `Write \`${right}\``, path, text: JSON.stringify(right) },
      },
    ];
  });

/** As templates elsewhere write it: `{{percent}}`, `{percent}`, `$percent`, `%percent%`. */
const foreignPlaceholder = /(?:\{\{?|\$|%)\s*(enabled|percent)\b\s*(?:\}\}?|%)?/;
