import type { Answer, SeenRequest } from '../../support/flagServer.ts';

/** Small servers that behave as the interfaces of flag systems do, for the example of each in docs/flags.md. */
export interface FlagSystem {
  /** The address in the example. */
  readonly origin: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The share of users that the system would expose, in per cent. */
  share(): number;
  answer(request: SeenRequest): Answer;
  /** Sets another share, as a second home would. */
  drift(share: number): void;
}

const flagPath = /\/new-upload(?:\/|\?|$)/;
const refused = { status: 401, body: { message: 'unauthorized' } } as const;
const bad = (message: string): Answer => ({ status: 400, body: { message } });

function launchDarkly(): FlagSystem {
  const ids = ['86208e6e-468f-4425-b334-7f318397f95c', '7b32de80-f346-4276-bb77-28dfa7ddc2d8'];
  let on = false;
  let weights = [0, 100_000];
  const shown = () => ({
    key: 'new-upload',
    environments: {
      production: {
        on,
        fallthrough: { rollout: { variations: weights.map((weight, variation) => ({ variation, weight })) } },
        offVariation: 1,
      },
    },
  });
  return {
    origin: 'https://app.launchdarkly.com',
    environment: { LAUNCHDARKLY_TOKEN: 'api-0b6e1c02-77aa-4f0e-9bb1-52d0a7c1a0f1' },
    share: () => (on ? (weights[0] ?? 0) / 1000 : 0),
    drift(share) {
      weights = [share * 1000, 100_000 - share * 1000];
    },
    answer({ method, headers, body, path }) {
      if (headers.authorization !== this.environment.LAUNCHDARKLY_TOKEN) return refused;
      if (!flagPath.test(path)) return { status: 404, body: { message: 'Unknown flag key' } };
      if (method === 'GET') return { status: 200, body: shown() };
      if (!/domain-model=launchdarkly\.semanticpatch/.test(headers['content-type'] ?? ''))
        return bad('a JSON patch is a list');
      const { environmentKey, instructions } = JSON.parse(body);
      if (environmentKey !== 'production') return bad('unknown environment');
      for (const { kind, rolloutWeights } of instructions) {
        if (kind === 'turnFlagOn') on = true;
        else if (kind === 'turnFlagOff') on = false;
        else if (kind === 'updateFallthroughVariationOrRollout') {
          const given = ids.map((id) => rolloutWeights[id]);
          if (!given.every(Number.isInteger) || given[0] + given[1] !== 100_000)
            return bad('weights must sum to 100000');
          weights = given;
        } else return bad(`unknown instruction ${kind}`);
      }
      return { status: 200, body: shown() };
    },
  };
}

function growthBook(): FlagSystem {
  let environment = { enabled: false, rules: [{ coverage: 0 }] };
  return {
    origin: 'https://api.growthbook.io',
    environment: { GROWTHBOOK_SECRET_KEY: 'secret_abc1dE2fG3hI4jK5lM6nO7' },
    share: () => (environment.enabled ? (environment.rules[0]?.coverage ?? 0) * 100 : 0),
    drift(share) {
      environment = { ...environment, rules: environment.rules.map((rule) => ({ ...rule, coverage: share / 100 })) };
    },
    answer({ method, headers, body, path }) {
      if (headers.authorization !== `Bearer ${this.environment.GROWTHBOOK_SECRET_KEY}`) return refused;
      if (!flagPath.test(path)) return { status: 404, body: { message: 'Could not find a feature with that key' } };
      if (method === 'POST') {
        const { production } = JSON.parse(body).environments;
        const [rule] = production.rules;
        if (typeof production.enabled !== 'boolean' || rule.type !== 'rollout') return bad('not a rollout rule');
        if (typeof rule.coverage !== 'number' || rule.coverage < 0 || rule.coverage > 1)
          return bad('coverage is 0 to 1');
        if (typeof rule.value !== 'string') return bad('value must be a string');
        environment = production;
      }
      return { status: 200, body: { feature: { id: 'new-upload', environments: { production: environment } } } };
    },
  };
}

function flipt(): FlagSystem {
  let threshold = { percentage: 0, value: true };
  return {
    origin: 'https://flipt.example.com',
    environment: { FLIPT_TOKEN: 'client-token-5b1e77c2' },
    share: () => threshold.percentage,
    drift(share) {
      threshold = { ...threshold, percentage: share };
    },
    answer({ method, headers, body, path }) {
      if (headers.authorization !== `Bearer ${this.environment.FLIPT_TOKEN}`) return refused;
      if (!flagPath.test(path)) return { status: 404, body: { code: 5, message: 'rollout not found' } };
      if (method === 'PUT') {
        const given = JSON.parse(body).threshold;
        if (typeof given.percentage !== 'number') return bad('percentage is a number');
        threshold = given;
      }
      return {
        status: 200,
        body: { id: 'r', flagKey: 'new-upload', type: 'THRESHOLD_ROLLOUT_TYPE', rank: 1, threshold },
      };
    },
  };
}

function configCat(): FlagSystem {
  let value = { value: false, rolloutRules: [], rolloutPercentageItems: [{ percentage: 0, value: true }] };
  return {
    origin: 'https://api.configcat.com',
    environment: { CONFIGCAT_BASIC: 'dXNlcjpwYXNzd29yZA', CONFIGCAT_SDK_KEY: 'sdk-key-9e8a7c6b' },
    share: () => value.rolloutPercentageItems.find((item) => item.value)?.percentage ?? 0,
    drift(share) {
      const items = [true, false].map((item) => ({ percentage: item ? share : 100 - share, value: item }));
      value = { ...value, rolloutPercentageItems: items };
    },
    answer({ method, headers, body, path }) {
      if (headers.authorization !== `Basic ${this.environment.CONFIGCAT_BASIC}`) return refused;
      if (headers['x-configcat-sdkkey'] !== this.environment.CONFIGCAT_SDK_KEY) return { status: 404 };
      if (!flagPath.test(path)) return { status: 404 };
      if (method === 'PUT') {
        const given = JSON.parse(body);
        const sum = given.rolloutPercentageItems.reduce(
          (all: number, item: { percentage: number }) => all + item.percentage,
          0,
        );
        if (sum !== 100) return bad('the percentages must sum to 100');
        value = given;
      }
      return { status: 200, body: value };
    },
  };
}

function configMap(): FlagSystem {
  let data: Readonly<Record<string, string>> = { other: 'kept', 'new-upload': '0' };
  return {
    origin: 'http://127.0.0.1:8001',
    environment: {},
    share: () => Number(data['new-upload']),
    drift(share) {
      data = { ...data, 'new-upload': String(share) };
    },
    answer({ method, headers, body }) {
      if (method === 'PATCH') {
        if (headers['content-type'] !== 'application/merge-patch+json') return { status: 415 };
        const patch = JSON.parse(body).data;
        if (Object.values(patch).some((each) => typeof each !== 'string')) return bad('data values are strings');
        data = { ...data, ...patch };
      }
      return { status: 200, body: { kind: 'ConfigMap', metadata: { name: 'flags' }, data } };
    },
  };
}

export const flagSystems: readonly (() => FlagSystem)[] = [launchDarkly, growthBook, flipt, configCat, configMap];
