/** `key=value`, `key="a value"`; a key alone is a flag. */
const pair = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?/y;
const pairInText = /(?:^|[\s,;([{])([A-Za-z_@][\w.@/-]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;")\]}]*))/g;

/** The pairs of a line of logfmt; `null` when it holds none, or something that is no pair. */
export function logfmtRecord(line: string): Readonly<Record<string, unknown>> | null {
  // No prototype: a key may be called `__proto__`.
  const record: Record<string, unknown> = Object.create(null);
  let pairs = 0;
  for (let at = 0; at < line.length; ) {
    while (line[at] === ' ' || line[at] === '\t') at += 1;
    if (at === line.length) break;
    pair.lastIndex = at;
    const found = pair.exec(line);
    if (found === null) return null;
    const [whole, key = '', quoted, plain] = found;
    at += whole.length;
    if (line[at] !== undefined && line[at] !== ' ' && line[at] !== '\t') return null;
    if (whole.length > key.length) pairs += 1;
    if (!Object.hasOwn(record, key))
      record[key] = whole.length === key.length ? true : (unescaped(quoted) ?? plain ?? '');
  }
  return pairs === 0 ? null : record;
}

/** The pairs that stand anywhere in a text, `done status=200 took=12ms`, put into the record; what is there stays. */
export function takePairs(text: string, record: Record<string, unknown>): void {
  if (!text.includes('=')) return;
  for (const [, key = '', quoted, single, plain] of text.matchAll(pairInText)) {
    if (!Object.hasOwn(record, key)) record[key] = unescaped(quoted) ?? single ?? plain ?? '';
  }
}

function unescaped(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('\\')) return text;
  return text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : letter));
}
