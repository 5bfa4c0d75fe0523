import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Deploy } from '../../daemon/protocol/wire/markedEvents.ts';
import { journalledEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { grouped, percentText, shareText } from '../../daemon/protocol/words/figureText.ts';
import { journalSentence, journalWords } from '../../daemon/protocol/words/journalWords.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import type { Translate } from '../vscodeApi.ts';
import type { Reasons, Why } from './reasons.ts';

const minute = 60_000;
const usualWindow = 5 * minute;
/** How far around a moment its neighbours are told. */
const before = 60 * minute;
const after = 10 * minute;
const mostNeighbours = 12;

/** What is known of one moment. */
export interface MomentFacts {
  /** The figures of the window that ends with the moment. */
  readonly series: SeriesResult;
  /** Newest first. */
  readonly entries: readonly JournalEntry[];
  readonly deploys: readonly Deploy[];
}

/** The window that ends with a moment: as long as that of the first trigger that rolls back, in whole minutes. */
export function momentWindow({ triggers }: RolloutView, at: number): { readonly from: number; readonly to: number } {
  const judged = triggers.find(({ consequence }) => consequence === 'rollback')?.over ?? usualWindow;
  const length = Math.max(minute, Math.ceil(judged / minute) * minute);
  const to = (Math.floor(at / minute) + 1) * minute;
  return { from: to - length, to };
}

/** What the records said then, at which stage, and what happened around it. `null`: nothing of it is known yet. */
export function momentReasons(
  reasons: Reasons,
  rollout: RolloutView,
  at: number,
  facts: MomentFacts | null,
  t: Translate,
): Why | null {
  if (facts === null) return null;
  const { series, entries, deploys } = facts;
  const { from, to } = momentWindow(rollout, at);
  const arms = [
    armText(t('treatment'), sums(series, 'treatment'), series, t),
    armText(t('control'), sums(series, 'control'), series, t),
  ];
  const told = [arms.join(', '), t('in the {0} until then', formatDuration(to - from))].join(' ');
  reasons.head(t('At {0}', reasons.clock(at)), `${told.charAt(0).toUpperCase()}${told.slice(1)}.`, 'quiet');
  reasons.section(t('The window at that time'));
  reasons.window(from, to);
  reasons.fact(stageThen(rollout, entries, at, t));
  const neighbours = around(reasons, rollout, facts, at, t);
  if (neighbours.length > 0) reasons.section(t('Around this time'));
  for (const each of neighbours) reasons.fact(each);
  const last = deploys.find((deploy) => deploy.at <= at);
  if (last !== undefined && last.at < at - before) {
    if (neighbours.length === 0) reasons.section(t('Around this time'));
    reasons.fact(t('{0}, the last tag before it, is {1} older', last.name, calmDuration(at - last.at)));
  }
  const measure = series.measures.success ?? series.measures.uploads;
  if (measure !== null) reasons.figureAt(measure, at);
  return reasons.made();
}

interface Sums {
  readonly n: number;
  readonly good: number;
}

function sums({ arms }: SeriesResult, arm: 'treatment' | 'control'): Sums {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return { n: sum(arms[arm].n), good: sum(arms[arm].good) };
}

/** `treatment 48 of 52 (92.3 %)`. */
function armText(arm: string, { n, good }: Sums, { measures }: SeriesResult, t: Translate): string {
  if (n === 0) return t('{0} no records', arm);
  if (measures.success === null) return t('{0} {1} records', arm, grouped(n));
  return t('{0} {1} of {2} good ({3})', arm, grouped(good), grouped(n), shareText(good / n));
}

function stageThen(rollout: RolloutView, entries: readonly JournalEntry[], at: number, t: Translate): string {
  for (const { body, attempt } of entries) {
    if (body.kind === 'rollback-started' && body.at <= at) return t('After the rollback of attempt {0}', attempt);
    if (body.kind !== 'stage-entered' || body.at > at) continue;
    return t('Stage {0} at {1}, attempt {2}', plainText(body.id, 60), percentText(body.percent), attempt);
  }
  const stage = rollout.stages.find(({ visit }) => visit !== null && visit.from <= at && at < (visit.to ?? at + 1));
  if (stage === undefined) return t('Before the first attempt');
  const { attempt } = rollout.standing;
  return t('Stage {0} at {1}, attempt {2}', partTitle(stage), percentText(stage.percent), attempt);
}

/** One line each, oldest first; of more than there is room for, those that are nearest. */
function around(
  reasons: Reasons,
  rollout: RolloutView,
  { entries, deploys }: MomentFacts,
  at: number,
  t: Translate,
): readonly string[] {
  const journalled = entries.flatMap((entry) => {
    const event = journalledEvent(entry);
    const text = journalSentence(journalWords(entry.body, rollout, t));
    return event === null ? [] : [{ at: event.at, text: plainText(text, 300) }];
  });
  const tagged = deploys.map((deploy) => ({ at: deploy.at, text: t('tag {0}', deploy.name) }));
  return [...journalled, ...tagged]
    .filter((each) => each.at >= at - before && each.at <= at + after)
    .toSorted((one, other) => Math.abs(one.at - at) - Math.abs(other.at - at))
    .slice(0, mostNeighbours)
    .toSorted((one, other) => one.at - other.at)
    .map((each) => `${reasons.clock(each.at)}: ${each.text}`);
}
