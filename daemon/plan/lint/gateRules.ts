import type { Plan, Stage } from '../../protocol/domain/plan.ts';
import { provenInOneLook } from '../../statistics/fixedSample.ts';
import { mostFailuresThatProve, neededWithoutFailure, provenShare } from '../../statistics/provenShare.ts';
import { conditionsOf, gatePath, measureShape } from '../measureShape.ts';
import { percentText, type Rule, type RuleFinding } from './finding.ts';
import { type Range, rangeOf, sameRange } from './findingRange.ts';

interface ShareGate {
  readonly stage: Stage;
  readonly path: readonly (string | number)[];
  /** The least share of successes that passes the condition. */
  readonly share: number;
  readonly range: Range;
  readonly strict: boolean;
  /** The least number of records of the same arm that the gate asks for; `undefined` when it asks for none. */
  readonly least: LeastCount | undefined;
  readonly arm: string;
}

/** Lower bounds on shares in the gates of stages that expose users; a repeated bound counts once. */
export function shareGates(plan: Plan): readonly ShareGate[] {
  return plan.stages.flatMap((stage, index) => {
    if (stage.percent === 0) return [];
    const found: ShareGate[] = [];
    stage.gate.forEach((condition, at) => {
      const shape = measureShape(plan, condition.measure);
      const range = rangeOf(plan, condition);
      if (shape?.kind !== 'share' || range === undefined || condition.against === 'baseline') return;
      if (range.low <= 0 || found.some((other) => sameRange(other.range, range))) return;
      const { arm } = shape;
      const least = leastCount(plan, stage, index, arm);
      const path = gatePath(index, at, condition);
      found.push({ stage, path, share: range.low, range, strict: range.lowOpen, least, arm });
    });
    return found;
  });
}

/** Those whose figure decides; a gate that asks for the proof itself passes with nothing less. */
function gatesByTheLetter(plan: Plan): readonly ShareGate[] {
  return plan.advance.evidence === 'proven' ? [] : shareGates(plan);
}

interface LeastCount {
  readonly count: number;
  readonly measure: string;
  /** The path of the condition that asks for it. */
  readonly path: readonly (string | number)[];
}

function leastCount(plan: Plan, stage: Stage, index: number, arm: string): LeastCount | undefined {
  const bounds = stage.gate.flatMap((condition, at): LeastCount[] => {
    const shape = measureShape(plan, condition.measure);
    const range = rangeOf(plan, condition);
    if (shape?.kind !== 'count' || shape.arm !== arm || condition.against === 'baseline') return [];
    if (range === undefined || !Number.isFinite(range.low)) return [];
    const count = range.lowOpen ? Math.floor(range.low) + 1 : Math.ceil(range.low);
    return [{ count, measure: condition.measure, path: gatePath(index, at, condition) }];
  });
  return bounds.toSorted((one, other) => other.count - one.count)[0];
}

/** With this few records the share is not proven even when all of them are good. */
export const gateCannotProve: Rule = (plan) =>
  gatesByTheLetter(plan).flatMap(({ path, share, least }): RuleFinding[] => {
    if (least === undefined || least.count < 1) return [];
    const { count, measure } = least;
    const needed = neededWithoutFailure(share);
    if (count >= needed) return [];
    const proven = percentText(provenShare(0, count), 1);
    const how = Number.isFinite(needed) ? `that needs ${needed} without a failure` : 'no number of records does';
    const once = percentText(provenInOneLook(0, count), 1);
    const message = `${count} of ${count} proves ≥ ${proven}, not ${percentText(share)}: ${how} (one single look would prove ≥ ${once})`;
    if (!Number.isFinite(needed)) return [{ path, at: 'value', message }];
    const text = `${measure} >= ${needed}`;
    const fix = { kind: 'set', title: `Ask for \`${text}\``, path: least.path, text: JSON.stringify(text) } as const;
    return [{ path, at: 'value', message, fix }];
  });

/** Enough records to prove the share, but the gate passes with more failures than prove it. */
export const gateProvesLess: Rule = (plan) =>
  gatesByTheLetter(plan).flatMap(({ path, share, strict, least }): RuleFinding[] => {
    if (least === undefined || least.count < neededWithoutFailure(share)) return [];
    const { count } = least;
    const allowed = Math.floor(count * (1 - share) + 1e-9);
    const passing = strict && Math.abs(allowed - count * (1 - share)) < 1e-9 ? allowed - 1 : allowed;
    const proving = mostFailuresThatProve(share, count);
    if (passing <= proving) return [];
    const proven = percentText(provenShare(passing, count), 1);
    const message = `it passes with ${counted(passing, 'failure')} in ${count}, which proves ≥ ${proven}, not ${percentText(share)}: at most ${proving} would prove it`;
    return [{ path, at: 'value', message }];
  });

