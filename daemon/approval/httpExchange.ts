import { type ClientRequest, type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { formatDuration } from '../protocol/domain/duration.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';

/** One request with everything in place: credentials too, so it is never kept and never shown. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Milliseconds for the whole exchange, redirects included. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: string;
      /** The header `Retry-After`, where there is one. */
      readonly retryAfter?: string | undefined;
    }
  /** `mayHaveArrived`: the other side may have carried it out all the same. `detail` begins with the host. */
  | { readonly kind: 'failed'; readonly mayHaveArrived: boolean; readonly detail: string };

/** Bytes of an answer that are read; a flag's state is far smaller. */
const mostBytes = 4 * 1024 * 1024;
const mostRedirects = 3;

/**
 * Sends one request and reads the answer, once: who may repeat it decides the caller. Certificates are checked whatever
 * the environment says. A redirect is followed only to the same origin, and only as the method allows: the credentials
 * of one host never reach another. Never throws.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(request.timeout);
  const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
  let url = new URL(request.url);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchangeOnce(request, url, signal, limit);
    if (answer.kind === 'failed' || answer.location === null) return answer;
    const next = redirectedTo(url, answer, request.method);
    if (typeof next === 'string') return { kind: 'failed', mayHaveArrived: false, detail: `${url.host} ${next}` };
    if (redirects === mostRedirects)
      return { kind: 'failed', mayHaveArrived: false, detail: `${url.host} redirects again and again` };
    url = next;
  }
}

interface Answered extends Extract<HttpAnswer, { kind: 'answered' }> {
  readonly location: string | null;
}

function exchangeOnce(
  { method, headers, body, timeout }: HttpRequest,
  url: URL,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<Answered | Extract<HttpAnswer, { kind: 'failed' }>> {
  return new Promise((resolve) => {
    let isConnected = false;
    const failed = (detail: string) =>
      resolve({ kind: 'failed', mayHaveArrived: isConnected, detail: `${url.host} ${detail}` });
    const broken = (error: Error) => {
      if (limit.aborted) failed(`does not answer within ${formatDuration(timeout)}`);
      else if (signal.aborted) failed('was not waited for: something more urgent came');
      else failed(faultText(error, isConnected));
    };
    const sent = {
      method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'rampwatch',
        ...headers,
        ...(body !== null && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      // A connection of its own: none that the other side has just given up.
      agent: false as const,
      signal,
    };
    const answered = (response: IncomingMessage) => {
      readBody(response).then(
        (text) =>
          text === null
            ? failed(`answers more than ${mostBytes / 1024 / 1024} MiB`)
            : resolve({
                kind: 'answered',
                status: response.statusCode ?? 0,
                body: text,
                retryAfter: response.headers['retry-after'],
                location: isRedirect(response.statusCode) ? (response.headers.location ?? '') : null,
              }),
        broken,
      );
    };
    const outgoing: ClientRequest =
      url.protocol === 'https:'
        ? requestOverTls(url, { ...sent, rejectUnauthorized: true }, answered)
        : requestPlainly(url, sent, answered);
    outgoing.on('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      }),
    );
    outgoing.on('error', broken);
    outgoing.end(body ?? undefined);
  });
}

async function readBody(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > mostBytes) {
      response.destroy();
      return null;
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && [301, 302, 303, 307, 308].includes(status);
}

/** The next address, or the reason in a few words why it is not asked. */
function redirectedTo(from: URL, { status, location }: Answered, method: string): URL | string {
  const to = URL.canParse(location ?? '', from.href) ? new URL(location ?? '', from.href) : null;
  if (to === null) return 'redirects to nowhere';
  if (to.origin !== from.origin)
    return `redirects to ${to.origin}, and credentials are not sent on: write that address into the plan if it is right`;
  // Other redirects turn a write into a reading.
  if (method !== 'GET' && status !== 307 && status !== 308)
    return `answers ${method} with a redirect (${status}): write the address ${to.pathname} into the plan`;
  return to;
}

/** What does not fit about a certificate, and what to do. */
function certificateText(code: string): string {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `has a certificate of another name (${code}): write the name that it is made for into the plan`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `has a certificate that is not valid today (${code}): renew it there, or set this machine's clock`;
    default:
      return `has a certificate that this machine does not trust (${code}): name its authority's file in NODE_EXTRA_CA_CERTS, and start the daemon with it`;
  }
}

function faultText(error: Error, isConnected: boolean): string {
  const code = errorCode(error);
  switch (code) {
    case 'ECONNREFUSED':
      return 'refuses the connection (ECONNREFUSED)';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `is not found (${code})`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `cut the connection (${code})`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `is not reachable (${code})`;
    default:
      if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return certificateText(code);
      return `${isConnected ? 'broke the exchange off' : 'cannot be reached'} (${code || 'no reason given'})`;
  }
}
