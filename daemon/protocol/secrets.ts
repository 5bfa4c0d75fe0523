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

/** What stands in a secret's place. */
export const redactedMark = '[redacted]';

/** Keys under which secrets are kept, in any spelling: `apiKey`, `API_KEY`, `x-api-key`, `clientSecret`. */
const secretName =
  /pass(?:word|wd|phrase|code)|pwd|(?<![a-z0-9])pw(?![a-z0-9])|[-_.]pass(?![a-z0-9])|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|account[-_.]?key|encryption[-_.]?key|master[-_.]?key|credential|authorization|cookie|session[-_.]?(?:id|key)|bearer|signature|connection[-_.]?string|\bdsn\b|\bpin\b|\botp\b|webhook/i;
/** Counts and names of secrets are not secrets: `max_tokens`, `token_count`, `secret_name`. */
const harmlessName =
  /(?:count|total|length|size|limit|max|min|used|type|name|kind|expires?(?:_?(?:in|at))?)s?$|^(?:max|min|num|n|total|count)[-_.]?\w*tokens?$/i;
/** Long random-looking values that name a thing and open nothing. */
const namingName =
  /(?:trace|span|request|correlation|commit|revision|build|event|upload|job|user|checksum|digest|hash|sha\d*|etag|md5|uuid)(?:[-_.]?(?:id|hash|sha))?$/i;

/** Whether a value under this name is to be taken for a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name);
}

/** Whether a long random-looking value under this name is a name itself: of a trace, a commit, a file's content. */
export function isNamingName(name: string): boolean {
  return namingName.test(name);
}

/** How many tokens were used is no secret. */
export function isCount(name: string, value: string): boolean {
  return /tokens$/i.test(name) && /^\d+$/.test(value);
}

const harmlessValue = /^(?:true|false|null|none|undefined)$/i;

/** Each takes linear time: bounded repetitions, and no two that could share a character. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:.,-]{0,8000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]{0,8000})/g,
  /\beyJ[\w-]{5,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,4000})?/g,
  /\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,20}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,255}/g,
  /\bgithub_pat_\w{20,255}/g,
  /\bglpat-[\w-]{16,100}/g,
  /\bxox[a-z]-[\w-]{8,200}/g,
  /\b(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{14,200}/g,
  /\bsk-[\w-]{16,250}/g,
  /\bAIza[\w-]{30,45}/g,
  /\bya29\.[\w-]{16,2000}/g,
  /\bnpm_[A-Za-z0-9]{30,60}/g,
  /\bpypi-[\w-]{16,400}/g,
  /\bdop_v1_[a-f0-9]{32,80}/g,
  /\bhf_[A-Za-z0-9]{20,100}/g,
  /\bSG\.[\w-]{10,100}\.[\w-]{10,100}/g,
  /\bhooks\.slack\.com\/services\/[\w/]{10,200}/g,
];

/** `scheme://user:password@host`: the password, and a user without one. */
const userInfo = /\b([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/?#"'<>@]{1,500}@/gi;
/** `Authorization: Bearer …`, `Cookie: a=b; c=d`: to the end of the line or of the quotes. */
const header = /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)([^\r\n"']{1,8000})/gi;
const scheme = /\b(bearer|basic|digest|apikey|token)(\s{1,4})([\w.~+/=:-]{8,8000})/gi;
/** `name = value`, `"name": "value"`, `--name=value`, `name=value&`: the name, and what stands before its value. */
const assignment =
  /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]{0,80})(\\{0,4}["']?\s{0,8}(?:=>|:=|[:=])\s{0,8}(?:\[(?!redacted\])\s{0,8})?)/g;
const assigned =
  /(\\{0,4})"((?:[^"\\\r\n]|\\(?!")[^\r\n]){0,8000})\\{0,4}"|'([^'\r\n]{0,8000})'|([^\s,;&"'<>(){}[\]]{1,8000})/y;
