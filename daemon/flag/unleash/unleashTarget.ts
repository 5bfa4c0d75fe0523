import * as z from 'zod';
import { type Approvable, approvalHash } from '../../approval/approvals.ts';
import { askWithCredentials } from '../../approval/askWithCredentials.ts';
import { flagSettings } from '../../protocol/domain/flagKinds.ts';
import type { UnleashFlag } from '../../protocol/domain/flagUnleash.ts';
import { percentText } from '../../protocol/words/figureText.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import { mayHaveArrived, refusedText } from '../remote/refusedText.ts';
import { type RemoteSystem, RemoteTarget, type Sent, type Told } from '../remote/remoteTarget.ts';
import { shellWords } from '../remote/shellWords.ts';
import type { FlagGround, FlagTarget, SetWay, Wanted } from '../target.ts';

const timeoutDefault = 10_000;
const everyDefault = 15_000;
const gradual = 'flexibleRollout';

export function unleashTarget(flag: UnleashFlag, ground: FlagGround): FlagTarget {
  return new RemoteTarget(new UnleashSystem(flag, ground), ground);
}

/** A strategy is sent back as it was read, but for its percentage: what is left out would be removed. */
const strategySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  disabled: z.boolean().nullish(),
});
const environmentSchema = z.looseObject({ enabled: z.boolean(), strategies: z.array(strategySchema) });
type Strategy = z.output<typeof strategySchema>;
type Environment = z.output<typeof environmentSchema>;

type Asked<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'failed'; readonly mayHaveArrived: boolean; readonly detail: string };

/** A gradual rollout of Unleash: its percentage, and the switch of its environment. */
class UnleashSystem implements RemoteSystem {
  readonly name: string;
  readonly place: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly isRepeatable = true;
  readonly lookEvery: number;
  readonly #flag: UnleashFlag['unleash'];
  readonly #ground: FlagGround;
  readonly #base: string;

  constructor(flag: UnleashFlag, ground: FlagGround) {
    const { unleash } = flag;
    const { url, project = 'default', feature, environment } = unleash;
    this.#flag = unleash;
    this.#ground = ground;
    this.name = `Unleash ${plainText(feature, 80)} in ${plainText(environment, 40)}`;
    const [at, of, where] = [project, feature, environment].map(encodeURIComponent);
    this.#base = `${url.replace(/\/+$/, '')}/api/admin/projects/${at}/features/${of}/environments/${where}`;
    this.place = this.#base;
    this.templates = Object.fromEntries(flagSettings(flag).map(({ name, template }) => [name, template]));
    this.lookEvery = unleash.every ?? everyDefault;
  }

