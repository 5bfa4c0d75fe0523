/** Letters that are written from right to left. */
export const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A pair of the marks with nothing of their kind between them; for `split`, which keeps it. */
export const isolated = /(\u2068[^\u2066-\u2069]*\u2069)/;

/**
 * A name within a sentence: one written from right to left would turn the words and numbers around it. It is put between
 * the marks of an isolate (U+2068 and U+2069), which have no width. `plainText` and the like come before this: of a text
 * that is not to be trusted they show such marks as text.
 */
export function isolatedText(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
