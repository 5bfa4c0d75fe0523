import { shownLength } from './output.ts';

/** Breaks a line between words at the terminal's edge; what belongs to a mark stays to the right of it. */
export function wrapped(line: string, columns: number): readonly string[] {
  if (shownLength(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const hanging = indent === '' ? '' : `${indent}  `;
  const [first = '', ...words] = line.slice(indent.length).split(' ');
  const lines: string[] = [];
  let current = `${indent}${first}`;
  for (const word of words) {
    if (shownLength(current) + 1 + shownLength(word) > columns) {
      lines.push(current);
      current = `${hanging}${word}`;
    } else current = `${current} ${word}`;
  }
  return [...lines, current];
}