  approvable(): Approvable {
    const { url, project = 'default', feature, environment, strategy = null, token } = this.#flag;
    return {
      about: `the flag: ${this.name}`,
      sha256: approvalHash('flag', this.#ground.rollout, {
        unleash: { url, project, feature, environment, strategy, token },
      }),
      lines: [
        `GET ${this.#base}`,
        `PUT ${this.#base}/strategies/${strategy ?? 'ID'}`,
        `POST ${this.#base}/on`,
        `POST ${this.#base}/off`,
        `  Authorization: ${token}`,
      ],
    };
  }

  async read(signal: AbortSignal | undefined): Promise<Told> {
    const asked = await this.#environment(signal);
    if (asked.kind === 'failed') return { kind: 'fault', detail: asked.detail };
    const found = this.#strategyIn(asked.value);
    if (typeof found === 'string') return { kind: 'fault', detail: found };
    const { rollout } = found.parameters ?? {};
    const others = asked.value.strategies.filter(({ id, disabled }) => id !== found.id && disabled !== true);
    return {
      kind: 'values',
      values: { enabled: String(asked.value.enabled), rollout: rollout === undefined ? null : String(rollout) },
      ...(asked.value.enabled &&
        others.length > 0 && {
          beside: `${this.name} has other strategies too (${others.map(({ name }) => plainText(name, 40)).join(', ')}), which expose users beside the percentage: remove or disable them`,
        }),
    };
  }

  /** Off comes first on the way back, and on comes last on the way forward: between them nobody meets more than wanted. */
  async send(wanted: Wanted, { signal }: SetWay): Promise<Sent> {
    const switched = wanted.enabled ? null : await this.#ask('POST', '/off', null, signal);
    const set = await this.#setPercentage(wanted, signal);
    const failed = [switched, set].find((each) => each?.kind === 'failed');
    if (failed?.kind === 'failed') return failed;
    if (!wanted.enabled) return { kind: 'accepted' };
    const on = await this.#ask('POST', '/on', null, signal);
    return on.kind === 'failed' ? on : { kind: 'accepted' };
  }

  deed({ enabled, percent }: Wanted): string {
    return `${this.name} → ${percentText(percent)}, switched ${enabled ? 'on' : 'off'}`;
  }

  byHand(wanted: Wanted): string {
    const header = ['-H', `Authorization: ${this.#flag.token}`];
    if (!wanted.enabled) return shellWords(['curl', '-X', 'POST', ...header, `${this.#base}/off`]);
    return `set the gradual rollout of ${this.name} to ${wanted.percent} %`;
  }

  async #setPercentage({ percent }: Wanted, signal: AbortSignal | undefined): Promise<Asked<string>> {
    const asked = await this.#environment(signal);
    if (asked.kind === 'failed') return asked;
    const found = this.#strategyIn(asked.value);
    if (typeof found === 'string') return { kind: 'failed', mayHaveArrived: false, detail: found };
    const { id, parameters, ...rest } = found;
    const body = JSON.stringify({ ...rest, parameters: { ...parameters, rollout: String(percent) } });
    return await this.#ask('PUT', `/strategies/${encodeURIComponent(id)}`, body, signal);
  }

  /** The strategy that is set, or in a line the reason why there is none. */
  #strategyIn({ strategies }: Environment): Strategy | string {
    const { strategy } = this.#flag;
    const gradualOnes = strategies.filter(
      ({ name, id }) => name === gradual && (strategy === undefined || id === strategy),
    );
    const [found, ...others] = gradualOnes;
    if (found === undefined) {
      const named =
        strategy === undefined ? 'no gradual rollout' : `no gradual rollout with the id ${plainText(strategy, 80)}`;
      return `${this.name} has ${named}: add one at 0 % in Unleash`;
    }
    if (others.length > 0)
      return `${this.name} has several gradual rollouts: name the \`strategy\` by its id in the plan`;
    if (found.disabled === true) return `the gradual rollout of ${this.name} is disabled: enable it in Unleash`;
    return found;
  }

  async #environment(signal: AbortSignal | undefined): Promise<Asked<Environment>> {
    const asked = await this.#ask('GET', '', null, signal);
    if (asked.kind === 'failed') return asked;
    const parsed = environmentSchema.safeParse(jsonOf(asked.value));
    if (parsed.success) return { kind: 'answered', value: parsed.data };
    return { kind: 'failed', mayHaveArrived: false, detail: `${this.#host} answers something that is not Unleash's` };
  }

  get #host(): string {
    return new URL(this.#base).host;
  }

  async #ask(
    method: string,
    below: string,
    body: string | null,
    signal: AbortSignal | undefined,
  ): Promise<Asked<string>> {
    const answer = await askWithCredentials(
      {
        method,
        url: `${this.#base}${below}`,
        headers: { authorization: this.#flag.token, ...(body !== null && { 'content-type': 'application/json' }) },
        body,
        timeout: this.#flag.timeout ?? timeoutDefault,
        signal,
      },
      this.#ground,
    );
    if (answer.kind === 'failed') return answer;
    if (answer.status >= 200 && answer.status < 300) return { kind: 'answered', value: answer.body };
    const isRequest = answer.status === 403 && /change request/i.test(answer.body);
    const told = isRequest
      ? `change requests are on for ${plainText(this.#flag.environment, 40)}, and Rampwatch does not go around them: apply one in Unleash, or give its token the right to skip them`
      : refusedText(this.#host, method, answer.status, answer.body);
    return { kind: 'failed', mayHaveArrived: mayHaveArrived(answer.status), detail: told };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
