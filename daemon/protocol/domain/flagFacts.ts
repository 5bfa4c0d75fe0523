import * as z from 'zod';
import { arm, type KeyDescription, length } from './planTexts.ts';

/** How the traffic proves that the percentage is in force. */
const proof = z
  .strictObject({
    share: arm,
    within: length,
    /** How far the traffic's share may be from the percentage; `judge/shareTolerance.ts` has the default. */
    tolerance: z
      .union([
        z.strictObject({ factor: z.number().min(1).max(100) }),
        z.strictObject({ points: z.number().min(0).max(100) }),
      ])
      .optional(),
    /** What a share that contradicts the percentage means, beside its warning. */
    exposure: z.enum(['warn', 'hold', 'rollback']).default('warn'),
  })
  .optional();

/** Common to each kind. */
export const flagCommon = {
  proof,
  /** The flag carries its own end, which the daemon renews: an application takes everybody off when nobody watches. */
  lease: length.optional(),
};

/** A place in an answer → the template of its value: a JSON pointer, or a pattern with one group. */
export const readPlaces = z
  .record(z.string().min(1), z.string())
  .refine((places) => Object.keys(places).length > 0, 'name at least one place whose value tells the percentage');

/** A kind of flag as planning and views know it; how it is set and read back is a folder of `flag/`. */
export interface FlagFacts<Settings> {
  /** The key that tells the kind in a plan. */
  readonly schema: z.ZodType<Settings>;
  /** Each key of its own, and what lies below it (`set.*`), with its words in the editor. */
  readonly keys: Readonly<Record<Exclude<keyof Settings, keyof typeof flagCommon>, KeyDescription>> &
    Readonly<Record<string, KeyDescription>>;
  /** The name of the target for people. */
  name(settings: Settings): string;
  /** Paths that it names inside the plan's folder, each with its key in the plan. */
  files(settings: Settings): readonly { readonly key: string; readonly path: string }[];
  /**
   * The settings by name, as the plan writes them (`flagTemplate.ts`), each with its place below `flag`. A reading of
   * the target says whether each has its value.
   */
  settings(settings: Settings): readonly FlagSetting[];
  /** The templates that are sent to the target, where these are others than the settings. */
  sent?(settings: Settings): readonly FlagSetting[];
  /** Texts with the places of credentials (`credentialText.ts`). */
  credentials?(settings: Settings): readonly string[];
  /** Names of variables that its programs get, any of which may hold a credential. */
  variables?(settings: Settings): readonly string[];
  /** What must fit together in it, each with its place below `flag`. */
  problems?(settings: Settings): readonly FlagProblem[];
  /** True where the names of the settings are places in an answer: JSON pointers and patterns. */
  readonly readsAnswers?: boolean;
  /** True for a target that knows whole percentages only. */
  readonly isWhole?: boolean;
}

export interface FlagSetting {
  readonly name: string;
  readonly template: string;
  readonly path: readonly (string | number)[];
}

export interface FlagProblem {
  readonly path: readonly (string | number)[];
  readonly at: 'key' | 'value';
  readonly message: string;
}
