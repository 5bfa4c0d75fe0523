import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import type { EffectPreview, RolloutView } from '../../daemon/protocol/wire/view.ts';
import { approvalText } from '../../daemon/protocol/words/approvalWords.ts';
import { conditionText, stillToCome } from '../../daemon/protocol/words/figureText.ts';
import { boundedList } from '../../daemon/protocol/words/listText.ts';
import { isDone, isDue, isSettled, isSkipped, listsOf } from '../../daemon/protocol/words/openItems.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { soakProgress, soakWords } from '../../daemon/protocol/words/soakWords.ts';
import { evidenceOf } from '../../daemon/protocol/words/verdictWords.ts';
import type { Translate } from '../vscodeApi.ts';

/** What a person should have before them when they decide: the gate, the items, the people, and the flag. One line each. */

const mostItems = 3;
const mostPeople = 5;

/** The gate of the present stage with what its data prove, and whatever else stands in the way of an advance. */
export function gateLines(view: RolloutView, now: number, t: Translate): readonly string[] {
  const { standing, stages } = view;
  const gate = stages[standing.stageIndex]?.gate ?? [];
  const conditions = gate.map((verdict) => conditionLine(verdict, t));
  const told = new Set(gate.map((verdict) => conditionText(verdict)));
  const progress = soakProgress(standing.soak, now);
  const soaked = progress.state === 'over' ? [`✓ ${soakWords(progress, t).sentence}`] : [];
  const others = standing.missing.filter((line) => !told.has(line)).map((line) => `✗ ${plainText(line, 200)}`);
  const approved = approvalText(standing, t);
  const approvals = approved === null ? [] : [`… ${approved}`];
  return [...conditions, ...soaked, ...others, ...approvals];
}

function conditionLine(verdict: ConditionVerdict, t: Translate): string {
  const evidence = evidenceOf(verdict, t);
  const proof = evidence === null ? '' : ` · ${evidence.short}`;
  const isWaited = verdict.verdict === 'unmet' && stillToCome(verdict) !== null;
  const mark = verdict.verdict === 'met' ? '✓' : verdict.verdict === 'unmet' && !isWaited ? '✗' : '…';
  return `${mark} ${plainText(conditionText(verdict), 200)}${proof}`;
}

/** The items that are open, and who ticked the others. */
export function itemLines(view: RolloutView, t: Translate): readonly string[] {
  const items = listsOf(view).flatMap((list) => list.items);
  const stage = view.stages[view.standing.stageIndex]?.id;
  const open = listsOf(view)
    .filter((list) => list.stage === undefined || list.stage === stage)
    // A daily item waits for its hour; one that is done once is open until then.
    .flatMap((list) => list.items.filter((item) => (list.every === undefined ? !isSettled(item) : isDue(item))))
    .map(({ title }) => plainText(title, 80));
  const done = items.filter((item) => isDone(item));
  const skipped = items.filter((item) => isSkipped(item)).map(({ title }) => plainText(title, 80));
  const people = [...new Set(done.flatMap(peopleOf))].map((name) => plainText(name, 40));
  return [
    ...(open.length === 0
      ? []
      : [t('✗ {0} open: {1}', itemCount(open.length, t), boundedList(open, mostItems, '; ', t))]),
    ...(people.length === 0
      ? []
      : [t('✓ {0} done; ticked by {1}', itemCount(done.length, t), boundedList(people, mostPeople, ', ', t))]),
    ...(skipped.length === 0
      ? []
      : [t('… {0} skipped: {1}', itemCount(skipped.length, t), boundedList(skipped, mostItems, '; ', t))]),
  ];
}

function itemCount(count: number, t: Translate): string {
  return count === 1 ? t('1 item') : t('{0} items', count);
}

function peopleOf({ ticked, ticks, from }: ChecklistItemView): readonly string[] {
  if (ticked === null || from === 'evidence') return [];
  return [ticked.by, ...(ticks ?? []).map(({ by }) => by)];
}

/** `Sets ROLLOUT=10 in .env; it is 1 now.`: what differs from what the flag says now. */
export function flagLine(effect: EffectPreview | undefined, view: RolloutView, t: Translate): string {
  const byHand = t('The plan names no flag: set the percentage yourself; Rampwatch only records it.');
  if (effect === undefined) {
    return view.flag === null ? byHand : t('Sets the flag in {0}.', plainText(view.flag.target, 120));
  }
  if (effect.flag === null) return byHand;
  const target = plainText(effect.flag.target, 120);
  const wanted = Object.entries(effect.flag.values).map(([key, value]) => plainText(`${key}=${value}`, 200));
  const { deed } = effect.flag;
  const sets =
    deed === undefined
      ? t('Sets {0} in {1}.', wanted.join(', '), target)
      : t('Sets the flag by: {0}.', plainText(deed, 300));
  const present = Object.keys(effect.flag.values).flatMap((key) => {
    const value = view.flag?.values[key] ?? null;
    return value === null || value === effect.flag?.values[key] ? [] : [plainText(`${key}=${value}`, 200)];
  });
  return present.length === 0 ? sets : `${sets} ${t('Now it says {0}.', present.join(', '))}`;
}
