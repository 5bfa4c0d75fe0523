import { undecorated } from './text.ts';

/** A box to tick that is not the box of a Markdown list: `☐ error budget ☐ queue depth` in a cell or a sentence. */
export interface Box {
  readonly text: string;
  readonly ticked: boolean;
  /** How many lines below the text's first. */
  readonly below: number;
}

const box = /[☐☑☒□⬜◻]\ufe0f?|(?<![\w\])])\[[ xX✓✔]\](?=\s)/gu;
const startsWithBox = /^\s*(?:[☐☑☒□⬜◻]\ufe0f?|\[[ xX✓✔]\](?=\s))\s*/u;

/** The boxes of a text, and the words before the first; `undefined` when there is none. */
export function readBoxes(text: string): { readonly before: string; readonly boxes: readonly Box[] } | undefined {
  const marks = [...text.matchAll(box)];
  const [first] = marks;
  if (first === undefined) return undefined;
  const boxes = marks.flatMap((mark, index) => {
    const task = text.slice(mark.index + mark[0].length, marks[index + 1]?.index).replace(/[\s,;]+$/, '');
    const shown = undecorated(task).replace(/^[;,]\s*/, '');
    return shown === ''
      ? []
      : [{ text: shown, ticked: isTicked(mark[0]), below: text.slice(0, mark.index).split('\n').length - 1 }];
  });
  return boxes.length === 0 ? undefined : { before: undecorated(text.slice(0, first.index)), boxes };
}

/** The box an item begins with: `- ☐ Brief the team`. */
export function leadingBox(text: string): { readonly ticked: boolean; readonly rest: string } | undefined {
  const match = startsWithBox.exec(text);
  return match === null ? undefined : { ticked: isTicked(match[0].trim()), rest: text.slice(match[0].length) };
}

function isTicked(mark: string): boolean {
  return /[☑☒xX✓✔]/u.test(mark);
}
