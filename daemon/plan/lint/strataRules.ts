import { ruleOf } from '../../protocol/domain/triggerRule.ts';
import type { Rule } from './finding.ts';

/** A field in which the arms differ leaves no record of one with a counterpart in the other. */
export const strataTellArms: Rule = ({ strata = [], arms }) =>
  strata.flatMap((field, index) =>
    Object.hasOwn(arms.treatment, field) || Object.hasOwn(arms.control ?? {}, field)
      ? [
          {
            path: ['strata', String(index)],
            at: 'value',
            message: `\`${field}\` tells the arms apart, so that no record has its like in the other arm: name a field of the work, such as a size class`,
          },
        ]
      : [],
  );

/** Strata are for comparing arms in a proof. */
export const strataUnused: Rule = (plan) =>
  plan.strata === undefined || plan.triggers.some((trigger) => ruleOf(plan, trigger) === 'proven')
    ? []
    : [{ path: ['strata'], at: 'key', message: 'strata change nothing here: no trigger rolls back on a proof' }];
