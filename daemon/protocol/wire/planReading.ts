import * as z from 'zod';

/**
 * The output of `rampwatch lint --stdin --json` for a plan's text, saved or not; an editor shows it while the plan is
 * written.
 */

const position = z.number().int().min(1);
/** From a place up to another; lines and columns are 1-based, columns count UTF-16 units, the end is exclusive. */
const textRange = z.object({ line: position, column: position, endLine: position, endColumn: position });
export type TextRange = Readonly<z.infer<typeof textRange>>;

const textEdit = textRange.extend({ text: z.string().max(10_000) });
/** Replaces the text in the range. */
export type TextEdit = Readonly<z.infer<typeof textEdit>>;

const planFinding = z.object({
  /** An error makes the plan unusable. */
  severity: z.enum(['error', 'warning', 'hint']),
  /** Stable; `invalid` for an error. */
  rule: z.string().max(100),
  /** `stages.1.gate.0`; empty when it is about the file as a whole. */
  path: z.string().max(2000),
  message: z.string().max(5000),
  /** The first of several lines. */
  range: textRange,
  /** Proposals for a person: none is applied unasked, because they change the meaning of the plan. */
  fixes: z.array(z.object({ title: z.string().max(500), edits: z.array(textEdit).max(20) })).max(10),
});
export type PlanFinding = z.infer<typeof planFinding>;

/** The output of `rampwatch lint --data --json` for one plan: what its own records say of it. */
export const dataReading = z
  .array(
    z.object({
      findings: z
        .array(planFinding.omit({ range: true, fixes: true }).extend({ line: position, column: position }))
        .max(1000),
      /** The files whose newest records were looked at; left out where the plan cannot be used. */
      checked: z.array(z.object({ file: z.string().max(4096), records: z.number().int().min(0) })).optional(),
    }),
  )
  .length(1);
export type DataReading = Readonly<z.infer<typeof dataReading>[number]>;

/** A trigger's or a gate's condition in figures: how often it is wrong, how soon it is right. */
const ruleFigures = z.object({
  /** `triggers.0.when`, `stages.1.gate.0` */
  path: z.string().max(2000),
  lines: z.array(z.string().max(1000)).max(20),
});
export type RuleFigures = Readonly<z.infer<typeof ruleFigures>>;

export const planReading = z.object({
  /** sha256 of the text's UTF-8 bytes, hexadecimal: what the daemon calls the plan's hash. */
  hash: z.string().max(100),
  /** In the order of the text. */
  findings: z.array(planFinding).max(1000),
  /** With `--explain`, of a plan that can be used. */
  figures: z.array(ruleFigures).max(1000).optional(),
});
export type PlanReading = z.infer<typeof planReading>;
