import * as z from 'zod';
import { commandFlag, commandFlagFacts } from './flagCommand.ts';
import { type FlagFacts, type FlagProblem, type FlagSetting, flagCommon } from './flagFacts.ts';
import { httpFlag, httpFlagFacts } from './flagHttp.ts';
import { unleashFlag, unleashFlagFacts } from './flagUnleash.ts';

export const dotenvKey = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'a key of .env is letters, digits and `_`');

/** Keys of a `.env` file. */
const dotenv = z.strictObject({
  dotenv: z.string().min(1),
  /** Key → text with `${enabled}` and `${percent}`; absolute values only. */
  set: z.record(dotenvKey, z.string()),
  /** `in-place` keeps the inode, for single-file bind mounts; `replace` is atomic. */
  write: z.enum(['replace', 'in-place']).default('replace'),
  ...flagCommon,
});
export type DotenvFlag = z.output<typeof dotenv>;

const jsonPointer = z
  .string()
  .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a place in a file is written `/flags/new-upload/state` (RFC 6901)');

/** Values in files of JSON or YAML, as flag systems read them: flagd, GO Feature Flag, LaunchDarkly's file data. */
const files = z.strictObject({
  files: z
    .array(
      z.strictObject({
        file: z
          .string()
          .min(1)
          .regex(/\.(?:json|jsonc|ya?ml)$/i, 'a flag file ends in .json, .jsonc, .yaml or .yml'),
        /** JSON pointer → text with placeholders, or a constant. */
        set: z.record(jsonPointer, z.union([z.string(), z.number(), z.boolean()])),
        /** `in-place` for readers that watch the file itself and are blind after a rename. */
        write: z.enum(['replace', 'in-place']).default('replace'),
      }),
    )
    .min(1)
    .max(20),
  ...flagCommon,
});
export type FilesFlag = z.output<typeof files>;

const enabled = '$' + '{enabled}';
const percent = '$' + '{percent}';

const dotenvFacts: FlagFacts<DotenvFlag> = {
  schema: dotenv,
  keys: {
    dotenv: { description: "The `.env` file, inside the plan's folder.", examples: ['.env'] },
    set: {
      description: `Key → value; \`${enabled}\` becomes true or false, \`${percent}\` the percentage.`,
      examples: [{ UPLOAD_ENABLED: enabled, UPLOAD_ROLLOUT: percent }],
    },
    'set.*': { description: `Text with \`${enabled}\` or \`${percent}\`.`, examples: [percent, enabled] },
    write: {
      description:
        '`replace` is atomic. `in-place` keeps the inode, for a file that is mounted into a container by itself; a file with hard links is always written so.',
      examples: ['replace'],
    },
  },
  name: (flag) => flag.dotenv,
  files: (flag) => [{ key: 'dotenv', path: flag.dotenv }],
  settings: (flag) => Object.entries(flag.set).map(([name, template]) => ({ name, template, path: ['set', name] })),
};

const filesFacts: FlagFacts<FilesFlag> = {
  schema: files,
  keys: {
    files: {
      description: 'Files of JSON or YAML that a flag system reads; comments and order stay as they are.',
      examples: [[{ file: 'flags.json', set: { '/flags/new-upload/state': '$' + '{enabled:ENABLED|DISABLED}' } }]],
    },
    'files.*': { description: 'One file, and what is set in it.' },
    'files.*.file': {
      description: "A file inside the plan's folder, of JSON or YAML by its ending.",
      examples: ['flags.json'],
    },
    'files.*.set': {
      description:
        'JSON pointer → value. The place must be there already. A text that is one placeholder alone becomes a number or a boolean, or a text where the file has one in quotes.',
      examples: [
        {
          '/flags/new-upload/targeting/fractional/0/1': percent,
          '/flags/new-upload/targeting/fractional/1/1': '$' + '{rest}',
        },
      ],
    },
    'files.*.set.*': {
      description: `\`${enabled}\`, \`$\{enabled:ON|OFF}\`, \`${percent}\`, \`$\{rest}\` (100 − percent); \`$\{percent*1000}\` for weights that are whole.`,
      examples: [percent, '$' + '{rest}'],
    },
    'files.*.write': {
      description:
        "`replace` is atomic. `in-place` keeps the inode: for a program that watches the file itself, as LaunchDarkly's file data source does, and for a file that is mounted by itself.",
      examples: ['replace', 'in-place'],
    },
  },
  name: (flag) => flag.files.map(({ file }) => file).join(', '),
  files: (flag) => flag.files.map(({ file }, index) => ({ key: `files.${index}.file`, path: file })),
  settings: (flag) =>
    flag.files.flatMap(({ file, set }, index) =>
      Object.entries(set).map(([pointer, template]) => ({
        // The pointer alone is told where there is one file.
        name: flag.files.length === 1 ? pointer : `${file}${pointer}`,
        template: String(template),
        path: ['files', index, 'set', pointer],
      })),
    ),
};

