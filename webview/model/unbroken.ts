/** A number and its `%`, or its unit of time, stay on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=(?:%|ms|[smhd])(?![\p{L}\d]))/gu, '\u00a0');
}
