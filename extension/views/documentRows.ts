import type { PlanView } from '../../daemon/protocol/wire/view.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { RolloutStanding, Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { planWords } from './conditionRow.ts';
import { markdownText } from './escapedText.ts';
import { rolloutGroups, rolloutSubject, rowId } from './rolloutGroups.ts';
import type { Row, RowIcon } from './row.ts';

/** `unknown`: not looked for yet. */
export type Presence = 'there' | 'missing' | 'outside' | 'unknown';

/** The Documents tree: what the plan asks to be read, in its order. */
export function documentRows(
  standings: readonly Standing[],
  presence: (plan: PlanView, path: string) => Presence,
  t: Translate,
): readonly Row[] {
  return rolloutGroups(standings, t, (shown) =>
    shown.rollout.plan.documents.map((document, index) =>
      documentRow(shown, document, index, presence(shown.rollout.plan, document.path), t),
    ),
  );
}

function documentRow(
  shown: RolloutStanding,
  { path, purpose, minutes }: PlanView['documents'][number],
  index: number,
  presence: Presence,
  t: Translate,
): Row {
  const subject = { ...rolloutSubject(shown, `documents.${index}`), document: path };
  const label = plainText(path, 160);
  const trouble = presenceText(presence, t);
  const time = minutes === undefined ? '' : t('{0} min', minutes);
  const facts = [trouble, time, purpose === undefined ? '' : plainText(purpose, 200)];
  const description = facts.filter((fact) => fact !== '').join(' · ');
  const paragraphs = [
    `**${markdownText(path)}**`,
    ...(purpose === undefined ? [] : [markdownText(purpose)]),
    ...(minutes === undefined ? [] : [t('Takes about {0} minutes to read.', minutes)]),
    ...(presence === 'missing' ? [t('The plan names this document, but the file is missing.')] : []),
    ...(presence === 'outside' ? [t("It lies outside the plan's folder and is not opened.")] : []),
  ];
  return {
    id: rowId(shown, `document:${index}:${path}`),
    label,
    description,
    icon: presenceIcon(presence),
    context: ['document', presence, ...planWords(shown.rollout, subject)],
    tooltip: paragraphs.join('\n\n'),
    spoken: [label, description].filter((part) => part !== '').join(', '),
    expansion: 'leaf',
    subject,
    open: 'rampwatch.openDocument',
    children: [],
  };
}

function presenceText(presence: Presence, t: Translate): string {
  switch (presence) {
    case 'missing':
      return t('missing');
    case 'outside':
      return t("outside the plan's folder");
    case 'there':
    case 'unknown':
      return '';
  }
}

function presenceIcon(presence: Presence): RowIcon {
  return presence === 'missing' || presence === 'outside'
    ? { id: 'warning', color: 'list.warningForeground' }
    : { id: 'book' };
}
