/** YAML on one line: unquoted where it reads back unchanged. */
export function scalarText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return /^[A-Za-z][\w ./-]*$|^\d+[a-z]+$/.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** Text as it is, in a snippet. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\$}]/g, (character) => `\\${character}`);
}
