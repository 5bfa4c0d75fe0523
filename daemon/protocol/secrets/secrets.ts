import { type Steps, toEnd } from '../domain/steps.ts';
import { keptUnderNames, withoutNamed } from './namedSecrets.ts';
import { isNamingName, isSecretName, redactedMark, secretShapes } from './secretShapes.ts';

/**
 * What looks like a credential leaves this machine in nobody's bundle and in no answer to a language model. This is a
 * net, not a proof: it knows the shapes that credentials have, the names that they are kept under, and the values that
 * it was told of. It would rather take too much.
 */
export interface Redacted {
  readonly text: string;
  /** How many places were taken out. */
  readonly count: number;
}

/**
 * `scheme://user:password@host`: the password, and a user without one. Some write a password as it is, with a slash or
 * an `@` in it; a port is none.
 */
const userInfo =
  /\b([a-z][a-z0-9+.-]{1,30}:\/\/)(?:[^\s/?#"'<>]{1,500}|[^\s/?#"'<>:@]{0,200}:(?!\d{1,5}[/?#])[^\s"'<>@]{1,500})@/gi;
/** `Authorization: Bearer …`, `Cookie: a=b; c="d"`: to the end of the line or of the quotes around it. */
const header =
  /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)((?:=\\{0,4}"[^"\r\n]{0,4000}"(?=[;,\s]|$)|[^\r\n"']){1,8000})/gim;
const scheme = /\b(bearer|basic|digest|apikey|token)(\s{1,4})([\w.~+/=:-]{8,8000})/gi;
const option =
  /(?<![\p{L}\p{N}_-])(--?\p{L}[\p{L}\p{N}_-]{0,60})(\s{1,4})(?!-)([^\s"']{1,8000}|"[^"\r\n]{0,8000}"|'[^'\r\n]{0,8000}')/gu;
/** `curl -u name:password`, `mysql -ppassword`, `sshpass -p password`. */
const loginOption = /(?<![\w-])(-[uU]\s{0,4}|--(?:proxy-)?user(?:\s{1,4}|=))(["']?[^\s:"']{0,100}:)([^\s"']{1,500})/g;
const shortOption =
  /\b((?:mysql\w{0,20}|mariadb\w{0,20}|sshpass)\b(?:[^\r\n|;]{0,200}?\s)?-p\s{0,4})([^\s"'-][^\s"']{0,500})/g;
/** A run that could be a key: judged by how random it looks. */
const run = /[A-Za-z0-9+/_=-]{24,4096}/g;

export interface RedactionOptions {
  /** Values known to be secret, wherever they stand: what the `.env` files hold. */
  readonly known?: readonly string[];
  /** Take out all long random-looking runs. Not for what is full of hashes, such as a journal. */
  readonly random?: boolean;
}

/** Takes secrets out of a text. */
export function redactSecrets(text: string, options: RedactionOptions = {}): Redacted {
  return toEnd(redactionSteps(text, options));
}

/** The same in steps, for a text that is long. */
export function* redactionSteps(text: string, { known = [], random = false }: RedactionOptions): Steps<Redacted> {
  let count = 0;
  const mark = (): string => {
    count += 1;
    return redactedMark;
  };
  let left = text;
  for (const secret of known) {
    if (!left.includes(secret)) continue;
    // A number within a longer number is another one.
    left = left.replaceAll(/^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`, 'g') : secret, mark);
    yield;
  }
  for (const pass of [...passes, random ? withoutRuns(looksRandom) : withoutRuns(isScrambled)]) {
    left = pass(left, mark);
    yield;
  }
  return { text: left, count };
}

type Mark = () => string;
type Pass = (text: string, mark: Mark) => string;

const passes: readonly Pass[] = [
  (text, mark) =>
    text.replace(header, (_, name: string, between: string, secret: string) => marked(name + between, secret, mark)),
  (text, mark) =>
    text.replace(scheme, (whole, name: string, between: string, secret: string) =>
      /\d|[A-Z]|[+/=_-]/.test(secret) ? marked(name + between, secret, mark) : whole,
    ),
  ...keptUnderNames.map(
    (kept): Pass =>
      (text, mark) =>
        withoutNamed(text, kept, mark),
  ),
  (text, mark) =>
    text.replace(option, (whole, name: string, between: string, secret: string) =>
      isSecretName(name) && !secret.includes(redactedMark) ? name + between + mark() : whole,
    ),
  (text, mark) =>
    text.replace(loginOption, (whole, name: string, user: string, secret: string) =>
      // A user and a group by their numbers.
      /^\d+:$/.test(user) && /^\d+$/.test(secret) ? whole : marked(name + user, secret, mark),
    ),
  (text, mark) => text.replace(shortOption, (_, before: string, secret: string) => marked(before, secret, mark)),
  // Names come before shapes: what a shape takes out too much must not be the name of a secret.
  ...secretShapes.map(
    (shape): Pass =>
      (text, mark) =>
        text.replace(shape, mark),
  ),
  (text, mark) =>
    text.replace(userInfo, (whole, start: string) => (whole.includes(redactedMark) ? whole : `${start}${mark()}@`)),
];

function marked(before: string, secret: string, mark: Mark): string {
  return secret.includes(redactedMark) || secret.trim() === '' ? before + secret : before + mark();
}

function withoutRuns(isKey: (candidate: string) => boolean): Pass {
  return (text, mark) =>
    text.replace(run, (candidate, offset: number) => {
      const name = /([A-Za-z_][\w.-]{0,80})\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?$/.exec(
        text.slice(Math.max(0, offset - 100), offset),
      );
      return (name === null || !isNamingName(name[1] ?? '')) && isKey(candidate) ? mark() : candidate;
    });
}

/** A key of letters and digits mixed, or a long hexadecimal one; words with dashes, paths and dates are none. */
function looksRandom(text: string): boolean {
  const bare = text.replace(/=+$/, '');
  if (/^[0-9a-f]{32,}$/i.test(bare)) return /\d/.test(bare) && /[a-f]/i.test(bare);
  if (!isMixed(bare)) return false;
  if (isScrambled(bare)) return true;
  const longest = bare.split(/[/_=-]/).reduce((most, part) => Math.max(most, part.length), 0);
  return longest >= 16 && !isOfWords(bare) && entropyPerCharacter(bare) >= 3.5;
}

/**
 * Words and paths seldom change between small, capital and digit; what is random does at every other character. A hash
 * in hexadecimal has no capitals.
 */
function isScrambled(text: string): boolean {
  if (text.length < 32 || !isMixed(text)) return false;
  const changes = text.match(/[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|\d(?=\D)/g)?.length ?? 0;
  return changes / text.length > 0.4;
}

/** `AsyncUploadStage1Tests`: the name of a class is mostly words. */
function isOfWords(text: string): boolean {
  return text.replaceAll(/[a-z]{4,}/g, '').length < text.length * 0.6;
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
}

/** Shannon's entropy in bits. */
function entropyPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}