/** Without a minimum, one good record is 100 %. */
export const gateWithoutCount: Rule = (plan) =>
  gatesByTheLetter(plan).flatMap(({ path, stage, share, arm, least }): RuleFinding[] => {
    if (least !== undefined) return [];
    const name = Object.entries(plan.measures).find(([, measure]) => 'count' in measure)?.[0] ?? 'records';
    const message = `one good record meets it: add a count to the gate of \`${stage.id}\`, for example \`${name} >= 1000\``;
    const needed = neededWithoutFailure(share);
    const ofArm = Object.entries(plan.measures).find(([, measure]) => 'count' in measure && measure.count === arm)?.[0];
    if (ofArm === undefined || !Number.isFinite(needed)) return [{ path, at: 'value', message }];
    const text = `${ofArm} >= ${needed}`;
    const list = path.slice(0, -1);
    const fix = { kind: 'append', title: `Add \`${text}\``, list, text: JSON.stringify(text) } as const;
    return [{ path, at: 'value', message, fix }];
  });

/** The strictest threshold with the least data is the last one that can be proven. */
export const ladderInverted: Rule = (plan) => {
  const gates = shareGates(plan);
  const [first] = gates;
  const last = gates.findLast((gate) => gate.range.of === first?.range.of);
  if (first === undefined || last === undefined || first.stage === last.stage) return [];
  if (first.share <= last.share + 1e-9) return [];
  const message = `the ladder is inverted: ${percentText(first.share)} at ${first.stage.percent} %, with the least data, and ${percentText(last.share)} at ${last.stage.percent} %, with the most`;
  return [{ path: first.path, at: 'value', message }];
};

/** At a small percentage a minimum of the treatment takes a lot of traffic. */
export const minimumNeedsTraffic: Rule = (plan) =>
  countConditions(plan, 'treatment').flatMap(({ path, stage, least }): RuleFinding[] => {
    if (stage.percent > 5 || least <= 1) return [];
    const total = Math.ceil((least * 100) / stage.percent);
    const message = `at ${stage.percent} %, ${least} of the treatment take about ${total} records in all`;
    return [{ path, at: 'value', message }];
  });

/** A minimum of all records says almost nothing about the treatment. */
export const minimumCountsEveryone: Rule = (plan) =>
  countConditions(plan, 'any').flatMap(({ path, stage, least, measure }): RuleFinding[] => {
    if (stage.percent >= 100) return [];
    const share = (least * stage.percent) / 100;
    const message = `\`${measure}\` counts every record: at ${stage.percent} %, ${least} of them hold about ${Number(share.toPrecision(2))} of the treatment; count the \`treatment\``;
    return [{ path, at: 'value', message }];
  });

function countConditions(plan: Plan, arm: 'treatment' | 'any') {
  return plan.stages.flatMap((stage, index) =>
    stage.gate.flatMap((condition, at) => {
      const shape = measureShape(plan, condition.measure);
      const range = rangeOf(plan, condition);
      const counts = stage.percent > 0 && shape?.kind === 'count' && shape.arm === arm;
      if (!counts || range === undefined || !Number.isFinite(range.low) || range.low <= 0) return [];
      return [{ path: gatePath(index, at, condition), stage, least: Math.ceil(range.low), measure: condition.measure }];
    }),
  );
}

export const soakZero: Rule = (plan) =>
  plan.stages.flatMap((stage, index): RuleFinding[] => {
    if (stage.percent === 0 || stage.soak > 0) return [];
    const message = `\`${stage.id}\` exposes users and has no soak: it may be left within a second of being entered`;
    const parent = ['stages', index];
    const fix = { kind: 'add', title: 'Add `soak: 24h`', parent, after: 'percent', text: 'soak: 24h' } as const;
    return [{ path: parent, at: 'key', message, fix }];
  });

export const gateEmpty: Rule = (plan) =>
  plan.stages.flatMap((stage, index): RuleFinding[] => {
    if (stage.percent === 0 || stage.gate.length > 0) return [];
    const message = `\`${stage.id}\` exposes users and has no gate: time alone passes it`;
    return [{ path: ['stages', index], at: 'key', message }];
  });