/** The kinds of one flag, by the key that tells each. */
const single = {
  dotenv: dotenvFacts,
  files: filesFacts,
  http: httpFlagFacts,
  command: commandFlagFacts,
  unleash: unleashFlagFacts,
};
/** A union by key, as the kinds of measures are. */
const singleSchema = z.union([dotenv, files, httpFlag, commandFlag, unleashFlag]);

/** One of several flags; its proof is that of all. */
const isKillSwitch = { kill_switch: z.boolean().optional() };
const oneOfSeveral = z.union([
  dotenv.omit({ proof: true, lease: true }).extend(isKillSwitch),
  files.omit({ proof: true, lease: true }).extend(isKillSwitch),
  httpFlag.omit({ proof: true, lease: true }).extend(isKillSwitch),
  commandFlag.omit({ proof: true, lease: true }).extend(isKillSwitch),
  unleashFlag.omit({ proof: true, lease: true }).extend(isKillSwitch),
]);
export type OneFlag = z.output<typeof oneOfSeveral>;

/** Several flags that are set in order. */
const several = z.strictObject({ several: z.array(oneOfSeveral).min(2).max(10), ...flagCommon });
export type SeveralFlag = z.output<typeof several>;

const severalFacts: FlagFacts<SeveralFlag> = {
  schema: several,
  keys: {
    several: {
      description:
        'Several flags in order: forward as they stand here, each only once those before it are set; on the way back the kill switch first, then in reverse.',
      examples: [
        [
          { dotenv: '.env', set: { UPLOAD_ENABLED: enabled }, kill_switch: true },
          { files: [{ file: 'flags.json', set: { '/percent': percent } }] },
        ],
      ],
    },
    'several.*': {
      description: 'One flag, of any kind.',
      examples: [{ dotenv: '.env', set: { UPLOAD_ENABLED: enabled }, kill_switch: true }],
    },
    'several.*.kill_switch': {
      description:
        'True for the flag that takes everybody off whatever the others say: it is set first on the way back.',
      examples: [true],
    },
    ...Object.fromEntries(
      Object.values(single).flatMap(({ keys }) =>
        Object.entries(keys).map(([key, words]) => [`several.*.${key}`, words]),
      ),
    ),
  },
  name: ({ several: all }) => all.map((each) => singleFacts(each).name(each)).join(', then '),
  files: ({ several: all }) =>
    all.flatMap((each, index) =>
      singleFacts(each)
        .files(each)
        .map(({ key, path }) => ({ key: `several.${index}.${key}`, path })),
    ),
  settings: (flag) => severalNames(flag).flatMap(({ settings }) => settings),
  sent: ({ several: all }) =>
    all.flatMap((each, index) =>
      (singleFacts(each).sent?.(each) ?? singleFacts(each).settings(each)).map((setting) => below(index, setting)),
    ),
  credentials: ({ several: all }) => all.flatMap((each) => singleFacts(each).credentials?.(each) ?? []),
  variables: ({ several: all }) => all.flatMap((each) => singleFacts(each).variables?.(each) ?? []),
  problems: ({ several: all }) =>
    all.flatMap((each, index) => (singleFacts(each).problems?.(each) ?? []).map((problem) => below(index, problem))),
};