const option =
  /(?<![\w-])(--?[A-Za-z][\w-]{0,60})(\s{1,4})(?!-)([^\s"']{1,8000}|"[^"\r\n]{0,8000}"|'[^'\r\n]{0,8000}')/g;
/** A run that could be a key: judged by how random it looks. */
const run = /[A-Za-z0-9+/_=-]{24,4096}/g;

export interface RedactionOptions {
  /** Values known to be secret, wherever they stand: what the `.env` files hold. */
  readonly known?: readonly string[];
  /** Take out long random-looking runs too. Not for what is full of hashes, such as a journal. */
  readonly random?: boolean;
}

/** Takes secrets out of a text. */
export function redactSecrets(text: string, { known = [], random = false }: RedactionOptions = {}): Redacted {
  let count = 0;
  const mark = (): string => {
    count += 1;
    return redactedMark;
  };
  const value = (before: string, secret: string): string =>
    secret === redactedMark || secret.trim() === '' ? before + secret : before + mark();
  let left = text;
  for (const secret of known) {
    if (!left.includes(secret)) continue;
    // A number within a longer number is another one.
    left = left.replaceAll(/^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`, 'g') : secret, mark);
  }
  left = left.replace(header, (_, name: string, between: string, secret: string) => value(name + between, secret));
  left = left.replace(scheme, (whole, name: string, between: string, secret: string) =>
    /\d|[A-Z]|[+/=_-]/.test(secret) ? value(name + between, secret) : whole,
  );
  left = withoutAssigned(left, mark);
  left = left.replace(option, (whole, name: string, between: string, secret: string) =>
    isSecretName(name) && !secret.includes(redactedMark) ? name + between + mark() : whole,
  );
  // Names come before shapes: what a shape takes out too much must not be the name of a secret.
  for (const shape of shapes) left = left.replace(shape, mark);
  left = left.replace(userInfo, (whole, start: string) =>
    whole.includes(redactedMark) ? whole : `${start}${mark()}@`,
  );
  if (random) {
    left = left.replace(run, (candidate, offset: number) => {
      const name = /([A-Za-z_][\w.-]{0,80})\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?$/.exec(
        left.slice(Math.max(0, offset - 100), offset),
      );
      return (name === null || !isNamingName(name[1] ?? '')) && looksRandom(candidate) ? mark() : candidate;
    });
  }
  return { text: left, count };
}

/** A name that is none of a secret hides no other that follows it: `a: password=…`. */
function withoutAssigned(text: string, mark: () => string): string {
  let kept = '';
  let from = 0;
  assignment.lastIndex = 0;
  for (let found = assignment.exec(text); found !== null; found = assignment.exec(text)) {
    const [, name = ''] = found;
    if (!isSecretName(name)) continue;
    assigned.lastIndex = assignment.lastIndex;
    const value = assigned.exec(text);
    if (value === null) continue;
    const [whole, escapes = '', double, single, bare] = value;
    const secret = double ?? single ?? bare ?? '';
    if (secret === '' || secret.includes(redactedMark) || harmlessValue.test(secret) || isCount(name, secret)) continue;
    const quote = double !== undefined ? `${escapes}"` : single !== undefined ? "'" : '';
    kept += text.slice(from, value.index) + quote + mark() + quote;
    from = value.index + whole.length;
    assignment.lastIndex = from;
  }
  return kept + text.slice(from);
}

/** A key of letters and digits mixed, or a long hexadecimal one; words with dashes, paths and dates are none. */
function looksRandom(text: string): boolean {
  const bare = text.replace(/=+$/, '');
  if (/^[0-9a-f]{32,}$/i.test(bare)) return /\d/.test(bare) && /[a-f]/i.test(bare);
  if (!/\d/.test(bare) || !/[a-z]/.test(bare) || !/[A-Z]/.test(bare)) return false;
  // Words and paths seldom change between small, capital and digit; what is random does at every other character.
  const changes = bare.match(/[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|\d(?=\D)/g)?.length ?? 0;
  if (bare.length >= 32 && changes / bare.length > 0.4) return true;
  const longest = bare.split(/[/_=-]/).reduce((most, part) => Math.max(most, part.length), 0);
  return longest >= 16 && entropyPerCharacter(bare) >= 3.5;
}

/** Shannon's entropy in bits. */
function entropyPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}
