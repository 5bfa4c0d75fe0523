import { formatDuration } from '../../protocol/domain/duration.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { duration } from '../../protocol/domain/units.ts';
import { grouped, shareText } from '../../protocol/words/figureText.ts';
import { evidenceLabel } from '../../statistics/evidenceLabel.ts';
import { neededWithoutFailure } from '../../statistics/provenShare.ts';
import { measureShape } from '../measureShape.ts';
import { pathText } from '../problem.ts';
import type { Rule, RuleFinding } from './finding.ts';
import { rangeOf } from './findingRange.ts';
import { shareGates } from './gateRules.ts';

/** The traffic for which rules are explained. */
export interface SeenTraffic {
  /** Records of both arms a minute. */
  readonly perMinute: number;
  /** As so many the records come: 1 where they come one by one. */
  readonly batch: number;
  /** The share of successes of each share measure, where records have shown it. */
  readonly shares: Readonly<Record<string, number>>;
  readonly from: 'sample' | 'gates' | 'assumed';
}

/** A gate's condition on a share: whether the traffic of its stage can prove it within the soak. */
export interface ExplainedGate {
  readonly stage: string;
  /** `stages.1.gate.0` */
  readonly path: string;
  /** The least share of successes that passes. */
  readonly share: number;
  /** Records of the treatment that prove it when none fails, and at the healthy share; `null`: no number does. */
  readonly withoutFailure: number;
  readonly needed: number | null;
  readonly healthy: number;
  /** Minutes that so many records take at the stage's traffic. */
  readonly minutes: number | null;
  readonly isHopeless: boolean;
}

const minute = 60_000;
const assumedPerMinute = 20;
/** A gate that a proof keeps waiting for so many times its soak is one that nobody waits for. */
const hopelessSoaks = 2;
/** Minutes that anybody waits, however short the soak. */
const shortWait = 10;

/** The traffic that the plan's own gates expect, where no records show it. */
export function expectedTraffic(plan: Plan): SeenTraffic {
  const rates = plan.stages.flatMap((stage) =>
    stage.gate.flatMap((condition) => {
      const shape = measureShape(plan, condition.measure);
      const range = rangeOf(plan, condition);
      const isCount = shape?.kind === 'count' && shape.arm === 'treatment' && stage.percent > 0 && stage.soak > 0;
      if (!isCount || range === undefined || !Number.isFinite(range.low) || range.low <= 0) return [];
      return [(range.low / (stage.soak / minute) / stage.percent) * 100];
    }),
  );
  if (rates.length === 0) return { perMinute: assumedPerMinute, batch: 1, shares: {}, from: 'assumed' };
  return { perMinute: Math.max(...rates), batch: 1, shares: {}, from: 'gates' };
}

/** Of each condition on a share of the treatment in a gate: the traffic that a proof of it takes. */
export function explainGates(plan: Plan, traffic: SeenTraffic): readonly ExplainedGate[] {
  return shareGates(plan).flatMap(({ stage, share, range, arm, path }): ExplainedGate[] => {
    if (arm !== 'treatment' || share >= 1) return [];
    const measured = traffic.shares[range.of.replace(/ share$/, '')];
    const healthy = Math.max(measured ?? 0, share + (1 - share) / 2);
    const withoutFailure = neededWithoutFailure(share);
    const label = evidenceLabel({ successes: healthy, failures: 1 - healthy }, { side: 'above', p0: share });
    const needed = label.kind === 'insufficient' ? label.needed : 1;
    const perMinute = (traffic.perMinute * stage.percent) / 100;
    const longest = Math.max(hopelessSoaks * (stage.soak / minute), shortWait);
    const isHopeless = stage.soak > 0 && withoutFailure / perMinute > longest;
    return [
      {
        stage: stage.id,
        path: pathText(path),
        share,
        withoutFailure,
        needed,
        healthy,
        minutes: needed === null ? null : needed / perMinute,
        isHopeless,
      },
    ];
  });
}

/**
 * Gates that the traffic which the plan's own counts expect can hardly ever prove, in figures; a count that is too small for any
 * proof is `gateCannotProve`'s.
 */
export const gateHardlyProves: Rule = (plan) => {
  const traffic = expectedTraffic(plan);
  if (traffic.from === 'assumed') return [];
  const hopeless = explainGates(plan, traffic).filter(({ isHopeless }) => isHopeless);
  return shareGates(plan).flatMap(({ stage, share, path, least }): RuleFinding[] => {
    const gate = hopeless.find((each) => each.stage === stage.id && each.share === share);
    if (gate === undefined || (least !== undefined && least.count < gate.withoutFailure)) return [];
    return [{ path, at: 'value', message: hopelessText(plan, gate, traffic) }];
  });
};

/** The gates that a rollout is likely to wait for, one line each: what a person hears who begins it. */
export function hopelessGates(plan: Plan): readonly string[] {
  const traffic = expectedTraffic(plan);
  if (traffic.from === 'assumed') return [];
  return explainGates(plan, traffic).flatMap((gate) => (gate.isHopeless ? [hopelessText(plan, gate, traffic)] : []));
}

function hopelessText(
  plan: Plan,
  { stage: id, share, withoutFailure }: ExplainedGate,
  { perMinute }: SeenTraffic,
): string {
  const stage = plan.stages.find((each) => each.id === id);
  const own = (perMinute * (stage?.percent ?? 0)) / 100;
  const needed = (withoutFailure / own) * minute;
  // To the hour, and where it is short to the minute or the second: a length never reads as none.
  const step = needed < 2 * minute ? minute / 60 : needed < 120 * minute ? minute : 60 * minute;
  const length = formatDuration(duration(Math.round(needed / step) * step));
  const records = `${grouped(withoutFailure)} records without a failure`;
  return `the traffic of ${id} can hardly ever prove ${shareText(share)}: ${records} take about ${length} at the traffic that the gates expect, and the soak is ${formatDuration(stage?.soak ?? duration(0))}`;
}
