/** The characters that may separate the cells of a CSV file. */
export const separators = [',', ';', '\t'] as const;
export type Separator = (typeof separators)[number];

/**
 * The most frequent separator in the header, outside its quotes; the comma when there is none. The header is the first
 * line of `text`.
 */
export function separatorOf(text: string): Separator {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  for (const character of text) {
    if (character === '\n') break;
    if (character === '"') quoted = !quoted;
    else if (!quoted && isSeparator(character)) counts[character] += 1;
  }
  return separators.reduce((best, separator) => (counts[separator] > counts[best] ? separator : best));
}

/**
 * A number with a decimal comma, the reason why such a file separates cells by semicolons; `undefined` for other texts.
 */
export function commaNumber(cell: string, separator: Separator): number | undefined {
  if (separator !== ';' || !/^-?(?:0|[1-9]\d*),\d+$/.test(cell)) return undefined;
  return Number(cell.replace(',', '.'));
}

function isSeparator(character: string): character is Separator {
  return character === ',' || character === ';' || character === '\t';
}
