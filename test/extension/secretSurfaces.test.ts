import { describe, expect, it } from 'vitest';
import { withoutSecrets as journalEntry } from '../../daemon/cli/journal.ts';
import { journalLines } from '../../daemon/cli/journalText.ts';
import type { Output } from '../../daemon/cli/output.ts';
import { workspaceDetails } from '../../daemon/cli/statusText.ts';
import { type BundleParts, composeBundle } from '../../daemon/escalate/bundle.ts';
import { saidCommand, saidText } from '../../daemon/live/saidText.ts';
import { runToEnd } from '../../daemon/protocol/domain/interruptibleSum.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { composeReport } from '../../daemon/report/compose.ts';
import type { ReportFacts } from '../../daemon/report/facts.ts';
import { htmlReport } from '../../daemon/report/renderHtml.ts';
import { markdownReport } from '../../daemon/report/renderMarkdown.ts';
import { withoutSecrets } from '../../daemon/report/withoutSecrets.ts';
import { noticeMessage } from '../../extension/notices/noticeText.ts';
import { whyContent } from '../../extension/why/whyContent.ts';
import { credential, credentialKinds } from '../support/credentials.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { hostileFacts } from '../support/reportFacts.ts';
import { connected } from './openSample.ts';
import { standingOf } from './rowsText.ts';
import { firing, lookedAt, sampleRollout, sampleSource, sampleWorkspace } from './sampleViews.ts';

/** No token gets onto a surface that leaves the machine or is shown to others: every kind of secret × every surface. */

const { t } = mockVscode().vscode.l10n;
const output = { paint: (_: string, text: string) => text } as unknown as Output;

/** The state of older versions of Rampwatch, which kept a person's words and a log's as they were. */
function entriesWith(text: string): readonly JournalEntry[] {
  const on = { attempt: 1, stage: 'ten', revision: 3 };
  const bodies: readonly JournalBody[] = [
    { kind: 'held', cause: { kind: 'person', by: 'mia', reason: text } },
    { kind: 'acknowledged', by: 'mia', reason: text, triggers: ['low-success'] },
    { kind: 'signal', name: 'complaint', by: 'mia', note: text, at: eventTime(lookedAt) },
    { kind: 'source', glob: 'metrics.jsonl', file: null, detail: text },
    { kind: 'flag-drifted', detail: text, from: eventTime(lookedAt) },
    {
      kind: 'lines',
      trigger: 'low-success',
      firedAt: firing.at,
      lines: [{ place: { file: 'a.log', line: 1, offset: 0 }, text }],
    },
    {
      kind: 'command',
      key: 'k1',
      by: 'mia',
      command: { kind: 'hold', on, reason: text },
      outcome: { kind: 'refused', code: 'stale', revision: 4, message: text },
    },
    {
      kind: 'rollback-started',
      cause: { kind: 'person', by: 'mia', reason: text },
      to: 0,
      at: eventTime(lookedAt),
    },
  ];
  return bodies.map((body, index) => ({
    seq: index + 1,
    rollout: 'async-upload',
    attempt: 1,
    at: wallTime(lookedAt),
    body,
    previous: '',
    hash: '',
  }));
}

function viewsWith(text: string): readonly RolloutView[] {
  const base = sampleRollout({
    sources: [sampleSource({ health: { ...sampleSource().health, state: 'error', detail: text } })],
    journal: entriesWith(text),
  });
  const cause = { kind: 'person', by: 'mia', reason: text } as const;
  const from = { stage: 'ten', percent: percent(10), at: eventTime(lookedAt) };
  return (
    [
      { kind: 'held', cause },
      { kind: 'held', cause: { kind: 'fault', detail: text } },
      { kind: 'rolled-back', cause, from },
      { kind: 'rollback-failed', cause, from, detail: text },
      {
        kind: 'review',
        firings: [{ ...firing, rule: 'missing', missing: { consequence: 'review', reason: text } }],
        returnsTo: { kind: 'soaking' },
      },
    ] as const
  ).map((phase) => ({ ...base, standing: { ...base.standing, phase } }));
}

