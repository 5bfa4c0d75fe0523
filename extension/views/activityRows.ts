import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { tookText } from '../../daemon/protocol/words/figureText.ts';
import type { JournalTopic } from '../../daemon/protocol/words/journalWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { RolloutStanding, Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { activityText } from './activityText.ts';
import { markdownText } from './escapedText.ts';
import { type FoldedRollback, foldedRollbacks } from './foldedRollbacks.ts';
import { rolloutGroups, rolloutSubject, rowId } from './rolloutGroups.ts';
import type { Row } from './row.ts';

export type ActivityFilter = 'all' | Exclude<JournalTopic, 'other'>;

/** The known part of a rollout's journal, newest first. */
export interface KnownJournal {
  readonly entries: readonly JournalEntry[];
  /** There may be older entries that the daemon was not asked for yet. */
  readonly more: boolean;
}

/** The Activity tree: the journal, newest first. */
export function activityRows(
  standings: readonly Standing[],
  known: (shown: RolloutStanding) => KnownJournal,
  filter: ActivityFilter,
  now: number,
  t: Translate,
): readonly Row[] {
  return rolloutGroups(standings, t, (shown) => {
    const { entries, more } = known(shown);
    const rows = foldedRollbacks(entries).flatMap((each) =>
      'entry' in each ? rollbackRows(shown, each, filter, now, t) : entryRow(shown, each, filter, now, t),
    );
    return more ? [...rows, olderRow(shown, t)] : rows;
  });
}

/** One row that unfolds; under a filter that leaves the rollback out, the steps that are left stand alone. */
function rollbackRows(
  shown: RolloutStanding,
  { entry, steps }: FoldedRollback,
  filter: ActivityFilter,
  now: number,
  t: Translate,
): readonly Row[] {
  const children = steps.flatMap((step) => entryRow(shown, step, filter, now, t));
  const [head] = entryRow(shown, entry, filter, now, t);
  if (head === undefined || children.length === 0) return head === undefined ? children : [head];
  const state = rollbackState(entry, steps, t);
  return [
    {
      ...head,
      description: `${state} · ${head.description}`,
      spoken: `${head.spoken}, ${state}`,
      expansion: 'collapsed',
      children,
    },
  ];
}

function rollbackState({ at }: JournalEntry, steps: readonly JournalEntry[], t: Translate): string {
  const last = steps.find(({ body }) => body.kind === 'rolled-back' || body.kind === 'rollback-failed');
  if (last === undefined) return t('under way');
  return last.body.kind === 'rolled-back' ? t('done after {0}', tookText(last.at - at)) : t('FAILED');
}

function entryRow(
  shown: RolloutStanding,
  entry: JournalEntry,
  filter: ActivityFilter,
  now: number,
  t: Translate,
): readonly Row[] {
  const { rollout } = shown;
  const told = activityText(entry, rollout, t);
  if (filter !== 'all' && told.topic !== filter) return [];
  const zone = rollout.plan.timezone;
  const label = plainText(told.label, 120);
  const detail = plainText(told.detail, 300);
  const time = clockText(entry.at, now, zone);
  const [firing, ...others] = firingsOf(entry);
  const places = [...(firing?.evidence ?? []), ...others.flatMap(({ evidence }) => evidence)];
  return [
    {
      id: rowId(shown, `entry:${entry.seq}`),
      label,
      description: detail === '' ? time : `${time} · ${detail}`,
      icon: told.icon,
      context: [
        'entry',
        told.topic,
        ...(places.length > 0 ? ['hasRecords'] : []),
        ...(firing === undefined ? [] : ['hasWhy']),
      ],
      tooltip: [
        `**${markdownText(told.label)}** · ${markdownText(time)}`,
        ...(detail === '' ? [] : [markdownText(told.detail, 2000)]),
        t('Entry {0} of the journal, attempt {1}', entry.seq, entry.attempt),
      ].join('\n\n'),
      spoken: [label, detail, time].filter((part) => part !== '').join(', '),
      expansion: 'leaf',
      subject: {
        ...rolloutSubject(shown),
        places,
        why: firing === undefined ? undefined : { kind: 'firing', firing },
      },
      ...(places.length > 0 && { open: 'rampwatch.openLogAtLine' as const }),
      children: [],
    },
  ];
}

/** The firings that an entry is about, with the records they rest on. */
function firingsOf({ body }: JournalEntry): readonly Firing[] {
  switch (body.kind) {
    case 'firing':
      return [body.firing];
    case 'review-opened':
      return body.firings;
    case 'rollback-started':
      return body.cause.kind === 'trigger' ? [body.cause.firing] : [];
    default:
      return [];
  }
}

function olderRow(shown: RolloutStanding, t: Translate): Row {
  const label = t('Load older');
  return {
    id: rowId(shown, 'older'),
    label,
    description: '',
    icon: { id: 'ellipsis' },
    context: ['older'],
    tooltip: label,
    spoken: label,
    expansion: 'leaf',
    subject: rolloutSubject(shown),
    open: 'rampwatch.loadOlderActivity',
    children: [],
  };
}