/** The settings of each of several flags, under names that are told apart among all. */
export function severalNames({ several: all }: SeveralFlag): readonly {
  readonly settings: readonly FlagSetting[];
  /** The flag's own name of a value → the name among all. */
  readonly names: Readonly<Record<string, string>>;
}[] {
  const each = all.map((flag) => singleFacts(flag).settings(flag));
  const counts = new Map<string, number>();
  for (const { name } of each.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return each.map((settings, index) => {
    const names = Object.fromEntries(
      settings.map(({ name }) => [name, (counts.get(name) ?? 0) > 1 ? `${index + 1}: ${name}` : name]),
    );
    return { settings: settings.map((one) => ({ ...below(index, one), name: names[one.name] ?? one.name })), names };
  });
}

function below<Placed extends { readonly path: FlagSetting['path'] }>(index: number, placed: Placed): Placed {
  return { ...placed, path: ['several', index, ...placed.path] };
}

/** The flag's own key has told the kind, so its facts are of this very shape: the compiler cannot see that. */
function singleFacts(flag: OneFlag): FlagFacts<OneFlag> {
  const kind = singleNames.find((key) => key in flag);
  if (kind === undefined) throw new RangeError('a flag of no known kind');
  return single[kind] as unknown as FlagFacts<OneFlag>;
}
const singleNames = Object.keys(single) as (keyof typeof single)[];

/** Each kind of flag by the key that tells it. One more makes the compiler ask for its target. */
export const flagKinds = { ...single, several: severalFacts };
export type FlagKind = keyof typeof flagKinds;
export const flagKindNames = Object.keys(flagKinds) as FlagKind[];

export const flagSchema = z.union([...singleSchema.options, several]);
export type Flag = z.output<typeof flagSchema>;
export type FlagOf<Kind extends FlagKind> = z.output<(typeof flagKinds)[Kind]['schema']>;

export function flagKind(flag: Flag): FlagKind {
  const kind = flagKindNames.find((key) => key in flag);
  if (kind === undefined) throw new RangeError('a flag of no known kind');
  return kind;
}

/** The flag's own key has told the kind, so its facts are of this very shape: the compiler cannot see that. */
function factsOf(flag: Flag): FlagFacts<Flag> {
  return flagKinds[flagKind(flag)] as unknown as FlagFacts<Flag>;
}

export function flagName(flag: Flag): string {
  return factsOf(flag).name(flag);
}

export function flagFiles(flag: Flag): readonly { readonly key: string; readonly path: string }[] {
  return factsOf(flag).files(flag);
}

/**
 * The parts of a flag that must not change during an attempt: the target, its settings and everything sent to it, as a
 * text to compare.
 */
export function actuatedBy(flag: Flag | undefined): string {
  if (flag === undefined) return '';
  const parts = [flagKind(flag), flagFiles(flag), flagTexts(flag)];
  const sent = factsOf(flag).sent?.(flag);
  return JSON.stringify(sent === undefined ? parts : [...parts, flagName(flag), sent.map(({ template }) => template)]);
}

/** The templates that are sent to the target. */
export function flagSent(flag: Flag | undefined): readonly FlagSetting[] {
  if (flag === undefined) return [];
  return factsOf(flag).sent?.(flag) ?? flagSettings(flag);
}

/** Every template of a flag, those that are sent and those that are read back. */
export function flagTemplates(flag: Flag | undefined): readonly FlagSetting[] {
  return flag === undefined ? [] : [...flagSettings(flag), ...(factsOf(flag).sent?.(flag) ?? [])];
}

/** Texts with the places of credentials. */
export function flagCredentials(flag: Flag | undefined): readonly string[] {
  return flag === undefined ? [] : (factsOf(flag).credentials?.(flag) ?? []);
}

/** Names of variables that its programs get. */
export function flagVariables(flag: Flag | undefined): readonly string[] {
  return flag === undefined ? [] : (factsOf(flag).variables?.(flag) ?? []);
}

/** The places in an answer of the target that are patterns. */
export function flagPatterns(
  flag: Flag | undefined,
): readonly { readonly pattern: string; readonly path: FlagSetting['path'] }[] {
  if (flag === undefined) return [];
  return partsOf(flag).flatMap(({ facts, flag: one, place }) =>
    facts.readsAnswers !== true
      ? []
      : facts
          .settings(one)
          .flatMap(({ name, path }) => (name.startsWith('/') ? [] : [{ pattern: name, path: [...place, ...path] }])),
  );
}

export function flagProblems(flag: Flag | undefined): readonly FlagProblem[] {
  return flag === undefined ? [] : (factsOf(flag).problems?.(flag) ?? []);
}

/** True for a target that knows whole percentages only. */
export function isWholeFlag(flag: Flag | undefined): boolean {
  return flag !== undefined && partsOf(flag).some(({ facts }) => facts.isWhole === true);
}

/** A flag as its single flags, each with its place below `flag`. */
function partsOf(
  flag: Flag,
): readonly { readonly facts: FlagFacts<OneFlag>; readonly flag: OneFlag; readonly place: FlagSetting['path'] }[] {
  if (!('several' in flag)) return [{ facts: singleFacts(flag), flag, place: [] }];
  return flag.several.map((each, index) => ({ facts: singleFacts(each), flag: each, place: ['several', index] }));
}

export function flagSettings(flag: Flag | undefined): readonly FlagSetting[] {
  return flag === undefined ? [] : factsOf(flag).settings(flag);
}

/** The templates by the names of the settings. */
export function flagTexts(flag: Flag | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(flagSettings(flag).map(({ name, template }) => [name, template]));
}
