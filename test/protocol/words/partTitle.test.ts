import { expect, it } from 'vitest';
import { slackBody, teamsBody, webhookBody } from '../../../daemon/message/messageShapes.ts';
import type { JournalBody, JournalEntry } from '../../../daemon/protocol/domain/journalEntry.ts';
import { percent } from '../../../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../../../daemon/protocol/wire/view.ts';
import { english } from '../../../daemon/protocol/words/factWords.ts';
import { journalWords } from '../../../daemon/protocol/words/journalWords.ts';
import { newsOf } from '../../../daemon/protocol/words/news.ts';
import { partTitle, stageTitle, triggerTitle } from '../../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../../daemon/protocol/words/plainText.ts';
import { entryText } from '../../../daemon/report/entryText.ts';
import { htmlText } from '../../../daemon/report/htmlText.ts';
import { lineText as markdownLine } from '../../../daemon/report/renderMarkdown.ts';
import { advanceConfirmation, rollBackConfirmation } from '../../../extension/commands/effectText.ts';
import { activityRows } from '../../../extension/views/activityRows.ts';
import { stageRows } from '../../../extension/views/stageRows.ts';
import { statusText } from '../../../extension/views/statusBarText.ts';
import { triggerRows } from '../../../extension/views/triggerRows.ts';
import { firingCards } from '../../../webview/model/firingCards.ts';
import { stageRail } from '../../../webview/model/stageRail.ts';
import { triggerRows as triggerTable } from '../../../webview/model/triggerTable.ts';
import { firing, lookedAt, sampleTrigger, sampleWorkspace, withPhase } from '../../extension/sampleViews.ts';

const stageTitles: Readonly<Record<string, string>> = { ten: 'عشرة بالمئة', fifty: '半分の利用者' };

function titled(view: RolloutView): RolloutView {
  const stages = view.stages.map((stage) => ({ ...stage, title: stageTitles[stage.id] }));
  const fired = { kind: 'fired', firing } as const;
  return {
    ...view,
    stages,
    triggers: [sampleTrigger('low-success', { title: 'Uploads fail', phase: fired as never })],
  };
}
const isolate = (text: string) => `\u2068${text}\u2069`;

it('is the title, else the id; safe, isolated, and cut', () => {
  expect(partTitle({ id: 'ten' })).toBe('ten');
  expect(partTitle({ id: 'ten', title: 'Zehn Prozent' })).toBe('Zehn Prozent');
  expect(partTitle({ id: 'ten', title: 'عشرة' })).toBe(isolate('عشرة'));
  // A mark of the plan's own cannot open or close an isolate.
  expect(partTitle({ id: 'ten', title: 'a\u2069b' })).toBe('a\\u2069b');
  expect(partTitle({ id: 'ten', title: 'x'.repeat(80) }, 20)).toHaveLength(20);
  const view = titled(withPhase({ kind: 'soaking' }));
  expect(stageTitle(view, 'fifty')).toBe('半分の利用者');
  expect(stageTitle(view, 'gone')).toBe('gone');
  expect(triggerTitle(view, 'low-success')).toBe('Uploads fail');
});

it('stands on every surface in place of the name', () => {
  const view = titled(withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing } }));
  const standing = { folder: '/app', planFiles: [], heardAt: lookedAt, link: { kind: 'live' } as const };
  const standings = [{ ...standing, view: sampleWorkspace([view]) }];
  const stages = stageRows(standings, lookedAt, english).map(({ description }) => description.split(' · ')[0]);
  expect(stages).toEqual(expect.arrayContaining([isolate('عشرة بالمئة'), '半分の利用者', 'full']));
  expect(triggerRows(standings, lookedAt, english).map(({ label }) => label)).toEqual(['Uploads fail']);
  expect(statusText(standings, lookedAt, english, () => true)?.text).toContain('Uploads fail');
  expect(stageRail(view, lookedAt).map(({ name }) => name)).toContain('半分の利用者');
  expect(triggerTable(view, lookedAt).map(({ name }) => name)).toEqual(['Uploads fail']);
  expect(firingCards(view, '')).toMatchObject([{ trigger: 'low-success', name: 'Uploads fail' }]);
});