/** At 0 % nobody has the treatment. */
export const gateWithoutTreatment: Rule = (plan) =>
  plan.stages.flatMap((stage, index) =>
    stage.gate.flatMap((condition, at): RuleFinding[] => {
      const shape = measureShape(plan, condition.measure);
      const treatment = shape !== undefined && shape.arm === 'treatment';
      const range = rangeOf(plan, condition);
      const waits = shape?.kind === 'count' ? range !== undefined && range.low > 0 : true;
      if (stage.percent > 0 || !treatment || !waits) return [];
      const message = `at 0 % there is no treatment: \`${condition.measure}\` stays no-data and the gate of \`${stage.id}\` never passes`;
      return [{ path: gatePath(index, at, condition), at: 'value', message }];
    }),
  );

/** At 100 % there is no control to compare with. */
export const baselineOnlyConcurrent: Rule = (plan) => {
  const { baseline } = plan;
  const full = plan.stages.findIndex((stage) => stage.percent >= 100);
  if (full === -1 || baseline?.control === undefined) return [];
  if (baseline.window !== undefined || baseline.otherwise?.window !== undefined) return [];
  const figures = { ...baseline.otherwise?.figures, ...baseline.figures };
  return conditionsOf(plan).flatMap(({ condition, path }): RuleFinding[] => {
    const everywhere = path[0] === 'triggers' || path[1] === full;
    const shape = measureShape(plan, condition.measure);
    if (condition.against !== 'baseline' || !everywhere || Object.hasOwn(figures, condition.measure)) return [];
    if (shape === undefined || shape.arm === null) return [];
    const message = `at 100 % there is no control, so no baseline: add \`otherwise: { window: [from, to] }\` to the baseline`;
    return [{ path, at: 'value', message }];
  });
};

/** A measure without an arm has no concurrent control; a count over another length of time is no baseline. */
export const baselineNever: Rule = (plan) => {
  const { baseline } = plan;
  if (baseline === undefined) return [];
  const figures = { ...baseline.otherwise?.figures, ...baseline.figures };
  const window = baseline.window ?? baseline.otherwise?.window;
  return conditionsOf(plan).flatMap(({ condition, path }): RuleFinding[] => {
    const shape = measureShape(plan, condition.measure);
    if (condition.against !== 'baseline' || shape === undefined) return [];
    const concurrent = baseline.control !== undefined && shape.arm !== null;
    const recorded = window !== undefined && shape.kind !== 'count';
    if (concurrent || recorded || Object.hasOwn(figures, condition.measure)) return [];
    const what =
      shape.arm === null ? 'belongs to no arm' : 'is a count, which a recorded window cannot be compared with';
    const remedy =
      shape.kind === 'count' ? `figures: { ${condition.measure}: … }` : 'otherwise: { window: [from, to] }';
    return [
      { path, at: 'value', message: `\`${condition.measure}\` ${what}, so it never has a baseline: add \`${remedy}\`` },
    ];
  });
};

/** There is no ratio to 0, and a recorded window in which nothing failed has a baseline of 0. */
export const baselineZero: Rule = (plan) => {
  const { baseline } = plan;
  if (baseline === undefined) return [];
  const figures = { ...baseline.otherwise?.figures, ...baseline.figures };
  const window = baseline.window ?? baseline.otherwise?.window;
  return conditionsOf(plan).flatMap(({ condition, path }): RuleFinding[] => {
    if (condition.against !== 'baseline' || condition.difference !== undefined) return [];
    const { measure } = condition;
    if (Object.hasOwn(figures, measure) && figures[measure] === 0) {
      const message = `the baseline of \`${measure}\` is 0, and no figure is so many per cent of 0: write a fixed threshold`;
      return [{ path, at: 'value', message }];
    }
    const shape = measureShape(plan, measure);
    const isRare = shape?.kind === 'share' && shape.complement;
    if (!isRare || window === undefined) return [];
    const message = `where nothing fails in the recorded window, the baseline of \`${measure}\` is 0: it is then judged by the share that so many records leave open, and a fixed threshold says more`;
    return [{ path, at: 'value', message }];
  });
};

export const ladderUnfinished: Rule = (plan) => {
  const index = plan.stages.length - 1;
  const last = plan.stages[index];
  if (last === undefined || last.percent >= 100) return [];
  const message = `the ladder ends at ${last.percent} %: the rollout completes there`;
  return [{ path: ['stages', index, 'percent'], at: 'value', message }];
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
