/**
 * Both ends of a connection prove that they hold the token of the discovery file, and neither sends it: after a daemon
 * has died, another program may listen on its port. Challenge and response as in RFC 7235, each side over the other's
 * fresh bytes, with HMAC-SHA-256 (RFC 2104) and a label of its own, so that no answer can be turned around.
 *
 * client → `Rampwatch-Challenge: c` · server → 401, `WWW-Authenticate: Rampwatch nonce="n", proof="p"`
 * client → the upgrade with `Authorization: Rampwatch nonce="n", proof="q"`
 */
export const challengeHeader = 'rampwatch-challenge';

/** HMAC-SHA-256 of a text under the token, base64url. This room has no cryptography of its own. */
export type Sign = (token: string, text: string) => string;

export interface Proof {
  readonly nonce: string;
  readonly proof: string;
}

/** Fresh bytes as base64url: 16 to 48 of them. */
export function isChallenge(text: string): boolean {
  return /^[\w-]{22,64}$/.test(text);
}

/** A viewer's challenge says so: the server then proves that it holds the viewers' token. */
const viewerMark = 'viewer-';

export function challengeOf(random: string, isViewer: boolean): string {
  return isViewer ? `${viewerMark}${random}` : random;
}

export function isOfViewer(challenge: string): boolean {
  return challenge.startsWith(viewerMark);
}

export function serverProof(sign: Sign, token: string, challenge: string, nonce: string): string {
  return sign(token, `rampwatch server 1\n${challenge}\n${nonce}`);
}

export function clientProof(sign: Sign, token: string, nonce: string): string {
  return sign(token, `rampwatch client 1\n${nonce}`);
}

export function proofText({ nonce, proof }: Proof): string {
  return `Rampwatch nonce="${nonce}", proof="${proof}"`;
}

/** `null` when the header is another one's. */
export function parseProof(header: string): Proof | null {
  const [, nonce, proof] = /^Rampwatch nonce="([\w.-]{1,200})", proof="([\w-]{1,100})"$/.exec(header) ?? [];
  return nonce === undefined || proof === undefined ? null : { nonce, proof };
}

/** The client's `Authorization`, once the server's answer has proved it; `null` when it has not. */
export function authorizationFor(sign: Sign, token: string, challenge: string, answered: string): string | null {
  const answer = parseProof(answered);
  if (answer === null || answer.proof !== serverProof(sign, token, challenge, answer.nonce)) return null;
  return proofText({ nonce: answer.nonce, proof: clientProof(sign, token, answer.nonce) });
}
