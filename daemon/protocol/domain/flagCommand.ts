import * as z from 'zod';
import { type FlagFacts, flagCommon, readPlaces } from './flagFacts.ts';
import { templateParts } from './flagTemplate.ts';
import { length } from './planTexts.ts';

const words = z.array(z.string()).min(1).max(100);

/** A flag that a program sets and reads. */
export const commandFlag = z.strictObject({
  command: z.strictObject({
    /** The program and its arguments; no shell. */
    set: words,
    get: words,
    read: readPlaces,
    /** Variables of the daemon that both programs get, beside those that a program needs to start. */
    environment: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of a variable'))
      .max(50)
      .optional(),
    repeatable: z.boolean().optional(),
    timeout: length.optional(),
    every: length.optional(),
  }),
  ...flagCommon,
});
export type CommandFlag = z.output<typeof commandFlag>;

const percent = '$' + '{percent}';
const patch = `{"data":{"upload-rollout":"${percent}"}}`;
const set = ['kubectl', 'patch', 'configmap', 'flags', '--type', 'merge', '-p', patch];
const get = ['kubectl', 'get', 'configmap', 'flags', '-o', 'json'];

export const commandFlagFacts: FlagFacts<CommandFlag> = {
  schema: commandFlag,
  keys: {
    command: {
      description:
        'A flag that a program sets and another reads, without a shell. Neither runs before a person approved exactly it on this machine (`rampwatch approve`).',
      examples: [{ set, get, read: { '/data/upload-rollout': percent } }],
    },
    'command.set': {
      description: `The program that sets the flag, always to absolute values: one argument an item. \`${percent}\` and the others are filled in inside an argument and never make another one.`,
      examples: [set],
    },
    'command.set.*': { description: 'The program, or one argument.', examples: ['kubectl'] },
    'command.get': { description: 'The program that writes the flag to its standard output.', examples: [get] },
    'command.get.*': { description: 'The program, or one argument.', examples: ['kubectl'] },
    'command.read': {
      description:
        'Place in the output → its value: a JSON pointer (`/a/b`), or a pattern in RE2 syntax with one group. What it says must be what was set.',
      examples: [{ '/data/upload-rollout': percent }, { '^rollout=([0-9.]+)$': percent }],
    },
    'command.read.*': { description: 'The value at that place, as a template.', examples: [percent] },
    'command.environment': {
      description:
        "Names of variables of the daemon's environment that both programs get. Beside these they get what a program needs to start, and nothing else.",
      examples: [['KUBECONFIG']],
    },
    'command.environment.*': { description: 'The name of a variable.', examples: ['KUBECONFIG'] },
    'command.repeatable': {
      description:
        'False for a program that must not run twice for one change: it then runs again only after a reading showed that the change has not arrived.',
      examples: [true],
    },
    'command.timeout': {
      description: 'After this long a program is ended, with all that it started. 30 s when nothing is said.',
      examples: ['30s'],
    },
    'command.every': {
      description: 'How often the flag is read while nothing changes. 30 s when nothing is said.',
      examples: ['30s'],
    },
  },
  readsAnswers: true,
  name: ({ command }) => command.set.slice(0, 3).join(' '),
  files: () => [],
  variables: ({ command }) => command.environment ?? [],
  settings: ({ command }) =>
    Object.entries(command.read).map(([name, template]) => ({ name, template, path: ['command', 'read', name] })),
  sent: ({ command }) =>
    command.set.map((template, index) => ({ name: `argument ${index}`, template, path: ['command', 'set', index] })),
  problems: ({ command }) => {
    const isFixed = (word: string): boolean => templateParts(word).every((part) => part.kind !== 'placeholder');
    return [
      ...(isFixed(command.set[0] ?? '') ? [] : [program('set')]),
      ...command.get.flatMap((word, index) =>
        isFixed(word)
          ? []
          : [
              {
                path: ['command', 'get', index],
                at: 'value' as const,
                message: 'a reading is the same at every stage',
              },
            ],
      ),
    ];
  },
};

function program(key: string) {
  return {
    path: ['command', key, 0],
    at: 'value' as const,
    message: 'the program is fixed: placeholders stand in its arguments',
  };
}
