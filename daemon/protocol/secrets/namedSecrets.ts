import { looksRandom } from './randomness.ts';
import { isCount, isSecretName, isWordOfToken, redactedMark } from './secretNames.ts';

/** `whole` with the quotes around it. */
interface FoundValue {
  readonly whole: string;
  readonly secret: string;
  readonly quote: string;
}

const harmlessValue = /^(?:true|false|null|none|undefined)$/i;
const nameClass = String.raw`[\p{L}_][\p{L}\p{N}_.-]{0,80}`;
const quotes = String.raw`\\{0,4}["']?`;

export interface KeptUnderName {
  /** The name, and all text before its value. */
  readonly before: RegExp;
  value(text: string, start: number): FoundValue | null;
  /** The words alone do not say that a value follows. */
  isSecret?(value: string): boolean;
}

/** The ways in which a value follows its name. */
export const keptUnderNames: readonly KeptUnderName[] = [
  // `name = value`, `"name": "value"`, `--name=value`, `name=value&`, `name=Secret('value')`, `name%3Dvalue`
  {
    before: new RegExp(
      String.raw`(?:(?<![\p{L}\p{N}_.-])|(?<=%[\dA-Fa-f]{2}))-{0,2}(?<name>${nameClass})${quotes}\s{0,8}(?:=>|:=|[:=]|%3[AaDd])\s{0,8}(?:[A-Za-z_][\w.]{0,40}\(\s{0,4}|[bru]{1,2}(?=["']))?`,
      'gu',
    ),
    value: valueAt,
  },
  // `{ name: DB_PASSWORD, value: … }`, over several lines too, and `<property name="password" value="…"/>`
  {
    before: new RegExp(
      String.raw`(?<!\p{L})(?:name|key|var(?:iable)?|field|param(?:eter)?|header)${quotes}\s{0,4}[:=]\s{0,4}${quotes}(?<name>${nameClass})${quotes}\s{0,4}[,;]?\s{0,40}${quotes}(?:value|val)${quotes}\s{0,4}[:=]\s{0,4}`,
      'giu',
    ),
    value: valueAt,
  },
  // `("password", "value")`
  {
    before: new RegExp(String.raw`(["'])(?<name>${nameClass})\\{0,4}\1\s{0,4},\s{0,4}(?=\\{0,4}["'])`, 'gu'),
    value: valueAt,
  },
  // `<password>value</password>`
  {
    before: new RegExp(String.raw`<(?<name>${nameClass})(?:\s[^<>]{0,200})?>\s{0,8}(?:<!\[CDATA\[)?`, 'gu'),
    value: (text, start) => matchAt(/[^<]{1,8000}/y, text, start),
  },
  // `the password is value`
  {
    before: new RegExp(String.raw`(?<![\p{L}\p{N}_.-])(?<name>${nameClass})\s{1,4}(?:is|was|ist|war)\s{1,4}`, 'gu'),
    value: valueAt,
    isSecret: (value) => value.length >= 6 && /\d/.test(value) && /\p{L}/u.test(value),
  },
  // `apiToken value`
  {
    before: new RegExp(String.raw`(?<![\p{L}\p{N}_.-])(?<name>${nameClass})\s{1,4}`, 'gu'),
    value: valueAt,
    isSecret: (value) => value.length >= 16 && looksRandom(value),
  },
];

/** In quotes, which a line that was cut short does not close; in brackets; or a word. */
function valueAt(text: string, start: number): FoundValue | null {
  const first = text[start] ?? '';
  if (first === '"') return matchAt(/"([^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*)"?/y, text, start, '"');
  if (first === "'") return matchAt(/'([^'\\\r\n]*(?:\\[^\r\n][^'\\\r\n]*)*)'?/y, text, start, "'");
  const escapes = /\\{1,4}(?=")/y;
  escapes.lastIndex = start;
  const [opens = ''] = escapes.exec(text) ?? [];
  if (opens !== '') {
    // A deeper quote has more backslashes; a quote without any belongs to the text around it.
    const inside = /\\{1,4}"((?:[^"\\\r\n]|\\(?:(?<=\\\\)|(?!"))|(?<=\\\\)")*)(?:\\{1,4}")?/y;
    return matchAt(inside, text, start, `${opens}"`);
  }
  if (opening.has(first.charCodeAt(0))) return bracketAt(text, start);
  return matchAt(/[^\s,;&"'<>(){}[\]]+/y, text, start);
}

const opening = new Set([...'[{('].map((bracket) => bracket.charCodeAt(0)));
const closing = new Set([...']})'].map((bracket) => bracket.charCodeAt(0)));
/** The longest distance to a closing bracket on another line, in characters. */
const longestBlock = 400;

/** To the closing bracket, else to the end of the line. */
function bracketAt(text: string, start: number): FoundValue {
  const newline = text.indexOf('\n', start);
  const line = newline === -1 ? text.length : newline;
  const end = text.slice(start + 1, line).trim() === '' ? Math.min(text.length, start + longestBlock) : line;
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (opening.has(code)) depth += 1;
    else if (closing.has(code)) depth -= 1;
    if (depth === 0) return bracketed(text.slice(start, at + 1));
  }
  return bracketed(text.slice(start, line));
}

function bracketed(whole: string): FoundValue {
  return { whole, secret: whole.replaceAll(/[[\](){}]/g, ''), quote: '' };
}

function matchAt(pattern: RegExp, text: string, start: number, quote = ''): FoundValue | null {
  pattern.lastIndex = start;
  const found = pattern.exec(text);
  return found === null ? null : { whole: found[0], secret: found[1] ?? found[0], quote };
}

/**
 * The text without the values under a secret's name. A harmless name does not hide a secret's name after it: `a:
 * password=…`.
 */
export function withoutNamed(text: string, { before, value, isSecret }: KeptUnderName, mark: () => string): string {
  let kept = '';
  let from = 0;
  before.lastIndex = 0;
  for (let found = before.exec(text); found !== null; found = before.exec(text)) {
    const { name: written = '' } = found.groups ?? {};
    // The letter of an escape such as `\n` does not belong to the name.
    const name = text[found.index - 1] === '\\' && /^[nrtbf]/.test(written) ? written.slice(1) : written;
    if (!isSecretName(name)) continue;
    const start = before.lastIndex;
    const at = text.startsWith(redactedMark, start) ? null : value(text, start);
    if (at === null) continue;
    const { whole, secret, quote } = at;
    const stays = secret.trim() === '' || secret.includes(redactedMark) || harmlessValue.test(secret);
    if (stays || isCount(name, secret) || isWordOfToken(name, secret) || isSecret?.(secret) === false) continue;
    kept += text.slice(from, start) + quote + mark() + quote;
    from = start + whole.length;
    before.lastIndex = from;
  }
  return kept + text.slice(from);
}
