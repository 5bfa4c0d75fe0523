import type { Plan } from '../../protocol/domain/plan.ts';
import { holdsLines } from '../../protocol/domain/sourceFormat.ts';
import { sourceName } from '../../protocol/domain/sourceKinds.ts';
import type { MissingPolicy } from '../../protocol/domain/triggerConsequence.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import type { Rule, RuleFinding } from './finding.ts';

interface MissingPlace {
  readonly policy: MissingPolicy;
  readonly measure: string;
  readonly path: readonly (string | number)[];
  /** The percentage of the stage whose gate it is. */
  readonly percent?: number;
}

function missingPlaces(plan: Plan): readonly MissingPlace[] {
  const gates = plan.stages.flatMap(({ gate, percent }, index) =>
    gate.flatMap(({ measure, missing: policy }, at): MissingPlace[] =>
      policy === undefined ? [] : [{ policy, measure, percent, path: ['stages', index, 'gate', at, 'missing'] }],
    ),
  );
  const triggers = plan.triggers.map(
    ({ missing, when }, index): MissingPlace => ({
      policy: missing,
      measure: when.measure,
      path: ['triggers', index, 'missing'],
    }),
  );
  return [...gates, ...triggers];
}

const acts = (policy: MissingPolicy): boolean =>
  typeof policy === 'string' ? policy !== 'block' : policy['no-data'] !== 'block' || policy.error !== 'block';

/** True for a measure on sources of records, which are no-data while they are silent; a quiet log is not. */
function restsOnRecords(plan: Plan, name: string): boolean {
  const measure = plan.measures[name];
  if (measure === undefined || 'lines' in measure || 'signal' in measure) return false;
  return !('gauge' in measure && measure.process !== undefined);
}

function isCountOfRecords(plan: Plan, name: string): boolean {
  return 'count' in (plan.measures[name] ?? {});
}

function onSilence(policy: MissingPolicy): string {
  return typeof policy === 'string' ? policy : policy['no-data'];
}

/** A count is 0 when nothing is written: there it is no sign of harm. */
export const missingCountsNothing: Rule = (plan) =>
  missingPlaces(plan).flatMap(({ policy, measure, path }): RuleFinding[] => {
    if (onSilence(policy) !== 'rollback' || !isCountOfRecords(plan, measure)) return [];
    const message = `\`${measure}\` counts records, so without any it is unknown: a night without traffic, or a log that stands still, rolls back as if something had failed; write \`missing: { no-data: review, error: rollback }\``;
    return [{ path, at: 'value', message }];
  });

/** A night without traffic would roll the rollout back. */
export const missingAssumesFresh: Rule = (plan) =>
  missingPlaces(plan).flatMap(({ policy, measure, path }): RuleFinding[] => {
    if (onSilence(policy) !== 'rollback' || !restsOnRecords(plan, measure)) return [];
    if (isCountOfRecords(plan, measure)) return [];
    const assumed = plan.sources.find((source) => !holdsLines(source) && source.fresh === undefined);
    if (assumed === undefined) return [];
    const message = `15 minutes without a record of ${plainText(sourceName(assumed))} roll back, at night too: say with its \`fresh\` how long it may be silent, or write \`missing: { no-data: review, error: rollback }\``;
    return [{ path, at: 'value', message }];
  });

/** Some rules cannot lack data, and others ignore it. */
export const missingSaysNothing: Rule = (plan) =>
  missingPlaces(plan).flatMap(({ policy, measure, percent, path }): RuleFinding[] => {
    if (!acts(policy)) return [];
    const isLines = 'lines' in (plan.measures[measure] ?? {});
    const hasSource = isLines || restsOnRecords(plan, measure);
    const why = hasSource
      ? 'it applies while users are exposed, and at 0 % nobody is'
      : `\`${measure}\` rests on no source, so its data cannot be missing`;
    if (hasSource && percent !== 0) return [];
    return [{ path, at: 'key', message: `\`missing\` changes nothing here: ${why}` }];
  });
