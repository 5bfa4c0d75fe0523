/** A pattern of file names: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` for any number of folders. */
export interface GlobPattern {
  /** The folders before the first wildcard, without a slash at the end; empty: none. */
  readonly base: string;
  readonly hasWildcards: boolean;
  /** @param path with `/` between its names. */
  matches(path: string): boolean;
}

export interface GlobOptions {
  /** Wildcards also match a dot at the beginning of a name. */
  readonly dot?: boolean;
}

/** `{a,b}` more than this often is no list of names any more. */
const mostAlternatives = 256;
const longestGlob = 1000;

/** The reason why a text is no glob that we match; `undefined` when it is one. */
export function globProblem(text: string): string | undefined {
  if (text.length > longestGlob) return `a glob has at most ${longestGlob} characters`;
  if (/[+*?@!]\([^)]*[|*+?][^)]*\)/.test(text)) {
    return 'a glob has *, **, ?, [a-z] and {a,b}: name repeated groups such as +(…) in no glob';
  }
  return alternatives(text) === null ? `{…} stands for more than ${mostAlternatives} names` : undefined;
}

/**
 * Each star needs to be tried again only behind the newest one, so that a match costs at most pattern × name: regular
 * expressions that backtrack take minutes for `*a*a*a*b` and a long name.
 */
export function globPattern(text: string, { dot = false }: GlobOptions = {}): GlobPattern {
  const written = alternatives(text) ?? [text];
  const patterns = written.map((each) => each.split('/').map(partOf));
  const names = text.split('/');
  const first = names.findIndex((name) => /[*?[{]/.test(name));
  return {
    base: names.slice(0, first === -1 ? -1 : first).join('/'),
    hasWildcards: first !== -1,
    matches(path) {
      const parts = path.split('/');
      return path === text || patterns.some((pattern) => matchesPath(pattern, parts, dot));
    },
  };
}

type Token =
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly ranges: readonly (readonly [string, string])[]; readonly negated: boolean };
type Part = 'folders' | readonly Token[];

function matchesPath(pattern: readonly Part[], names: readonly string[], dot: boolean): boolean {
  let [at, name] = [0, 0];
  let [folders, resume] = [-1, 0];
  while (name < names.length) {
    const part = pattern[at];
    const text = names[name] ?? '';
    if (part === 'folders') {
      folders = at;
      resume = name;
      at += 1;
    } else if (part !== undefined && matchesName(part, text, dot)) {
      at += 1;
      name += 1;
    } else if (folders >= 0 && (dot || !(names[resume] ?? '').startsWith('.'))) {
      resume += 1;
      name = resume;
      at = folders + 1;
    } else return false;
  }
  return pattern.slice(at).every((part) => part === 'folders');
}

function matchesName(tokens: readonly Token[], name: string, dot: boolean): boolean {
  const [first] = tokens;
  if (!dot && name.startsWith('.') && first?.kind !== 'character') return false;
  const characters = [...name];
  let [at, position] = [0, 0];
  let [star, resume] = [-1, 0];
  while (position < characters.length) {
    const token = tokens[at];
    if (token?.kind === 'star') {
      star = at;
      resume = position;
      at += 1;
    } else if (token !== undefined && matchesOne(token, characters[position] ?? '')) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      resume += 1;
      position = resume;
      at = star + 1;
    } else return false;
  }
  return tokens.slice(at).every(({ kind }) => kind === 'star');
}

function matchesOne(token: Token, character: string): boolean {
  switch (token.kind) {
    case 'character':
      return token.text === character;
    case 'any':
      return true;
    case 'class':
      return token.ranges.some(([from, to]) => character >= from && character <= to) !== token.negated;
    case 'star':
      return false;
  }
}

function partOf(text: string): Part {
  if (text === '**') return 'folders';
  const tokens: Token[] = [];
  const characters = [...text];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '[') {
      const end = characters.indexOf(']', index + 2);
      if (end === -1) tokens.push({ kind: 'character', text: character });
      else {
        tokens.push(classOf(characters.slice(index + 1, end)));
        index = end;
      }
    } else tokens.push({ kind: 'character', text: character });
  }
  return tokens;
}

function classOf(characters: readonly string[]): Token {
  const negated = characters[0] === '!' || characters[0] === '^';
  const members = negated ? characters.slice(1) : characters;
  const ranges: [string, string][] = [];
  for (let index = 0; index < members.length; index += 1) {
    const from = members[index] ?? '';
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    ranges.push([from, isRange ? (members[index + 2] ?? from) : from]);
    if (isRange) index += 2;
  }
  return { kind: 'class', ranges, negated };
}

/** The patterns that braces stand for; `null` when there are too many. */
function alternatives(text: string): readonly string[] | null {
  const open = text.indexOf('{');
  const close = open === -1 ? -1 : closing(text, open);
  if (close === -1) return [text];
  const inside = listed(text.slice(open + 1, close));
  const before = text.slice(0, open);
  const rest = alternatives(text.slice(close + 1));
  if (rest === null) return null;
  const all: string[] = [];
  for (const each of inside ?? [`{${text.slice(open + 1, close)}}`]) {
    const nested = inside === null ? [each] : alternatives(each);
    if (nested === null || all.length + nested.length * rest.length > mostAlternatives) return null;
    for (const one of nested) for (const end of rest) all.push(`${before}${one}${end}`);
  }
  return all;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

/** `a,b` or `1..5`; `null` where there is nothing to choose from. */
function listed(text: string): readonly string[] | null {
  const range = /^(\d{1,6})\.\.(\d{1,6})$/.exec(text);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (Math.abs(to - from) > mostAlternatives) return null;
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => String(Math.min(from, to) + index));
  }
  const parts: string[] = [];
  let [depth, begin] = [0, 0];
  for (let index = 0; index <= text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (index === text.length || (text[index] === ',' && depth === 0)) {
      parts.push(text.slice(begin, index));
      begin = index + 1;
    }
  }
  return parts.length > 1 ? parts : null;
}
