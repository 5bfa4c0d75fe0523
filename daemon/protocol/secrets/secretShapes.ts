/** What stands in a secret's place. */
export const redactedMark = '[redacted]';

/** Keys under which secrets are kept, in any spelling: `apiKey`, `API_KEY`, `x-api-key`, `clientSecret`. */
const secretName =
  /pass(?:word|wd|phrase|code)|passwort|kennwort|contrase(?:ñ|n)a|mot[-_ ]?de[-_ ]?passe|wachtwoord|pwd|(?<![a-z0-9])pw(?![a-z0-9])|[-_.]pass(?![a-z0-9])|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|account[-_.]?key|encryption[-_.]?key|master[-_.]?key|credential|authorization|cookie|session[-_.]?(?:id|key)|bearer|signature|connection[-_.]?string|\bdsn\b|\bpin\b|\botp\b|\bjwt\b|webhook/i;
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

/** What credentials look like. Each takes linear time: bounded repetitions, and no two that could share a character. */
export const secretShapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:.,-]{0,8000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]{0,8000})/g,
  /\beyJ[\w-]{5,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,4000})?/g,
  /\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,20}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,255}/g,
  /\bgithub_pat_\w{20,255}/g,
  /\bgl(?:pat|ptt|rt|dt|soat|cbt|ft|imt|agent)-[\w-]{16,100}/g,
  /\bxox[a-z]-[\w-]{8,200}/g,
  /\bxapp-\d-[\w-]{8,200}/g,
  /\b(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{14,200}/g,
  /\bsk-[\w-]{16,250}/g,
  /\bAIza[\w-]{30,45}/g,
  /\bya29\.[\w-]{16,2000}/g,
  /\bGOCSPX-[\w-]{16,60}/g,
  /\bnpm_[A-Za-z0-9]{30,60}/g,
  /\bpypi-[\w-]{16,400}/g,
  /\bdo[opr]_v1_[a-f0-9]{32,80}/g,
  /\bhf_[A-Za-z0-9]{20,100}/g,
  /\bSG\.[\w-]{10,100}\.[\w-]{10,100}/g,
  /\b(?:key-|SK|dapi|shp(?:at|ca|pa|ss)_)[a-f0-9]{32}\b/g,
  /\bhv[bsr]\.[\w-]{16,300}/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,100}/g,
  /\bAT[AC]TT3[\w=-]{20,400}/g,
  /\blin_(?:api|oauth)_[A-Za-z0-9]{20,100}/g,
  /\bfig[a-z]{1,3}_[\w-]{20,100}/g,
  /\bdckr_[a-z]{3,4}_[\w-]{16,100}/g,
  /\bgl(?:sa|c)_[\w=+/-]{20,400}/g,
  /\bNRAK-[A-Z0-9]{20,60}/g,
  /\bhooks\.slack\.com\/services\/[\w/]{10,200}/g,
  /\bdiscord(?:app)?\.com\/api\/webhooks\/[\w/-]{10,200}/g,
  /\bwebhook\.office\.com\/[\w@/-]{10,400}/g,
  // A bot's, as it stands in an address; a shared access signature; the old way to name Oracle's user.
  /(?<!\d)\d{6,12}:AA[\w-]{30,50}/g,
  /(?<=[?&;]sig=)[\w%+/=-]{16,400}/g,
  /(?<=\bthin:[\w$#]{1,60}\/)[^\s@/]{1,200}(?=@)/g,
];
