import { type Approvable, approvalHash } from '../../approval/approvals.ts';
import { askWithCredentials } from '../../approval/askWithCredentials.ts';
import type { HttpAnswer, HttpRequest } from '../../approval/httpExchange.ts';
import type { HttpFlag } from '../../protocol/domain/flagHttp.ts';
import { flagSettings } from '../../protocol/domain/flagKinds.ts';
import { filledText, filledValue } from '../../protocol/domain/flagTemplate.ts';
import { percentText } from '../../protocol/words/figureText.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import { answerValues } from '../remote/answerValues.ts';
import { mayHaveArrived, refusedText } from '../remote/refusedText.ts';
import { type RemoteSystem, RemoteTarget, type Sent, type Told } from '../remote/remoteTarget.ts';
import { shellWords } from '../remote/shellWords.ts';
import type { FlagGround, FlagTarget, SetWay, Wanted } from '../target.ts';

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
    const url = addressFor(get.url, { enabled: false, percent: 0 });
    const asked = await this.#ask({ method: 'GET', url, headers: { ...headers, ...get.headers }, body: null, signal });
    if (asked.kind === 'failed') return { kind: 'fault', detail: asked.detail };
    const values = answerValues(asked.body, Object.keys(get.read));
    if (typeof values === 'string') return { kind: 'fault', detail: `${new URL(url).host} ${values}` };
    return { kind: 'values', values };
  }

  async send(wanted: Wanted, { signal }: SetWay): Promise<Sent> {
    const { set, headers } = this.#http;
    const body = set.body === undefined ? null : bodyFor(set.body, wanted);
    const type =
      body === null ? {} : { 'content-type': typeof set.body === 'string' ? 'text/plain' : 'application/json' };
    const answer = await this.#ask({
      method: set.method,
      url: addressFor(set.url, wanted),
      headers: { ...type, ...headers, ...set.headers },
      body,
      signal,
    });
    return answer.kind === 'answered' ? { kind: 'accepted' } : answer;
  }

  deed({ percent }: Wanted): string {
    return `${this.name} → ${percentText(percent)}`;
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

  /** The answer if it is a success. */
  async #ask(request: Omit<HttpRequest, 'timeout'>): Promise<HttpAnswer> {
    const answer = await askWithCredentials({ ...request, timeout: this.#timeout }, this.#ground);
    if (answer.kind === 'failed') return answer;
    const { status, body } = answer;
    const { expect } = this.#http;
    const isExpected =
      request.method === 'GET' || expect === undefined ? status >= 200 && status < 300 : expect.includes(status);
    if (isExpected) return answer;
    const detail = refusedText(new URL(request.url).host, request.method, status, body);
    return { kind: 'failed', mayHaveArrived: mayHaveArrived(status), detail };
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
