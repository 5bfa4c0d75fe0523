/** One object or list of a text of JSON, while it is walked through. */
interface Level {
  readonly path: string;
  /** `null` for a list. */
  readonly keys: Set<string> | null;
}

/** A string, or a mark. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Tells whether a key that the text of a JSON object has twice is one that is read: by its path, or as a part of a longer one.
 * Lists are passed over in paths, and what is unwrapped or lies in lists is known by the end of its path, `*.status`.
 * @param reads all fields that are read; `undefined`: whatever there is.
 */
export function readsTwice(text: string, reads: readonly string[] | undefined): boolean {
  if (reads === undefined) return true;
  const twice = repeatedPaths(text);
  const named = reads.map((field) => field.replaceAll(/\[\d*\]/g, '').replaceAll(/\.{2,}/g, '.'));
  return twice.some((path) =>
    named.some((field) =>
      field.startsWith('*.')
        ? `.${path}`.endsWith(field.slice(1))
        : field === path || covers(field, path) || covers(path, field),
    ),
  );
}

function covers(outer: string, inner: string): boolean {
  return inner.startsWith(`${outer}.`);
}

function repeatedPaths(text: string): readonly string[] {
  const repeated: string[] = [];
  const levels: Level[] = [];
  let last = '';
  let key = '';
  for (const [found] of text.matchAll(token)) {
    const level = levels.at(-1);
    switch (found) {
      case '{':
      case '[': {
        const path = level === undefined ? '' : level.keys === null ? level.path : joined(level.path, key);
        levels.push({ path, keys: found === '{' ? new Set() : null });
        break;
      }
      case '}':
      case ']':
        levels.pop();
        break;
      case ':':
        key = textOf(last);
        if (level?.keys?.has(key) === true) repeated.push(joined(level.path, key));
        level?.keys?.add(key);
        break;
      case ',':
        break;
      default:
        last = found;
    }
  }
  return repeated;
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function textOf(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return written;
  }
}
