import { journalledEvent, type MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';

/** An event, drawn through every chart at its moment. */
export interface ChartMark {
  /** Event time in milliseconds. */
  readonly at: number;
  readonly kind: 'moment' | 'stage' | 'rollback' | 'firing' | 'deploy' | 'note';
  readonly text: string;
  /** Of an earlier attempt. */
  readonly past: boolean;
  /** The question that a click on it asks. */
  readonly why: WhyQuestion;
}

/** More of a kind than this would hide the figures: the newest are drawn. A reader who zooms in sees the others. */
const mostOfKind: Readonly<Record<ChartMark['kind'], number>> = {
  moment: 1,
  stage: 60,
  rollback: 30,
  firing: 20,
  deploy: 20,
  note: 20,
};

/** The kinds that say more come first where the words of two do not fit. */
const ranks: Readonly<Record<ChartMark['kind'], number>> = {
  moment: 5,
  rollback: 4,
  stage: 3,
  firing: 2,
  deploy: 1,
  note: 0,
};

export function markRank({ kind }: Pick<ChartMark, 'kind'>): number {
  return ranks[kind];
}

/**
 * Stage changes, rollbacks, firings, deploys, and what people said, of this attempt and of earlier ones, in the order of
 * their times. `events`: as the host knows them; the state itself has the newest. `span`: the shown time.
 */
export function chartMarks(
  view: RolloutView,
  events: readonly MarkedEvent[] = [],
  span: readonly [number, number] | null = null,
): readonly ChartMark[] {
  const newest = view.journal.flatMap((entry) => journalledEvent(entry) ?? []);
  const visits = view.stages.flatMap(({ visit }): MarkedEvent[] =>
    visit === null ? [] : [{ kind: 'stage', at: visit.from, attempt: view.standing.attempt, percent: visit.percent }],
  );
  const all = [...events, ...newest, ...visits].filter(({ at }) => span === null || (at >= span[0] && at <= span[1]));
  const attempts = new Set(all.flatMap((event) => (event.kind === 'stage' ? [event.attempt] : [])));
  const told = new Set<number>();
  const marks = new Map<string, ChartMark>();
  for (const event of all.toSorted((one, other) => one.at - other.at)) {
    const key = `${event.kind} ${keyOf(event)} ${Math.round(event.at / 1000)}`;
    if (marks.has(key)) continue;
    const begins = event.kind === 'stage' && attempts.size > 1 && !told.has(event.attempt);
    if (event.kind === 'stage') told.add(event.attempt);
    marks.set(key, markOf(event, view, begins));
  }
  const counts = { moment: 0, stage: 0, rollback: 0, firing: 0, deploy: 0, note: 0 };
  return [...marks.values()]
    .toReversed()
    .filter(({ kind }) => {
      counts[kind] += 1;
      return counts[kind] <= mostOfKind[kind];
    })
    .toReversed();
}

/** The marks within one bucket of a chart; `time`: its middle. The one that says most comes first. */
export function marksAt(marks: readonly ChartMark[], time: number, step: number): readonly ChartMark[] {
  return marks
    .filter(({ at }) => at >= time - step / 2 && at < time + step / 2)
    .toSorted((one, other) => markRank(other) - markRank(one));
}

/** A stage's change comes twice: as an entry, and as the visit that it began. */
function keyOf(event: MarkedEvent): string {
  switch (event.kind) {
    case 'firing':
      return event.trigger;
    case 'deploy':
    case 'signal':
      return event.name;
    case 'note':
      return event.text;
    case 'stage':
    case 'rollback':
    case 'acknowledged':
      return '';
  }
}

function markOf(event: MarkedEvent, view: RolloutView, begins: boolean): ChartMark {
  const { at } = event;
  const moment: WhyQuestion = { kind: 'moment', at };
  if (event.kind === 'deploy') {
    return { at, kind: 'deploy', text: t('tag {0}', plainText(event.name, 24)), past: false, why: moment };
  }
  const mark = { at, past: event.attempt < view.standing.attempt, why: moment };
  switch (event.kind) {
    case 'stage': {
      const share = percentText(event.percent);
      return { ...mark, kind: 'stage', text: begins ? t('attempt {0}: {1}', event.attempt, share) : share };
    }
    case 'rollback':
      return { ...mark, kind: 'rollback', text: t('rollback'), why: whyRolledBack(event, view) ?? moment };
    case 'firing': {
      const { trigger } = event;
      return { ...mark, kind: 'firing', text: triggerTitle(view, trigger, 40), why: { kind: 'fired', trigger, at } };
    }
    case 'acknowledged':
      return { ...mark, kind: 'note', text: t('acknowledged') };
    case 'signal':
      return { ...mark, kind: isDeploy(event.name) ? 'deploy' : 'note', text: plainText(event.name, 40) };
    case 'note':
      return { ...mark, kind: 'note', text: plainText(event.text, 40) };
  }
}

/** A pipeline may say so: `rampwatch signal deploy`. */
function isDeploy(signal: string): boolean {
  return /^(?:deploy|release)/i.test(signal);
}

/** `null`: a person rolled an earlier attempt back, and the journal alone knows why. */
function whyRolledBack(
  { attempt, trigger }: Extract<MarkedEvent, { kind: 'rollback' }>,
  { standing }: RolloutView,
): WhyQuestion | null {
  const { kind } = standing.phase;
  const isLast = attempt === standing.attempt;
  if (isLast && (kind === 'rolling-back' || kind === 'rolled-back' || kind === 'rollback-failed')) {
    return { kind: 'rollback' };
  }
  return trigger === null ? null : { kind: 'fired', trigger: trigger.id, at: trigger.at };
}
