import * as z from 'zod';

/** What `rampwatch import --dry-run --json` and `rampwatch init --dry-run --json` say: a plan to look at before it is written. */

const importFinding = z.object({
  /** As the guide was named. */
  file: z.string().max(4096),
  /** 1-based; 0 when it is about the whole file. */
  line: z.number().int().min(0),
  kind: z.enum(['not-understood', 'prose', 'conflict', 'contradiction', 'assumed', 'repaired', 'kept']),
  message: z.string().max(5000),
});

const proposed = {
  /** Absolute path of where the plan is to stand. */
  file: z.string().max(4096),
  /** The whole plan as it would be. */
  proposal: z.string(),
  /** What stands there now; `null` when nothing does. */
  existing: z.string().nullable(),
};

export const importProposal = z.object({
  ...proposed,
  /** `kept`: what stands there was edited by hand, and the command line would leave it. */
  outcome: z.enum(['new', 'updated', 'unchanged', 'kept']),
  findings: z.array(importFinding).max(20_000).readonly(),
});
export type ImportProposal = Readonly<z.infer<typeof importProposal>>;

export const initProposal = z.object({
  ...proposed,
  findings: z.array(z.object({ kind: z.string().max(100), message: z.string().max(5000) })).readonly(),
  /** What the metrics file cannot tell, and what was taken. */
  questions: z.array(z.object({ text: z.string().max(5000), default: z.string().max(5000) })).readonly(),
});
export type InitProposal = Readonly<z.infer<typeof initProposal>>;
