import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../daemon/live/renderReport.ts';
import { hostileFacts } from '../support/reportFacts.ts';

/** The shape of the parsed Markdown: kinds of nodes without what they say. */
function markdownShape(hostile: string): readonly string[] {
  const { text } = renderReport(hostileFacts(hostile), 'markdown');
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const shape: string[] = [];
  const visit = (node: Nodes, depth: number): void => {
    // Text that could be a link is shown as code; only this may differ from other text.
    if (node.type !== 'text' && node.type !== 'inlineCode') shape.push(`${depth} ${node.type}`);
    if ('children' in node) for (const child of node.children) visit(child, depth + 1);
  };
  visit(tree, 0);
  return shape;
}

interface HtmlNode {
  readonly nodeName: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly HtmlNode[];
}

/** The elements of the parsed HTML with their attributes, without what they say. */
function htmlShape(hostile: string): readonly string[] {
  const { text } = renderReport(hostileFacts(hostile), 'html');
  const shape: string[] = [];
  const visit = (node: HtmlNode, depth: number): void => {
    const attributes = (node.attrs ?? []).map(({ name, value }) =>
      // In our own links, whatever others wrote is letters, digits and their codes.
      name === 'content' || name === 'd'
        ? name
        : `${name}=${value.startsWith('vscode:') ? value.replaceAll(/=[A-Za-z0-9%.-]*(?=&|$)/g, '=') : value}`,
    );
    if (node.nodeName !== '#text') shape.push(`${depth} ${node.nodeName} ${attributes.join(' ')}`);
    for (const child of node.childNodes ?? []) visit(child, depth + 1);
  };
  visit(parse(text) as HtmlNode, 0);
  return shape;
}

const pieces = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</td></table>',
  '<!--',
  '-->',
  '&lt;',
  '&#60;',
  '"',
  "'",
  '](http://evil.example)',
  '[x](y)',
  '![x](y)',
  '[x]: http://y',
  'https://evil.example/a|b',
  'www.evil.example',
  'someone@evil.example',
  '//evil.example',
  '@team',
  '`',
  '``',
  '```',
  '~~~',
  '|',
  '\\|',
  '\\',
  '\\\\|',
  '**',
  '*',
  '_',
  '__',
  '~~',
  '#',
  '# h',
  '- x',
  '+ x',
  '1. x',
  '> q',
  '---',
  '===',
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  '    ',
  '$x$',
  '$$',
  '<a@b.c>',
  '<http://x>',
  '[^1]',
  '[ ]',
  ':smile:',
  '\u202e',
  '\u0000',
  '\u2028',
  'www.x.y`|`',
  'a`b|c@d',
  'xmpp:a@b',
  'mailto:a@b.c',
  'word',
  ' ',
  'é',
  '😀',
];
const hostile = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'grapheme', maxLength: 6 })),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .map((parts) => `x${parts.join('')}`);

describe('text that others wrote', () => {
  it('never is Markdown: it makes no node that a plain word does not make', () => {
    const plain = markdownShape('word');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(markdownShape(text)).toEqual(plain);
      }),
      { numRuns: 80 },
    );
  });

  it('never is Markdown where it stands first in a line', () => {
    const plain = markdownShape('word');
    for (const piece of pieces) {
      if (piece.trim() === '') continue;
      expect({ piece, shape: markdownShape(piece) }).toEqual({ piece, shape: plain });
    }
  });

  it('never is HTML: the report has the same elements and attributes whatever it says', () => {
    const plain = htmlShape('word');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(htmlShape(text)).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the HTML report', () => {
  const { text } = renderReport(hostileFacts('word'), 'html');

  it('has no script and loads nothing', () => {
    const shape = htmlShape('word').join('\n');
    expect(shape).not.toMatch(/^\d+ (?:script|iframe|object|embed|img|link|base|form|use|image) /m);
    expect(shape).not.toMatch(/\s(?:on\w+|src|srcset|style|xlink:href)=/);
    expect(shape.match(/href=\S+/g)?.every((link) => /^href=(?:#|vscode:\/\/rampwatch\.rampwatch\/)/.test(link))).toBe(
      true,
    );
    expect(text).not.toMatch(/url\(|@import|https?:/);
  });

  it('allows its own style and nothing else', () => {
    expect(text).toMatch(
      /content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'"/,
    );
  });

  it('has each id once, and a text for each chart', () => {
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const charts = text.match(/<svg /g)?.length;
    expect(charts).toBe(5);
    expect(text.match(/<desc /g)?.length).toBe(charts);
    expect(text.match(/<details>/g)?.length).toBe(charts);
  });
});
