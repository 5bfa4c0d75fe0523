import type { Agreed } from './agreement.ts';
import { asksLess } from './measures.ts';
import { type Findings, placeNames } from './text/findings.ts';
import { type Claim, conditionText, type GuideValue, type ValueOf } from './values.ts';

type Gate = { readonly stage: number; readonly claim: Claim; readonly places: Agreed<GuideValue>['places'] };
type Trigger = Agreed<ValueOf<'trigger'>>;

/** Demands of a guide that cannot all be meant: told, and left for a person to decide. */
export function tellContradictions(findings: Findings, gates: readonly Gate[], triggers: readonly Trigger[]): void {
  tellOneEvent(findings, triggers);
  tellCounts(findings, gates);
  tellLooser(findings, gates);
  tellLooserThanTriggers(findings, gates, triggers);
}

/** The error rate is the rest of the success rate: success < 95 % and error > 5 % fire on the same records. */
function tellOneEvent(findings: Findings, triggers: readonly Trigger[]): void {
  for (const success of triggers) {
    if (success.value.claim.subject.name !== 'success_rate' || success.value.claim.ofBaseline) continue;
    for (const error of triggers) {
      const { claim, consequence } = error.value;
      if (claim.subject.name !== 'error_rate' || claim.ofBaseline || consequence !== success.value.consequence)
        continue;
      if (Math.abs(Number(success.value.claim.number) + Number(claim.number) - 100) > 1e-9) continue;
      const [place] = error.places;
      const message = `\`${conditionText(claim)}\` and \`${conditionText(success.value.claim)}\` (${placeNames(success.places)}) are one event: the error rate is the rest of the success rate`;
      if (place !== undefined) findings.add('contradiction', place, message);
    }
  }
}

/** Records of the treatment are a share of all: ≥ 100 at 1 % take 10 000 in all. */
function tellCounts(findings: Findings, gates: readonly Gate[]): void {
  for (const { stage, claim, places } of gates) {
    const [place] = places;
    if (claim.subject.family !== 'count' || place === undefined || stage >= 100 || Number(claim.number) <= 0) continue;
    const all = String(Math.ceil(Number(claim.number) / (stage / 100))).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
    findings.add(
      'contradiction',
      place,
      `\`${conditionText(claim)}\` at ${stage} % takes about ${all} ${claim.subject.name} in all, if those of the treatment are counted; is that meant?`,
    );
  }
}

/** A later stage, with more users, asking for less. */
function tellLooser(findings: Findings, gates: readonly Gate[]): void {
  for (const { stage, claim, places } of gates) {
    const before = gates.filter((each) => each.stage < stage && isSame(each.claim, claim)).at(-1);
    const [place] = places;
    if (before === undefined || place === undefined || claim.subject.family === 'count') continue;
    if (!asksLess(claim.subject, claim.comparison, Number(claim.number), Number(before.claim.number))) continue;
    const message = `${stage} % asks for less, \`${conditionText(claim)}\`, than ${before.stage} % did, \`${conditionText(before.claim)}\` (${placeNames(before.places)})`;
    findings.add('contradiction', place, message);
  }
}

function isSame(one: Claim, other: Claim): boolean {
  return (
    one.subject.name === other.subject.name &&
    one.ofBaseline === other.ofBaseline &&
    one.difference === other.difference &&
    one.comparison.charAt(0) === other.comparison.charAt(0)
  );
}

/** A gate that lets through what rolls back. */
function tellLooserThanTriggers(findings: Findings, gates: readonly Gate[], triggers: readonly Trigger[]): void {
  for (const { stage, claim, places } of gates) {
    const trigger = triggers.find(
      ({ value }) =>
        value.consequence === 'automatic' &&
        value.claim.subject.name === claim.subject.name &&
        (value.stages?.includes(stage) ?? true) &&
        value.claim.difference === claim.difference &&
        value.claim.ofBaseline === claim.ofBaseline,
    );
    const [place] = places;
    const limit = Number(trigger?.value.claim.number ?? 0);
    if (trigger === undefined || place === undefined || limit === 0) continue;
    const passes = claim.comparison.startsWith('>') ? Number(claim.number) < limit : Number(claim.number) > limit;
    const message = `the gate at ${stage} %, \`${conditionText(claim)}\`, lets through what \`${conditionText(trigger.value.claim)}\` rolls back (${placeNames(trigger.places)})`;
    if (passes) findings.add('contradiction', place, message);
  }
}
