import * as z from 'zod';
import { credentialPlaces } from './credentialText.ts';
import { type FlagFacts, flagCommon } from './flagFacts.ts';
import { length } from './planTexts.ts';
import { urlProblems } from './urlProblems.ts';

/** A gradual rollout of Unleash, by its admin interface. */
export const unleashFlag = z.strictObject({
  unleash: z.strictObject({
    /** Without `/api`. */
    url: z.string().min(1),
    token: z.string().min(1),
    project: z.string().min(1).optional(),
    feature: z.string().min(1),
    environment: z.string().min(1),
    /** The id of the strategy, where the environment has several gradual rollouts. */
    strategy: z.string().min(1).optional(),
    timeout: length.optional(),
    every: length.optional(),
  }),
  ...flagCommon,
});
export type UnleashFlag = z.output<typeof unleashFlag>;

const enabled = '$' + '{enabled}';
const percent = '$' + '{percent}';
const token = '$' + '{env:UNLEASH_TOKEN}';

export const unleashFlagFacts: FlagFacts<UnleashFlag> = {
  schema: unleashFlag,
  keys: {
    unleash: {
      description:
        'A gradual rollout of Unleash: its percentage, and the switch of its environment. Nothing is sent before a person approved it on this machine (`rampwatch approve`).',
      examples: [{ url: 'https://unleash.example.com', token, feature: 'new-upload', environment: 'production' }],
    },
    'unleash.url': {
      description: 'The address of Unleash, without `/api`.',
      examples: ['https://unleash.example.com'],
    },
    'unleash.token': {
      description:
        'The place of an admin token, or of a personal one: `$' +
        '{env:NAME}`, or `$' +
        '{file:/path}` of a file with mode 0600; what neither has may be stored in the editor. The plan never holds the token.',
      examples: [token],
    },
    'unleash.project': {
      description: 'The project of the feature; `default` when nothing is said.',
      examples: ['default'],
    },
    'unleash.feature': { description: 'The name of the feature.', examples: ['new-upload'] },
    'unleash.environment': { description: 'The environment that is set.', examples: ['production'] },
    'unleash.strategy': {
      description: 'The id of the gradual rollout, where the environment has several.',
      examples: ['3f3b8c1c-5d1e-4f6a-9d53-1f3b0b5c0f11'],
    },
    'unleash.timeout': { description: 'The longest wait for an answer. 10 s when nothing is said.', examples: ['10s'] },
    'unleash.every': {
      description: 'How often the flag is read while nothing changes. 15 s when nothing is said.',
      examples: ['15s'],
    },
  },
  isWhole: true,
  name: ({ unleash }) => `Unleash ${unleash.feature} in ${unleash.environment}`,
  files: () => [],
  settings: () => [
    { name: 'enabled', template: enabled, path: ['unleash'] },
    { name: 'rollout', template: percent, path: ['unleash'] },
  ],
  sent: ({ unleash: { url, project = 'default', feature, environment, strategy = '' } }) => [
    { name: 'place', template: [url, project, feature, environment, strategy].join(' '), path: ['unleash'] },
    { name: 'rollout', template: percent, path: ['unleash'] },
  ],
  credentials: ({ unleash }) => [unleash.token],
  problems: ({ unleash }) => [
    ...urlProblems(unleash.url, ['unleash', 'url'], [{ text: unleash.token }]),
    ...(credentialPlaces(unleash.token).length > 0
      ? []
      : [
          {
            path: ['unleash', 'token'],
            at: 'value' as const,
            message: 'a plan holds no credential: write `$' + '{env:NAME}`, or `$' + '{file:/path}`',
          },
        ]),
  ],
};