const partsWith = (text: string): BundleParts => ({
  rollout: 'async-upload',
  asOf: wallTime(lookedAt),
  standing: [text],
  contact: text,
  reference: text,
  reason: text,
  plan: { file: 'rampwatch.yaml', text: `# ${text}`, about: 'the plan' },
  report: text,
  journal: entriesWith(text),
  records: [{ file: 'a.log', columns: null, text, lines: 1, about: text }],
  left: [text],
  known: [],
});

/** The name of the plan's file is no place for an address. */
function factsWith(text: string): ReportFacts {
  const facts = hostileFacts(text);
  return { ...facts, loaded: { ...facts.loaded, file: '/workspace/rampwatch.yaml', root: '/workspace' } };
}

const surfaces: Readonly<Record<string, (text: string) => string>> = {
  'the sentence': (text) =>
    viewsWith(text)
      .map((view) => sentence(view, lookedAt))
      .join('\n'),
  '`status`': (text) =>
    workspaceDetails(sampleWorkspace(viewsWith(text), { faults: [text] }), lookedAt, output).join('\n'),
  '`journal`': (text) => journalLines(entriesWith(text), 50, sampleRollout(), output).join('\n'),
  '`journal --json`': (text) => JSON.stringify(entriesWith(text).map(journalEntry)),
  'a report in Markdown': (text) => markdownReport(withoutSecrets(composeReport(factsWith(text), 'later'))),
  'a report in HTML': (text) => htmlReport(withoutSecrets(composeReport(factsWith(text), 'first')), () => ''),
  'an evidence bundle': (text) =>
    runToEnd(composeBundle(partsWith(text)))
      .files.map(({ content }) => Buffer.from(content).toString('utf8'))
      .join('\n'),
  'Show Why': (text) =>
    viewsWith(text)
      .flatMap((rollout) => {
        const shown = { standing: standingOf([rollout]), rollout };
        const about = [{ kind: 'rollback' }, { kind: 'firing', firing: { ...firing, condition: text } }] as const;
        return about.map((each) => JSON.stringify(whyContent(shown, [shown], each, lookedAt, t)));
      })
      .join('\n'),
  notices: (text) =>
    viewsWith(text)
      .map((rollout) => {
        const shown = { standing: standingOf([rollout]), rollout };
        const notice = { kind: 'sourceSilent', key: 'a', about: text } as const;
        return noticeMessage([{ notice, shown }], [shown], lookedAt, t)?.text ?? '';
      })
      .join('\n'),
  'what a person said, as it is kept': (text) => {
    const on = { attempt: 1, stage: 'ten', revision: 3 };
    return JSON.stringify([saidText(text), saidCommand({ kind: 'acknowledge', on, reason: text })]);
  },
};

const ways: Readonly<Record<string, (text: string) => string>> = {
  alone: (text) => `because of ${text}`,
  'in JSON': (text) => JSON.stringify({ message: `refused ${text}` }),
};

describe.each(Object.keys(surfaces))('on the surface: %s', (surface) => {
  it('no secret of any kind is left', () => {
    const left = Object.keys(credentialKinds).flatMap((kind) =>
      Object.entries(ways).flatMap(([way, place]) => {
        const { text, secret } = credential(kind, 4711);
        const shown = surfaces[surface]?.(place(text)) ?? '';
        expect(shown).not.toBe('');
        return shown.includes(secret) ? [`${kind}, ${way}`] : [];
      }),
    );
    expect(left).toEqual([]);
  });
});

it.each(['rollout_status', 'explain_verdict'])(
  'the chat tool %s tells no secret of any kind',
  async (tool) => {
    const texts = Object.keys(credentialKinds).map((kind) => credential(kind, 4711));
    for (const { text, secret } of texts) {
      const { mock } = await connected((daemon) => {
        daemon.view = sampleWorkspace(viewsWith(`because of ${text}`).slice(0, 1), { faults: [text] });
      });
      expect(await mock.invokeTool(tool)).not.toContain(secret);
    }
  },
  60_000,
);
