import { parsePlan } from '../../daemon/plan/load.ts';
import type { PlanProblem } from '../../daemon/plan/problem.ts';

/** A small plan that can be used, for tests to spoil. */
export const soundPlan = `version: 1
id: demo
sources:
  - file: metrics.jsonl
  - file: app.log
    format: text
arms:
  treatment: { kind: new }
  control: { kind: old }
measures:
  good: { share: { ok: true } }
  bad: { share_not: good }
  n: { count: treatment }
  slow: { quantile: 0.95, field: took, unit: ms }
  memory: { gauge: rss, process: { pid_file: app.pid }, unit: MiB }
  fatal: { lines: [FATAL] }
baseline:
  control: concurrent
stages:
  - { id: off, percent: 0 }
  - id: one
    percent: 1
    soak: 1h
    gate:
      - good >= 99%
      - "n >= 450"
triggers:
  - { id: t, when: good < 95%, over: 5m, min: 20, then: rollback }
flag:
  dotenv: .env
  set: { ON: "$\{enabled}", PERCENT: "$\{percent}" }
  proof: { share: treatment, within: 10m }
`;

/** The sound plan with one piece of text in the place of another. */
export function spoilt(piece: string, other: string): string {
  if (!soundPlan.includes(piece)) throw new Error(`the sound plan has no ${JSON.stringify(piece)}`);
  return soundPlan.replace(piece, () => other);
}

/** Line and column of a piece of text, 1-based; `offset` counts from its start. */
export function placeOf(text: string, piece: string, offset = 0): { line: number; column: number } {
  const index = text.indexOf(piece);
  if (index === -1) throw new Error(`there is no ${JSON.stringify(piece)}`);
  const before = text.slice(0, index + offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The problems of a plan, in the order of its text; none for a sound one. */
export function problemsOf(text: string): readonly PlanProblem[] {
  const result = parsePlan(text, 'rampwatch.yaml');
  return result.kind === 'problems' ? result.problems : [];
}
