import { type Approvable, approvalHash } from '../../approval/approvals.ts';
import { withCredentials, withoutCredentials } from '../../approval/credentials.ts';
import { exchange, type HttpAnswer } from '../../approval/httpExchange.ts';
import type { HttpFlag } from '../../protocol/domain/flagHttp.ts';
import { flagSettings } from '../../protocol/domain/flagKinds.ts';
import { filledText, filledValue } from '../../protocol/domain/flagTemplate.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import { answerValues } from '../remote/answerValues.ts';
import { type RemoteSystem, RemoteTarget, type Sent, type Told } from '../remote/remoteTarget.ts';
import { shellWords } from '../remote/shellWords.ts';
import type { FlagGround, FlagTarget, Wanted } from '../target.ts';

const timeoutDefault = 10_000;
const everyDefault = 15_000;

export function httpTarget(flag: HttpFlag, ground: FlagGround): FlagTarget {
  return new RemoteTarget(new HttpSystem(flag, ground), ground);
}

/** A flag behind an HTTP interface, by the two requests of the plan. */
class HttpSystem implements RemoteSystem {
  readonly name: string;
  readonly place: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly isRepeatable: boolean;
  readonly lookEvery: number;
  readonly #http: HttpFlag['http'];
  readonly #ground: FlagGround;
  readonly #timeout: number;

  constructor(flag: HttpFlag, ground: FlagGround) {
    const { http } = flag;
    this.#http = http;
    this.#ground = ground;
    this.#timeout = http.timeout ?? timeoutDefault;
    const address = addressFor(http.set.url, { enabled: false, percent: 0 });
    this.name = `${http.set.method} ${plainText(address.replace(/[?#].*$/s, ''), 200)}`;
    this.place = http.get.url;
    this.templates = Object.fromEntries(flagSettings(flag).map(({ name, template }) => [name, template]));
    this.isRepeatable = http.set.repeatable ?? (http.set.method === 'PUT' || http.set.method === 'DELETE');
    this.lookEvery = http.every ?? everyDefault;
  }

  approvable(): Approvable {
    const { set, get, headers = {}, expect } = this.#http;
    const headerLines = (given: Readonly<Record<string, string>>) =>
      Object.entries(given).map(([name, text]) => `  ${name}: ${text}`);
    return {
      about: `the flag: ${this.name}`,
      sha256: approvalHash('flag', this.#ground.rollout, { http: { set, get, headers, expect } }),
      lines: [
        `${set.method} ${set.url}`,
        ...headerLines({ ...headers, ...set.headers }),
        ...(set.body === undefined ? [] : [`  ${bodyTemplate(set.body)}`]),
        `GET ${get.url}`,
        ...headerLines({ ...headers, ...get.headers }),
        ...Object.entries(get.read).map(([place, template]) => `  ${place} is ${template}`),
      ],
    };
  }

  async read(signal: AbortSignal | undefined): Promise<Told> {
    const { get, headers } = this.#http;
    const asked = await this.#exchange({ ...headers, ...get.headers }, (filled) => ({
      method: 'GET',
      url: addressFor(get.url, { enabled: false, percent: 0 }),
      headers: filled,
      body: null,
      timeout: this.#timeout,
      signal,
    }));
    if (asked.kind === 'failed') return { kind: 'fault', detail: asked.detail };
    const values = answerValues(asked.body, Object.keys(get.read));
    const host = new URL(addressFor(get.url, { enabled: false, percent: 0 })).host;
    if (typeof values === 'string') return { kind: 'fault', detail: `${host} ${values}` };
    return { kind: 'values', values };
  }

  async send(wanted: Wanted, { signal }: { readonly signal?: AbortSignal }): Promise<Sent> {
    const { set, headers } = this.#http;
    const body = set.body === undefined ? null : bodyFor(set.body, wanted);
    const type =
      body === null ? {} : { 'content-type': typeof set.body === 'string' ? 'text/plain' : 'application/json' };
    const answer = await this.#exchange({ ...type, ...headers, ...set.headers }, (filled) => ({
      method: set.method,
      url: addressFor(set.url, wanted),
      headers: filled,
      body,
      timeout: this.#timeout,
      signal,
    }));
    return answer.kind === 'answered' ? { kind: 'accepted' } : answer;
  }

  byHand(wanted: Wanted): string {
    const { set, headers } = this.#http;
    const body = set.body === undefined ? [] : ['--data', bodyFor(set.body, wanted)];
    const type = body.length === 0 || typeof set.body === 'string' ? {} : { 'content-type': 'application/json' };
    const given = Object.entries({ ...type, ...headers, ...set.headers }).flatMap(([name, text]) => [
      '-H',
      `${name}: ${text}`,
    ]);
    return shellWords(['curl', '-X', set.method, ...given, ...body, addressFor(set.url, wanted)]);
  }

  /** The answer if it is a success; every text for people is free of the credentials. */
  async #exchange(
    headers: Readonly<Record<string, string>>,
    requestWith: (filled: Readonly<Record<string, string>>) => Parameters<typeof exchange>[0],
  ): Promise<HttpAnswer> {
    const known: string[] = [];
    let request: Parameters<typeof exchange>[0];
    try {
      const filled = Object.entries(headers).map(([name, text]) => {
        const value = withCredentials(text, this.#ground.environment);
        known.push(...value.known);
        return [name.toLowerCase(), value.text];
      });
      request = requestWith(Object.fromEntries(filled));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { kind: 'failed', mayHaveArrived: false, detail: `${this.name}: ${error.message}` };
    }
    const answer = await exchange(request);
    if (answer.kind === 'failed') return { ...answer, detail: withoutCredentials(answer.detail, known) };
    const body = known.some((each) => answer.body.includes(each))
      ? withoutCredentials(answer.body, known)
      : answer.body;
    const { expect } = this.#http;
    const isExpected =
      request.method === 'GET' || expect === undefined
        ? answer.status >= 200 && answer.status < 300
        : expect.includes(answer.status);
    if (isExpected) return { ...answer, body };
    const { host } = new URL(request.url);
    const said = plainText(withoutCredentials(body, known).trim(), 200);
    const why = statusText(answer.status);
    return {
      kind: 'failed',
      // A gateway's error says nothing of the system behind it.
      mayHaveArrived: answer.status >= 500 || answer.status < 300,
      detail: `${host} answers ${request.method} with ${answer.status}${why}${said === '' ? '' : `: ${said}`}`,
    };
  }
}

function statusText(status: number): string {
  switch (status) {
    case 401:
      return ' (the credential is not accepted)';
    case 403:
      return ' (not permitted)';
    case 404:
      return ' (no such flag there)';
    case 409:
    case 412:
      return ' (somebody else has just changed it)';
    case 429:
      return ' (too many requests)';
    default:
      return '';
  }
}

function addressFor(template: string, wanted: Wanted): string {
  return filledText(template, wanted);
}

function bodyFor(body: NonNullable<HttpFlag['http']['set']['body']>, wanted: Wanted): string {
  return typeof body === 'string' ? filledText(body, wanted) : JSON.stringify(filledIn(body, wanted));
}

function filledIn(value: unknown, wanted: Wanted): unknown {
  if (typeof value === 'string') return filledValue(value, wanted);
  if (Array.isArray(value)) return value.map((item) => filledIn(item, wanted));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledIn(item, wanted)]));
}

function bodyTemplate(body: NonNullable<HttpFlag['http']['set']['body']>): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
