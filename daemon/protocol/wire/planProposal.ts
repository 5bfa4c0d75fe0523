import * as z from 'zod';

/**
 * The output of `rampwatch import --dry-run --json` and `rampwatch init --dry-run --json`: a plan to look at before it
 * is written.
 */

const importFinding = z.object({
  /** As the guide was named. */
  file: z.string().max(4096),
  /** 1-based; 0 when it is about the whole file. */
  line: z.number().int().min(0),
  kind: z.enum(['not-understood', 'prose', 'conflict', 'contradiction', 'assumed', 'repaired', 'kept']),
  message: z.string().max(5000),
});

/** Something that the guides differ about, to be settled with `--pick`. */
const importDispute = z.object({
  kind: z.enum(['stage', 'trigger', 'flag']),
  options: z
    .array(
      z.object({
        file: z.string().max(4096),
        line: z.number().int().min(1),
        pick: z.string().max(5000),
        text: z.string().max(5000),
      }),
    )
    .readonly(),
});
export type ImportDispute = Readonly<z.infer<typeof importDispute>>;

const proposed = {
  /** Absolute path of the proposed plan. */
  file: z.string().max(4096),
  /** The complete text of the proposed plan. */
  proposal: z.string(),
  /** The present text at that path; `null` when there is no file. */
  existing: z.string().nullable(),
};

/** What an import says beside its plan. */
const imported = {
  /** At most ten lines that a person reads first. */
  firstLook: z.array(z.string().max(5000)).max(10).readonly(),
  disputes: z.array(importDispute).readonly(),
  findings: z.array(importFinding).max(20_000).readonly(),
};

export const importProposal = z.object({
  ...proposed,
  /** `kept`: the present text was edited by hand, and the command line would leave it. */
  outcome: z.enum(['new', 'updated', 'unchanged', 'kept']),
  ...imported,
});
export type ImportProposal = Readonly<z.infer<typeof importProposal>>;

const initChoice = z.object({
  /** For `--arm` or `--success`. */
  answer: z.string().max(5000),
  field: z.string().max(5000),
  /** `canary 312 · stable 2,904` */
  counts: z.string().max(5000),
  meaning: z.string().max(5000),
});

const initFinding = z.object({
  kind: z.enum(['found', 'assumed', 'unclear']),
  message: z.string().max(5000),
  /** Of the proposed text, 1-based. */
  line: z.number().int().min(1),
});
export type InitFinding = Readonly<z.infer<typeof initFinding>>;

export const initProposal = z.object({
  ...proposed,
  findings: z.array(initFinding).readonly(),
  /** Every question, with the default that is taken without an answer. */
  questions: z
    .array(
      z.object({
        id: z.string().max(100),
        text: z.string().max(5000),
        default: z.string().max(5000),
        /** The default is a guess: the file does not tell. */
        unclear: z.boolean(),
      }),
    )
    .readonly(),
  /** The possible answers to the two questions that decide what is counted. */
  choices: z.object({ arm: z.array(initChoice).readonly(), success: z.array(initChoice).readonly() }),
  /** What the guides say that were read together with the records. */
  guide: z.object(imported).optional(),
});
export type InitProposal = Readonly<z.infer<typeof initProposal>>;
