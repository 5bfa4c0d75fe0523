import type { TriggerStatus } from '../domain/verdict.ts';
import type { Translate } from './factWords.ts';
import { boundedList } from './listText.ts';

/** A trigger's consequence: `rolls back when proven`, `asks for a review`, `holds the rollout`. */
export function consequenceText(
  { consequence, rule }: Pick<TriggerStatus, 'consequence' | 'rule'>,
  t: Translate,
): string {
  switch (consequence) {
    case 'rollback':
      return rule === 'proven' ? t('rolls back when proven') : t('rolls back');
    case 'review':
      return t('asks for a review');
    case 'hold':
      return t('holds the rollout');
  }
}

/** Why a trigger is not judged now. */
export function idleText({ stages }: Pick<TriggerStatus, 'stages'>, t: Translate): string {
  return stages === undefined
    ? t('Nobody is exposed, so it is not judged.')
    : t('It is judged only in {0}, while users are exposed.', boundedList(stages, 5));
}
