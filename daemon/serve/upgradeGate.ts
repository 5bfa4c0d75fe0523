import { wirePath } from '../protocol/wire/messages.ts';
import { challengeHeader } from '../protocol/wire/mutualProof.ts';

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
export function judgeUpgrade(
  request: UpgradeRequest,
  port: number,
  accepts: (authorization: string) => boolean,
): GateVerdict {
  const headers = headerValues(request.rawHeaders);
  const refusal = refusalOfAny(request, headers, port);
  if (refusal !== null) return refused(refusal);
  const authorization = onlyOne(headers, 'authorization');
  return authorization !== null && accepts(authorization) ? { kind: 'accepted' } : refused(401);
}

/** The challenge of a client that wants the server proved first; `null` for every other request without an upgrade. */
export function challengeOf(request: UpgradeRequest, port: number): string | null {
  const headers = headerValues(request.rawHeaders);
  return refusalOfAny(request, headers, port) === null ? onlyOne(headers, challengeHeader) : null;
}

/** The status that refuses a request whoever sends it. */
function refusalOfAny(request: UpgradeRequest, headers: Headers, port: number): number | null {
  if (headers.has('origin') || headers.has('sec-websocket-origin')) return 403;
  const host = onlyOne(headers, 'host');
  if (host === null || !isLoopback(host, port)) return 403;
  return request.method === 'GET' && request.url === wirePath ? null : 404;
}

type Headers = ReadonlyMap<string, readonly string[]>;

/** A header that came twice is as good as none. */
function onlyOne(headers: Headers, name: string): string | null {
  const [value, ...others] = headers.get(name) ?? [];
  return value === undefined || others.length > 0 ? null : value;
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
