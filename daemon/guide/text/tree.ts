import type { Nodes, PhrasingContent, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { separateBlocks } from './authorsBlocks.ts';

/** Characters of a slice; guides are smaller, so only very long texts are read in slices. */
const sliceLength = 64 * 1024;

/**
 * The top-level blocks of a guide, at its own lines. The parser's time for tables grows with their number times the length of the text,
 * so a long text is parsed twice: without tables to find its headings, then heading by heading with them.
 */
export function parseMarkdown(guide: string): readonly RootContent[] {
  const { text, lines } = separateBlocks(guide);
  const blocks: RootContent[] = [];
  let before = 0;
  for (const slice of slicesOf(text)) {
    const { children } = fromMarkdown(slice, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
    for (const child of children) {
      toGuideLines(child, lines, before);
      blocks.push(child);
    }
    before += slice.split('\n').length - 1;
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

function toGuideLines(node: Nodes, lines: readonly number[], before: number): void {
  for (const point of [node.position?.start, node.position?.end])
    if (point !== undefined) point.line = lines[point.line + before - 1] ?? point.line;
  if ('children' in node) for (const child of node.children) toGuideLines(child, lines, before);
}

/** The line at which a part of the tree begins. */
export function lineOf(node: Nodes | PhrasingContent): number {
  return node.position?.start.line ?? 1;
}
