import type { Nodes, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** Characters of a slice; guides are smaller, so only very long texts are read in slices. */
const sliceLength = 64 * 1024;

/**
 * The top-level blocks of a text. The parser's time for tables grows with their number times the length of the text,
 * so a long text is parsed twice: without tables to find its headings, then heading by heading with them.
 */
export function parseMarkdown(text: string): readonly RootContent[] {
  const blocks: RootContent[] = [];
  let lines = 0;
  for (const slice of slicesOf(text)) {
    const { children } = fromMarkdown(slice, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
    for (const child of children) {
      if (lines > 0) shift(child, lines);
      blocks.push(child);
    }
    lines += slice.split('\n').length - 1;
  }
  return blocks;
}

function slicesOf(text: string): readonly string[] {
  if (text.length <= sliceLength) return [text];
  const slices: string[] = [];
  let from = 0;
  for (const block of fromMarkdown(text).children) {
    const { offset, column } = block.position?.start ?? {};
    if (block.type !== 'heading' || offset === undefined || column !== 1 || offset - from < sliceLength) continue;
    slices.push(text.slice(from, offset));
    from = offset;
  }
  return [...slices, text.slice(from)];
}

function shift(node: Nodes, lines: number): void {
  if (node.position !== undefined) node.position.start.line += lines;
  if ('children' in node) for (const child of node.children) shift(child, lines);
}
