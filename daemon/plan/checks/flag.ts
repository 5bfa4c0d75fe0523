import {
  flagKind,
  flagPatterns,
  flagProblems,
  flagSent,
  flagSettings,
  flagTemplates,
  isWholeFlag,
} from '../../protocol/domain/flagKinds.ts';
import { tellsExpiry, templateParts } from '../../protocol/domain/flagTemplate.ts';
import { compileLinear } from '../../protocol/domain/linearPattern.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { nearest } from '../nearest.ts';
import { insteadOf } from '../problem.ts';
import type { Report } from './reportProblem.ts';

const known = ['enabled', 'percent', 'rest', 'expires'];

export function checkFlagValues(plan: Plan, report: Report): void {
  for (const { name: key, template, path: below } of flagTemplates(plan.flag)) {
    const path = ['flag', ...below];
    if (/[\n\r\0]/.test(template)) report.value(path, `the value of \`${key}\` must be one line`);
    for (const part of templateParts(template)) {
      if (part.kind !== 'unknown') continue;
      const { text: whole, name, at: offset } = part;
      const meant = nearest(name, known);
      const help =
        meant === undefined
          ? ': there is `$' + '{enabled}` and `$' + '{percent}`'
          : ` — did you mean \`$\{${meant}}\`?`;
      const right = meant === undefined ? undefined : `$\{${meant}}`;
      report.value(path, `unknown \`${whole}\`${help}`, { offset, instead: insteadOf(whole, right) });
    }
  }
}

/** A flag that is the same at every stage cannot be rolled back. */
export function checkFlagChanges(plan: Plan, report: Report): void {
  if (plan.flag === undefined) return;
  const settings = flagSent(plan.flag);
  // The key that holds the settings: of a kind with several places, the kind's own.
  const [top = flagKind(plan.flag)] = 'set' in plan.flag ? ['set'] : [];
  if (settings.length === 0)
    report.key(['flag', top], 'the flag sets nothing: write a key with `$' + '{enabled}` or `$' + '{percent}`');
  else if (!settings.some(({ template }) => template.includes('$' + '{'))) {
    report.key(
      ['flag', top],
      'the flag is the same at every stage: write `$' + '{enabled}` or `$' + '{percent}` in a value',
    );
  }
}

/** The parts of a flag's own kind that must fit together. */
export function checkFlagParts(plan: Plan, report: Report): void {
  for (const { path, at, message } of flagProblems(plan.flag)) report[at](['flag', ...path], message);
  for (const { pattern, path } of flagPatterns(plan.flag)) {
    const problem = patternProblem(pattern);
    if (problem !== null) report.key(['flag', ...path], problem);
  }
  if (!isWholeFlag(plan.flag)) return;
  for (const [index, { percent }] of plan.stages.entries()) {
    if (Number.isInteger(percent)) continue;
    const message = `this flag knows whole percentages only: ${percent} % would reach nobody, or somebody else`;
    report.value(['stages', index, 'percent'], message);
  }
}

function patternProblem(pattern: string): string | null {
  try {
    const groups = compileLinear(pattern).groupCount();
    return groups === 1 ? null : `a pattern has one group, the value: \`rollout=([0-9]+)\`; this has ${groups}`;
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    return `a place is a JSON pointer (\`/percent\`) or a pattern in RE2 syntax (${detail})`;
  }
}

/** A lease is of a flag that carries its end, and is read back with it. */
export function checkLease(plan: Plan, report: Report): void {
  const { flag } = plan;
  if (flag === undefined) return;
  const expiry = '`$' + '{expires}`';
  const carries = flagSent(flag).some(({ template }) => tellsExpiry(template));
  const isRead = flagSettings(flag).some(({ template }) => tellsExpiry(template));
  if (flag.lease === undefined) {
    if (carries) report.key(['flag'], `the flag carries ${expiry}: say for how long, \`lease: 10m\``);
    return;
  }
  if (!carries) report.key(['flag', 'lease'], `no value of the flag holds ${expiry}, the end of the lease`);
  else if (!isRead)
    report.key(['flag', 'lease'], `the end of the lease is not read back: read a place that is ${expiry}`);
  if (flag.lease < shortestLease)
    report.value(['flag', 'lease'], 'a lease of less than 3 s would end between two renewals');
}

const shortestLease = 3000;

/** The share of an arm is of both arms together; without a control it is always all. */
export function checkProof(plan: Plan, report: Report): void {
  if (plan.flag?.proof === undefined || plan.arms.control !== undefined) return;
  report.key(
    ['flag', 'proof'],
    'the share of an arm needs both arms: describe the `control` under `arms`, or remove `proof`',
  );
}
