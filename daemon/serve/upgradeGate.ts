import { createHash, timingSafeEqual } from 'node:crypto';
import { wirePath } from '../protocol/wire/messages.ts';

/** The parts of a request that the gate judges. `rawHeaders` is Node's flat list of names and values, duplicates included. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

export type GateVerdict = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: number };

/**
 * Decides if a request may become a WebSocket. Our clients are Node processes, so everything that a browser can send is
 * refused: any `Origin` at all (a page of another site, a sandboxed frame's `null`), a `Host` that is not this loopback
 * port (DNS rebinding), a wrong path, a missing or wrong token. No header can make this throw.
 */
export function judgeUpgrade(request: UpgradeRequest, port: number, token: string): GateVerdict {
  const headers = headerValues(request.rawHeaders);
  if (headers.has('origin') || headers.has('sec-websocket-origin')) return refused(403);
  const [host, ...otherHosts] = headers.get('host') ?? [];
  if (host === undefined || otherHosts.length > 0 || !isLoopback(host, port)) return refused(403);
  if (request.method !== 'GET' || request.url !== wirePath) return refused(404);
  const [authorization, ...others] = headers.get('authorization') ?? [];
  if (authorization === undefined || others.length > 0 || !isToken(authorization, token)) return refused(401);
  return { kind: 'accepted' };
}

function refused(status: number): GateVerdict {
  return { kind: 'refused', status };
}

function headerValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    values.set(name, [...(values.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return values;
}

function isLoopback(host: string, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}` || host === `[::1]:${port}`;
}

/** Compared as digests: both have equal length, and the time taken reveals nothing of the token. */
function isToken(authorization: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}
