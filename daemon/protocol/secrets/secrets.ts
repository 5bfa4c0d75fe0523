import { type Interruptible, runToEnd } from '../domain/interruptibleSum.ts';
import { keptUnderNames, withoutNamed } from './namedSecrets.ts';
import { isOfWords, isScrambled, looksRandom } from './randomness.ts';
import { isNamingName, isNamingPrefix, isSecretName, redactedMark } from './secretNames.ts';
import { type SecretShape, secretShapes } from './secretShapes.ts';
import { decodedRuns, withoutColours } from './writings.ts';

/**
 * Text that looks like a credential leaves this machine in no bundle and in no answer to a language model. This is a
 * net, not a proof: it knows the shapes of credentials, the names under which they are kept, and the values that it was
 * told of. In doubt it removes too much.
 */
export interface Redacted {
  readonly text: string;
  /** The number of removed places. */
  readonly count: number;
}

/**
 * `scheme://user:password@host`: the password, and a user without one. Some write a password unescaped, with a slash or
 * an `@` in it; a port is no password.
 */
const userInfo =
  /\b([a-z][a-z0-9+.-]{1,30}:\/\/)(?:[^\s/?#"'<>]{1,500}|[^\s/?#"'<>:@]{0,200}:(?!\d{1,5}[/?#])[^\s"'<>@]{1,500})@/gi;
/** `Authorization: Bearer …`, `Cookie: a=b; c="d"`: to the end of the line or of the quotes around it. */
const header =
  /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)((?:=\\{0,4}"[^"\r\n]{0,4000}"(?=[;,\s]|$)|[^\r\n"']){1,8000})/gim;
const scheme = /\b(bearer|basic|digest|apikey|geniekey|token)(\s{1,4})([\w.~+/=:*@|-]{8,8000})/gi;
const option =
  /(?<![\p{L}\p{N}_-])(--?\p{L}[\p{L}\p{N}_-]{0,60})(\s{1,4})(?!-)([^\s"']{1,8000}|"[^"\r\n]{0,8000}"|'[^'\r\n]{0,8000}')/gu;
/** `curl -u name:password`, `mysql -ppassword`, `sshpass -p password`. */
const loginOption = /(?<![\w-])(-[uU]\s{0,4}|--(?:proxy-)?user(?:\s{1,4}|=))(["']?[^\s:"']{0,100}:)([^\s"']{1,500})/g;
const shortOption =
  /\b((?:mysql\w{0,20}|mariadb\w{0,20}|sshpass)\b(?:[^\r\n|;]{0,200}?\s)?-p\s{0,4})([^\s"'-][^\s"']{0,500})/g;
/** A run that could be a key: judged by how random it looks. */
const run = /[A-Za-z0-9+/_=-]{24,}/g;

export interface RedactionOptions {
  /** Values known to be secret, wherever they occur: the values of the `.env` files. */
  readonly known?: readonly string[];
  /** Removes all long random-looking runs. Not for a text full of hashes, such as a journal. */
  readonly random?: boolean;
}

/** Removes secrets from a text. */
export function redactSecrets(text: string, options: RedactionOptions = {}): Redacted {
  return runToEnd(redactionSteps(text, options));
}

/** The same in steps, for a long text. Neither colours inside a secret nor the escapes of an address hide it. */
export function* redactionSteps(text: string, options: RedactionOptions): Interruptible<Redacted> {
  const decoded = decodedRuns(withoutColours(text), (run) => {
    const inside = runToEnd(redactedWritten(run, options));
    return inside.count === 0 ? null : inside;
  });
  const found = yield* redactedWritten(decoded.text, options);
  const count = found.count + decoded.count;
  // Colours stay where they hide nothing.
  return count === 0 ? { text, count } : { text: found.text, count };
}

function* redactedWritten(text: string, { known = [], random = false }: RedactionOptions): Interruptible<Redacted> {
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
  for (const pass of [...passes, withoutRuns(random ? looksRandom : isScrambled, random)]) {
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
      isTokenAfterScheme(secret) ? marked(name + between, secret, mark) : whole,
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
  // Names come before shapes: a shape that removes too much must not remove the name of a secret.
  ...secretShapes.map(withoutShape),
  (text, mark) =>
    text.replace(userInfo, (whole, start: string) => (whole.includes(redactedMark) ? whole : `${start}${mark()}@`)),
];

function marked(before: string, secret: string, mark: Mark): string {
  return secret.includes(redactedMark) || secret.trim() === '' ? before + secret : before + mark();
}

/** `Bearer of bad-news` is no credential. */
function isTokenAfterScheme(secret: string): boolean {
  return !isOfWords(secret) || /\d/.test(secret);
}

function withoutShape({ marks, pattern, isSecret }: SecretShape): Pass {
  return (text, mark) => {
    if (!marks.some((each) => text.includes(each))) return text;
    return text.replace(pattern, (match: string, ...rest: unknown[]) => {
      if (isSecret === undefined) return mark();
      const groups = rest.at(-1);
      const judged = typeof groups === 'object' && groups !== null && 'rest' in groups ? String(groups.rest) : match;
      return isSecret(judged) ? mark() : match;
    });
  };
}

const nameBefore = /([A-Za-z_][\w.-]{0,80})\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?$/;
/** A word and its separator from a key: the key is judged by itself. */
const wordBefore = /^([A-Za-z][A-Za-z0-9]{0,14})[_-](?=[A-Za-z0-9+/_=-]{20})/;
/** Words before a number of 32 or 40 digits that mark it as a key. */
const keyBefore =
  /(?:key|token|secret|auth|credentials?|licen[cs]e|password|api[-_ ]?key)["']?\W{1,8}(?:\w{1,12}\W{1,3}){0,2}$/i;
const imageBefore = /data:[\w.+-]{1,40}\/[\w.+-]{1,60};(?:[\w=.-]{1,40};)?base64,$/;
/** How PNG, JPEG, GIF, WebP, SVG and fonts begin in base64. */
const imageStart = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|PHN2Zy|PD94bWwg|d09GM|d09GR)/;

function withoutRuns(isKey: (candidate: string) => boolean, random: boolean): Pass {
  const isAnyKey = (candidate: string, before: string): boolean => {
    const word = wordBefore.exec(candidate);
    if (word !== null && isNamingPrefix(word[1] ?? '')) return false;
    if (isKey(candidate)) return true;
    if (/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9A-F]{32})$/.test(candidate)) return keyBefore.test(before);
    if (word === null) return false;
    const rest = candidate.slice(word[0].length);
    // Only a generated name is joined to so many digits with an underscore.
    if (random && word[0].endsWith('_') && /^[0-9a-f]{32,}$/.test(rest)) return true;
    return rest.length >= 24 && isKey(rest);
  };
  return (text, mark) =>
    text.replace(run, (candidate, offset: number) => {
      const before = text.slice(Math.max(0, offset - 120), offset);
      if (imageStart.test(candidate) || imageBefore.test(before)) return candidate;
      const name = nameBefore.exec(before);
      return (name === null || !isNamingName(name[1] ?? '')) && isAnyKey(candidate, before) ? mark() : candidate;
    });
}
