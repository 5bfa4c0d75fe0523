import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  clientProof,
  isChallenge,
  parseProof,
  proofText,
  type Sign,
  serverProof,
} from '../protocol/wire/mutualProof.ts';

export const sign: Sign = (token, text) => createHmac('sha256', token).update(text).digest('base64url');

/** Milliseconds from a nonce to the connection that answers it. */
const nonceLife = 30_000;

/** The token of one run of the daemon: what proves it to clients, and clients to it. */
export class Credentials {
  readonly token: string = randomBytes(32).toString('base64url');
  readonly #now: () => number;
  /** Marks the nonces that this run has given, so that none need be remembered. */
  readonly #nonceKey = randomBytes(32).toString('base64url');

  /** `now`: milliseconds that only go forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The `WWW-Authenticate` that answers a challenge; `null` when it is none. */
  answer(challenge: string): string | null {
    if (!isChallenge(challenge)) return null;
    const given = `${Math.round(this.#now())}.${randomBytes(16).toString('base64url')}`;
    const nonce = `${given}.${sign(this.#nonceKey, given)}`;
    return proofText({ nonce, proof: serverProof(sign, this.token, challenge, nonce) });
  }

  /** An `Authorization` that proves the token, or is the token itself (`Bearer`: a client that trusts the port). */
  accepts(authorization: string): boolean {
    const proven = parseProof(authorization);
    if (proven === null) return isSame(authorization, `Bearer ${this.token}`);
    const given = proven.nonce.slice(0, proven.nonce.lastIndexOf('.'));
    const age = this.#now() - Number(given.split('.', 1)[0]);
    const isOurs = isSame(proven.nonce, `${given}.${sign(this.#nonceKey, given)}`) && age <= nonceLife;
    return isOurs && isSame(proven.proof, clientProof(sign, this.token, proven.nonce));
  }
}

/** Compared as digests: equal length whatever was sent, and the time taken says nothing of the secret. */
function isSame(sent: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(wanted));
}
