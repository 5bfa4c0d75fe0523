import { isoTime, wallTime } from '../domain/units.ts';
import type { RolloutView } from '../wire/view.ts';
import { english } from './factWords.ts';
import { conditionText, percentText } from './figureText.ts';
import { named, quoted } from './modelText.ts';
import { sentence } from './sentence.ts';
import { silentSource } from './silentSource.ts';
import { evidenceWords } from './verdictWords.ts';

/** A rollout as a surface knows it when a model asks. */
export interface KnownRollout {
  readonly rollout: RolloutView;
  /** The reason why the state may be out of date; `null` while it is live. */
  readonly trouble: string | null;
  /** Unix milliseconds of the last message; `null` before the first. */
  readonly heardAt: number | null;
  /** Trouble of the daemon itself. */
  readonly faults: readonly string[];
}

/** The state of a rollout: the one sentence that every surface shows, and the figures behind it. */
export function statusFacts(known: KnownRollout, now: number): readonly string[] {
  const { rollout } = known;
  const { standing, plan } = rollout;
  return [
    ...identity(known, now),
    `Standing: ${quoted(sentence(rollout, now), 1000)}`,
    `Stage ${named(standing.stage)}, ${percentText(standing.percent)} of traffic, phase ${standing.phase.kind}, attempt ${standing.attempt}, mode ${plan.mode}.`,
    ...conditionFacts(rollout),
    ...triggerFacts(rollout),
    ...flagFacts(rollout),
    ...sourceFacts(rollout, now),
    `A person may now: ${standing.may.length === 0 ? 'do nothing' : standing.may.join(', ')}.`,
  ];
}

/** The rollout's name, and a warning when the state is not current. */
export function identity({ rollout, trouble, heardAt, faults }: KnownRollout, now: number): readonly string[] {
  const heard = heardAt === null ? 'never' : isoTime(wallTime(heardAt));
  return [
    `Rollout ${named(rollout.rollout)} (${named(rollout.plan.name)}), plan ${named(rollout.plan.file, 1000)}. Now: ${isoTime(wallTime(now))}.`,
    ...(trouble === null
      ? []
      : [`NOT LIVE: ${quoted(trouble)}. The facts below are as last known at ${heard}; say so to the person.`]),
    ...faults.map((fault) => `Trouble of the daemon: ${quoted(fault)}`),
    ...(rollout.plan.problem === null ? [] : [`The plan file cannot be used now: ${quoted(rollout.plan.problem)}`]),
  ];
}

function conditionFacts({ standing, stages }: RolloutView): readonly string[] {
  const gate = stages[standing.stageIndex]?.gate ?? [];
  if (gate.length === 0) return ['The gate of this stage has no conditions.'];
  return [
    `Gate: ${standing.gateMet} of ${standing.gateTotal} conditions met.`,
    ...gate.map((condition) => {
      const evidence =
        condition.label === null ? '' : `; ${evidenceWords(condition.label, condition.figure.n, english).sentence}`;
      return `- ${condition.verdict}: ${quoted(conditionText(condition))}, rule ${named(condition.condition)}, n ${condition.figure.n}${evidence}`;
    }),
  ];
}

function triggerFacts({ triggers }: RolloutView): readonly string[] {
  if (triggers.length === 0) return ['The plan names no triggers.'];
  const stirring = triggers.filter(({ phase }) => phase.kind === 'firing' || phase.kind === 'pending');
  if (stirring.length === 0) return [`Triggers: ${triggers.length}, none fires.`];
  return stirring.map(
    ({ id, when, consequence, phase }) =>
      `Trigger ${named(id)} is ${phase.kind}: rule ${named(when)}, consequence ${consequence}.`,
  );
}

/** The progress of the flag's last change, in the words of the journal. */
export function flagFacts({ flag }: RolloutView): readonly string[] {
  if (flag === null) return ['The plan names no flag: a person sets the percentage.'];
  const { effect, proof } = flag;
  if (effect === null) return [`Flag ${named(flag.target)}: nothing was set yet.`];
  const proven = proof === null || proof.detail === '' ? '' : ` Traffic: ${proof.kind}, ${quoted(proof.detail)}.`;
  const detail = effect.detail === null ? '' : ` ${quoted(effect.detail)}`;
  return [
    `Flag ${named(flag.target)}: ${percentText(effect.percent)} is ${progressWords[effect.progress]}.${detail}${proven}`,
  ];
}

const progressWords = {
  intended: 'intended, and not written yet',
  written: 'written, and not read back yet',
  verified: 'written and read back (verified), and not proven by traffic',
  'in-force': 'in force, proven by traffic',
  failed: 'NOT set: it failed',
} as const;

function sourceFacts(rollout: RolloutView, now: number): readonly string[] {
  const silent = silentSource(rollout, now);
  if (silent === undefined) return [];
  const { arrived, health, limit } = silent;
  if (arrived !== null && now - arrived <= limit && health.detail !== null)
    return [`Source ${named(silent.glob)}: ${quoted(health.detail)}.`];
  return [
    `Source ${named(silent.glob)} is silent; its last record came ${silent.arrived === null ? 'never' : isoTime(silent.arrived)}.`,
  ];
}
