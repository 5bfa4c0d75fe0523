import { type Output, shownLength } from './output.ts';

/**
 * A line for people: wrapped between words on a terminal, unchanged in a pipe. `behind`: the start of each further
 * line.
 */
export function writeLine(line: string, output: Output, behind?: string): void {
  for (const part of output.terminal ? wrapped(line, output.columns, behind) : [line]) output.line(part);
}

/**
 * Breaks a line between words at the terminal's edge; the continuation of a marked line is indented to the right of the
 * mark.
 */
export function wrapped(line: string, columns: number, behind?: string): readonly string[] {
  if (shownLength(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const hanging = behind ?? (indent === '' ? '' : `${indent}  `);
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
