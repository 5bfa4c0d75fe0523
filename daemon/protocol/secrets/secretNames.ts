/** The text that replaces a secret. */
export const redactedMark = '[redacted]';

/** Keys under which secrets are kept, in any spelling: `apiKey`, `API_KEY`, `x-api-key`, `clientSecret`. */
const secretName =
  /pass(?:word|wd|phrase|code)|passwort|kennwort|contrase(?:ñ|n)a|mot[-_ ]?de[-_ ]?passe|wachtwoord|pwd|(?<![a-z0-9])pw(?![a-z0-9])|[-_.]pass(?![a-z0-9])|secret|token|(?:api|app|application|auth|fastly|access|private|signing|account|encryption|master|licen[cs]e|integration|routing|write|sdk|service|genie|ingest|insert|environment)[-_.]?key|x-honeycomb-team|credential|authorization|cookie|session[-_.]?(?:id|key)|bearer|signature|connection[-_.]?string|\bdsn\b|\bpin\b|\botp\b|\bjwt\b|webhook/i;
/** Counts and names of secrets are not secrets: `max_tokens`, `token_count`, `secret_name`. */
const harmlessName =
  /(?:count|total|length|size|limit|max|min|used|type|name|kind|expires?(?:_?(?:in|at))?)s?$|^(?:max|min|num|n|total|count)[-_.]?\w*tokens?$/i;
/** Long random-looking values that name a thing and open nothing. */
const namingName =
  /(?:trace|span|request|req|correlation|commit|revision|build|event|upload|job|user|checksum|digest|hash|sha\d*|etag|md5|uuid|integrity|layer|image|blob|object|run|message|msg)(?:[-_.]?(?:id|hash|sha))?$/i;
/** Prefixes of names that services give: `req_…`, `evt_…`, `chatcmpl-…`. */
const namingPrefix =
  /^(?:req|evt|msg|run|job|order|ord|cus|sub|pi|ch|seti|si|in|txn|chatcmpl|resp|usr|acct|batch|file|asst|thread)$/i;
/** Values of these names are told apart by their look: `token expired` is no secret, `password=hunter` is one. */
const tokenName = /token|session|signature|bearer|jwt|webhook|credential|authorization|cookie/i;
const passwordName = /pass|pwd|secret|key/i;

/** True when a value under this name counts as a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name);
}

/** True when a long random-looking value under this name is a name itself: of a trace, a commit, a file's content. */
export function isNamingName(name: string): boolean {
  return namingName.test(name);
}

/** The same of a word in front of a value: `sha256-…`, `req_…`. */
export function isNamingPrefix(prefix: string): boolean {
  return namingPrefix.test(prefix) || namingName.test(prefix);
}

/** The number of used tokens is no secret. */
export function isCount(name: string, value: string): boolean {
  return /tokens$/i.test(name) && /^\d+$/.test(value);
}

/** `token=expired`, `session: closed`: a word describes the token and does not contain it. */
export function isWordOfToken(name: string, value: string): boolean {
  return (
    tokenName.test(name) && !passwordName.test(name) && /^[a-z]{1,14}(?:[ _-][a-z]{1,14}){0,4}$/.test(value.trim())
  );
}
