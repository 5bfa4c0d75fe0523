import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editorLink, recordLink } from '../../daemon/protocol/words/editorLink.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { chatText } from '../../extension/commands/chatText.ts';
import { linkTarget, rolloutLink } from '../../extension/links.ts';
import { openSample } from './openSample.ts';
import { lookedAt, sampleRollout } from './sampleViews.ts';

function targetOf(link: string) {
  const { pathname, search } = new URL(link.replace(/^vscode:/, 'http:'));
  return linkTarget({ path: pathname, query: search.slice(1) });
}

describe('a link to a rollout', () => {
  it('leads to the folder and the rollout it was made for, whatever their names', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1, maxLength: 50 }),
        (folder, rollout) => {
          const link = rolloutLink('vscode', folder, rollout);
          expect(link).not.toMatch(/[\s()<>]/);
          expect(targetOf(link)).toEqual({ folder, subject: { rollout, planPart: null }, shows: 'dashboard' });
        },
      ),
    );
  });

  it('may ask why, and nothing else', () => {
    const link = rolloutLink('vscode', '/app', 'search');
    expect(targetOf(`${link}&why=rollback`)).toMatchObject({ shows: 'why', subject: { why: { kind: 'rollback' } } });
    expect(targetOf(`${link}&trigger=low`)).toMatchObject({ subject: { why: { kind: 'trigger', trigger: 'low' } } });
    for (const odd of [
      `${link}&why=begin`,
      'vscode://rampwatch.rampwatch/rollback?folder=a&rollout=b',
      link.replace('/rollout', '/'),
    ]) {
      expect(targetOf(odd)).toBeNull();
    }
  });
});

describe('a link of a report', () => {
  it('names no folder, and leads to a firing or to a record', () => {
    const why = editorLink({ rollout: 'search', trigger: 'low (a)', at: '5000' });
    expect(targetOf(why)).toEqual({
      folder: null,
      subject: { rollout: 'search', planPart: null, why: { kind: 'fired', trigger: 'low (a)', at: 5000 } },
      shows: 'why',
    });
    const place = { file: 'logs/a b.jsonl', line: 12, offset: 900 };
    expect(targetOf(recordLink('search', place))).toEqual({
      folder: null,
      subject: { rollout: 'search', planPart: null, places: [place] },
      shows: 'record',
    });
    expect(targetOf(recordLink('search', { ...place, line: -1 }))).toBeNull();
  });

  it('opens the rollout of that id which is open here, and says so when there is none', async () => {
    const { mock, until } = openSample();
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    await mock.followLink(editorLink({ rollout: 'async-upload', trigger: 'low-success', at: '5000' }));
    expect(mock.webviews.at(-1)?.title).toBe('Why low-success');
    await mock.followLink(editorLink({ rollout: 'elsewhere' }));
    expect(mock.shown.at(-1)).toContain('elsewhere is not open in this window: open the folder of its plan first.');
  });
});

describe('the text for a chat', () => {
  const link = rolloutLink('vscode', '/app', 'search');

  it('is six lines at most: how it stands, what the flag says, what came last, and the way there', () => {
    const lines = chatText(sampleRollout(), link, lookedAt, english).split('\n');
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(lines[0]).toMatch(/^\*\*Async upload rollout\*\*: 10 % for 1 d 4 h; 3 of 4 conditions met; /);
    expect(lines[1]).toBe('- Stage: ten at 10 %, attempt 1; 3 of 4 conditions met');
    expect(lines[2]).toBe('- Flag: .env: ASYNC_UPLOAD_ENABLED=true, ASYNC_UPLOAD_ROLLOUT=10');
    expect(lines.at(-1)).toBe(`- [Open in VS Code](${link})`);
  });

  it('makes no link, mention or format of what a plan says', () => {
    const view = sampleRollout();
    const name = '[x](https://evil.example) <!channel> @everyone `code` **bold**\nnext';
    const [first = ''] = chatText({ ...view, plan: { ...view.plan, name } }, link, lookedAt, english).split('\n');
    expect(first).not.toMatch(/(?<!\\)\[|<!|@\w|:\/\/|(?<!\\)`/);
    expect(first.match(/(?<!\\)\*\*/g)).toHaveLength(2);
  });
});
