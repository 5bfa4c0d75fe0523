import { describe, expect, it } from 'vitest';
import { composeBundle } from '../../daemon/escalate/bundle.ts';
import { renderReport } from '../../daemon/live/renderReport.ts';
import { runToEnd } from '../../daemon/protocol/domain/interruptibleSum.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { journalSentence, journalWords } from '../../daemon/protocol/words/journalWords.ts';
import { credential, credentialKinds } from '../support/credentials.ts';
import { hostileFacts } from '../support/reportFacts.ts';

describe.each(Object.keys(credentialKinds))('a credential of the kind %s', (kind) => {
  const { text, secret } = credential(kind, 4711);
  const hostile = hostileFacts(`refused ${text} again`);
  const loaded = { ...hostile.loaded, file: '/srv/app/rampwatch.yaml' };
  const rollout = loaded.plan.id;
  const entries = hostile.entries.map((entry) => ({ ...entry, rollout, previous: 'a', hash: 'b' }));
  const facts = { ...hostile, loaded, entries };

  it('is in no report, whoever wrote it', () => {
    for (const format of ['markdown', 'html'] as const) {
      const report = renderReport(facts, format).text.replaceAll('\\', '');
      expect(report).toContain('redacted');
      expect(report).not.toContain(secret);
    }
  });

  it('is in no entry of the journal as text', () => {
    const names = { triggers: [], stages: [] };
    const told = facts.entries.map(({ body }) => journalSentence(journalWords(body, names, english)));
    expect(told.filter((entry) => entry.includes(secret))).toEqual([]);
  });

  it('is in no file of a bundle', () => {
    const line = `2026-11-30T02:30:34Z CRITICAL refused ${text}\n`;
    const bundle = runToEnd(
      composeBundle({
        rollout,
        asOf: wallTime(Date.UTC(2025, 10, 4)),
        standing: [`refused ${text}`],
        contact: null,
        reference: null,
        reason: `because ${text}`,
        plan: { file: 'rampwatch.yaml', text: `# ${text}\n`, about: 'the plan' },
        report: renderReport(facts, 'markdown').text,
        journal: entries,
        records: [{ file: 'app.log', columns: null, text: line, lines: 1, about: '1 line' }],
        left: [],
        known: [],
      }),
    );
    expect(bundle.files.filter(({ content }) => content.toString().includes(secret)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});
