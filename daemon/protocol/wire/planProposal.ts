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

const proposed = {
  /** Absolute path of the proposed plan. */
  file: z.string().max(4096),
  /** The complete text of the proposed plan. */
  proposal: z.string(),
  /** The present text at that path; `null` when there is no file. */
  existing: z.string().nullable(),
};

export const importProposal = z.object({
  ...proposed,
  /** `kept`: the present text was edited by hand, and the command line would leave it. */
  outcome: z.enum(['new', 'updated', 'unchanged', 'kept']),
  findings: z.array(importFinding).max(20_000).readonly(),
});
export type ImportProposal = Readonly<z.infer<typeof importProposal>>;

export const initProposal = z.object({
  ...proposed,
  findings: z.array(z.object({ kind: z.string().max(100), message: z.string().max(5000) })).readonly(),
  /** The facts that the metrics file cannot tell, with the defaults that were taken. */
  questions: z.array(z.object({ text: z.string().max(5000), default: z.string().max(5000) })).readonly(),
});
export type InitProposal = Readonly<z.infer<typeof initProposal>>;
