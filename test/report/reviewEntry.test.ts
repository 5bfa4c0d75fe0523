import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { reviewEntry } from '../../daemon/report/reviewEntry.ts';
import { sampleReview } from '../extension/sampleReview.ts';
import { lookedAt } from '../extension/sampleViews.ts';

interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
}

function typesOf(text: string): readonly string[] {
  // Text that looks like an address appears as code, so that no renderer makes a link of it.
  const words = ['text', 'inlineCode'];
  const types = (node: Node): string[] => [
    ...(words.includes(node.type) ? [] : [node.type]),
    ...(node.children ?? []).flatMap(types),
  ];
  return types(fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
}

/** An entry in which a person or a plan says this wherever either may say anything. */
function entrySaying(words: string): string {
  const tick = { by: words, at: wallTime(lookedAt), note: words };
  const item = (id: string, over: object) => ({ id, title: words, ticked: null, phase: 'due' as const, ...over });
  return reviewEntry({
    mark: '0123456789abcdef',
    by: words,
    facts: { ...sampleReview, events: [{ at: wallTime(lookedAt), text: words, override: true }] },
    summary: words,
    counts: { ticked: 1, proven: 0, skipped: 1, open: 1 },
    note: `a ${words}`,
    lists: [
      {
        title: words,
        items: [
          item('a', { ticked: tick, notes: [tick] }),
          item('b', { skipped: tick }),
          item('c', { evidence: { state: 'fails', detail: words } }),
        ],
      },
    ],
  });
}

describe('an entry of the review log', () => {
  const plain = typesOf(entrySaying('word'));

  it('has the same shape whatever people and plans say', () => {
    const tricky = fc
      .array(
        fc.constantFrom(
          ...[
            '# ',
            '- ',
            '1. ',
            '> ',
            '|',
            '*',
            '**',
            '_',
            '`',
            '~~',
            '<b>',
            '</b>',
            '<!--',
            '-->',
            '[a](b)',
            '![a](b)',
          ],
          ...[
            'http://e.vil',
            'www.e.vil',
            'a@b.cd',
            '\n',
            '\n\n',
            '---',
            '\\',
            '&lt;',
            '$x$',
            '[ ]',
            '[^1]',
            'word',
            ' ',
            'ü',
          ],
        ),
        { minLength: 1, maxLength: 8 },
      )
      .map((parts) => `w${parts.join('')}w`);
    fc.assert(
      fc.property(tricky, (words) => {
        expect(typesOf(entrySaying(words))).toEqual(plain);
      }),
    );
  });

  it('says what was looked at and what became of each item', () => {
    const text = entrySaying('calm');
    expect(text).toContain('Looked at: since the last review, yesterday 09:00, until 09:00 (UTC).');
    expect(text).toMatch(
      /\| Success, treatment \| 99\.7 % of 1,204 \| 100 % of 1,000 \| 99\.5 % of 612 \| 100 % of 7 \|/,
    );
    expect(text).toContain('- critical_errors: 2, before none; newest logs/app.log:12');
    expect(text).toContain('- [x] calm — calm, 09:00: calm');
    expect(text).toContain('- [ ] calm — skipped by calm, 09:00: calm');
  });
});
