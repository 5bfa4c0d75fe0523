/** A word, or what stands in quotes, square or curly brackets. */
const token = /"((?:[^"\\]|\\.|"")*)"(?=\s|$)|\[([^\]]*)\]|(\S+)/g;

/** The parts of a line of an access log; a dash, which says that there is nothing, is empty. */
export function tokensOf(line: string): readonly string[] {
  return Array.from(line.matchAll(token), ([, quoted, bracketed, plain]) => {
    const text = quoted ?? bracketed ?? plain ?? '';
    return text === '-' ? '' : text;
  });
}

const request = /^([A-Z]+(?:-[A-Z]+)*) (\S+)(?: (\S+))?$/;

/** The method, path and protocol of `GET /upload HTTP/1.1`, put into the record. */
export function takeRequest(text: string, record: Record<string, unknown>): void {
  const found = request.exec(text);
  if (found === null) return;
  const [, method, path, protocol] = found;
  record.method = method;
  record.path = path;
  if (protocol !== undefined) record.protocol = protocol;
}