it('stands in the journal, whose entries keep the id', () => {
  const names = titled(withPhase({ kind: 'soaking' }));
  const titleOf = (body: JournalBody) => journalWords(body, names, english).title;
  const entered = { stage: 2, id: 'fifty', percent: percent(50), at: firing.at, by: 'ann', reason: null, unmet: [] };
  expect(titleOf({ kind: 'stage-entered', cause: 'advance', ...entered })).toBe('Entered 半分の利用者 at 50 %');
  expect(titleOf({ kind: 'firing', firing })).toBe('Uploads fail fired');
  expect(titleOf({ kind: 'acknowledged', by: 'ann', reason: 'x', triggers: ['low-success', 'gone'] })).toBe(
    'Acknowledged Uploads fail, gone',
  );
});

it('stays isolated in a sentence that is made plain, shown and sent on', () => {
  const ten = isolate('عشرة بالمئة');
  const view = titled(withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing } }));
  const back = {
    kind: 'rollback-started',
    cause: { kind: 'person', by: 'ann', reason: 'x' },
    to: 1,
    from: { stage: 'fifty', percent: percent(50) },
  } as never as JournalBody;
  const entered = { stage: 1, id: 'ten', percent: percent(10), at: firing.at, by: 'ann', reason: null, unmet: [] };
  const body: JournalBody = { kind: 'stage-entered', cause: 'advance', ...entered };
  const entry = { seq: 1, at: firing.at, attempt: 1, body } as unknown as JournalEntry;
  const standing = { folder: '/app', planFiles: [], heardAt: lookedAt, link: { kind: 'live' } as const };
  const known = () => ({ entries: [entry], more: false });
  const standings = [{ ...standing, view: sampleWorkspace([view]) }];
  const [row] = activityRows(standings, known, 'all', lookedAt, english);
  expect(row?.label).toBe(`Entered ${ten} at 10 %`);
  const [told] = entryText(entry, view).what;
  const title = typeof told === 'string' ? told : told !== undefined && 'text' in told ? told.text : '';
  expect(markdownLine([title])).toBe(`Entered ${ten} at 10 %`);
  expect(htmlText(title)).toBe(`Entered ${ten} at 10 %`);
  const news = newsOf(entry, { id: '1', rollout: 'a', name: 'A', names: view, known: [] });
  expect(news?.sentence).toBe(`Entered ${ten} at 10 %: by ann`);
  if (news === null) throw new Error('no news');
  for (const shape of [slackBody(news), teamsBody(news), webhookBody(news)]) {
    expect(JSON.stringify(shape)).toContain(`Entered ${ten} at 10 %`);
  }
  expect(
    newsOf({ ...entry, body: back }, { id: '1', rollout: 'a', name: 'A', names: view, known: [] })?.sentence,
  ).toContain('半分の利用者');
  const rolledBack = stageRows(standings, lookedAt, english).map(({ description }) => description);
  expect(rolledBack.join('|')).toContain('rolled back by Uploads fail');
  // Cut within the name, the isolate is closed.
  expect(plainText(`Entered ${ten} at 10 %`, 14)).toMatch(/^Entered \u2068....\u2069…$/);
  // Marks of others are text: around nothing that turns, alone, or of another kind.
  expect(plainText('\u2068a\u2069 \u2069 \u2067')).toBe('\\u2068a\\u2069 \\u2069 \\u2067');
});

it('stands in the questions before an act', () => {
  const view = titled(withPhase({ kind: 'soaking' }));
  expect(advanceConfirmation(view, 'A', lookedAt, english).question).toContain('半分の利用者');
  const effects = { ...view.standing.effects, rollback: { stage: 'ten', percent: 10, flag: null } };
  const back = { ...view, standing: { ...view.standing, effects: effects as never } };
  expect(rollBackConfirmation(back, 'A', english).question).toContain(isolate('عشرة بالمئة'));
});
