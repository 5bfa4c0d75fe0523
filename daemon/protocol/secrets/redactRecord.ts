import { isCount, isNamingName, isSecretName, isWordOfToken, redactedMark } from './secretNames.ts';
import { type Redacted, redactSecrets } from './secrets.ts';

/** A deeper record is no record; it is redacted as text. */
const deepest = 32;

export interface RecordRedaction {
  readonly known: readonly string[];
  readonly random: boolean;
  /** The short texts that were checked before: all records have the same keys, and many the same values. */
  readonly seen: Map<string, Redacted>;
}

/**
 * One line of a log. A line of JSON is parsed first, so that no escape of a key or a text hides a secret; everything is
 * then redacted once more as plain text.
 */
export function redactRecord(line: string, known: readonly string[] = []): Redacted {
  const options: RecordRedaction = { known, random: true, seen: new Map() };
  const record = redactJsonLine(line, options);
  const text = redactSecrets(record.text, options);
  return { text: text.text, count: record.count + text.count };
}

const mostShown = 2000;
const shown = new Map<string, string>();

/** A text for people's eyes, which a surface shows again and again. */
export function shownText(text: string): string {
  // A shorter text is no key, and no name with one.
  if (text.length < 12) return text;
  const known = shown.get(text);
  if (known !== undefined) return known;
  if (shown.size >= mostShown) shown.clear();
  const redacted = redactSecrets(text).text;
  shown.set(text, redacted);
  return redacted;
}

/** Only in a line of JSON; any other line stays as it is. */
export function redactJsonLine(line: string, options: RecordRedaction): Redacted {
  const parsed = line.startsWith('{') || line.startsWith('[') ? parsedJson(line) : undefined;
  const redacted = parsed === undefined ? null : redactJson(parsed, options);
  if (redacted === null || redacted.count === 0) return { text: line, count: 0 };
  return { text: JSON.stringify(redacted.value), count: redacted.count };
}

function parsedJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A value of JSON: redacts every text and key, and removes any value under a secret's name. */
export function redactJson(
  value: unknown,
  options: RecordRedaction,
  depth = 0,
): { readonly value: unknown; readonly count: number } {
  if (typeof value === 'string') {
    const nested = /^\s*[{[]/.test(value) && depth < deepest ? parsedJson(value) : undefined;
    const within = nested === undefined ? null : redactJson(nested, options, depth + 1);
    const { text, count } = redactOnce(
      within === null || within.count === 0 ? value : JSON.stringify(within.value),
      options,
    );
    return { value: text, count: count + (within?.count ?? 0) };
  }
  if (typeof value !== 'object' || value === null) return { value, count: 0 };
  if (depth >= deepest) return { value: redactedMark, count: 1 };
  let count = 0;
  const inner = (each: unknown): unknown => {
    const redacted = redactJson(each, options, depth + 1);
    count += redacted.count;
    return redacted.value;
  };
  if (Array.isArray(value)) return { value: value.map(inner), count };
  const entries = Object.entries(value).map(([key, each]) => {
    const shown = inner(key);
    if (!isKeptUnder(key, each)) {
      if (typeof each !== 'string' || !isNamingName(key)) return [shown, inner(each)];
      const named = redactSecrets(each, { ...options, random: false });
      count += named.count;
      return [shown, named.text];
    }
    count += 1;
    return [shown, redactedMark];
  });
  return { value: Object.fromEntries(entries), count };
}

function isKeptUnder(key: string, value: unknown): boolean {
  if (!isSecretName(key) || value === null || typeof value === 'boolean') return false;
  return !isCount(key, String(value)) && !(typeof value === 'string' && isWordOfToken(key, value));
}

const longestSeen = 40;
const mostSeen = 10_000;

function redactOnce(text: string, options: RecordRedaction): Redacted {
  if (text.length > longestSeen) return redactSecrets(text, options);
  const found = options.seen.get(text) ?? redactSecrets(text, options);
  if (options.seen.size < mostSeen) options.seen.set(text, found);
  return found;
}
