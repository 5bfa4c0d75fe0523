import type { Sourced } from './findings.ts';
import { placeNames } from './findings.ts';
import type { GateCondition, Gates } from './gates.ts';
import type { Guides } from './guides.ts';
import type { LadderStage } from './ladder.ts';
import type { DraftTrigger } from './triggers.ts';

/** What a guide asks that cannot all be meant: told, and left for a person to decide. */
export function tellContradictions(
  guides: Guides,
  stages: readonly LadderStage[],
  gates: Gates,
  triggers: readonly Sourced<DraftTrigger>[],
): void {
  tellOneEvent(guides, triggers);
  tellCounts(guides, stages, gates);
  tellLooser(guides, stages, gates);
  tellLooserThanTriggers(guides, gates, triggers);
}

/** The error rate is the rest of the success rate: success < 95 % and error > 5 % fire on the same records. */
function tellOneEvent(guides: Guides, triggers: readonly Sourced<DraftTrigger>[]): void {
  for (const success of triggers) {
    if (success.value.measure !== 'success_rate' || success.value.ofBaseline) continue;
    for (const error of triggers) {
      if (
        error.value.measure !== 'error_rate' ||
        error.value.ofBaseline ||
        error.value.consequence !== success.value.consequence
      )
        continue;
      if (Math.abs(success.value.figure + error.value.figure - 100) > 1e-9) continue;
      const place = error.places[0];
      if (place !== undefined)
        guides.findings.add(
          'contradiction',
          place,
          `\`${error.value.when}\` and \`${success.value.when}\` (${placeNames(success.places)}) are one event: the error rate is the rest of the success rate`,
        );
    }
  }
}

/** Records of the treatment are a share of all: ≥ 100 at 1 % take 10 000 in all. */
function tellCounts(guides: Guides, stages: readonly LadderStage[], gates: Gates): void {
  for (const { percent } of stages) {
    if (percent <= 0 || percent >= 100) continue;
    for (const { value, places } of gates.get(percent) ?? []) {
      const place = places[0];
      if (value.family !== 'count' || place === undefined || value.figure <= 0) continue;
      const all = Math.ceil(value.figure / (percent / 100));
      guides.findings.add(
        'contradiction',
        place,
        `\`${value.text}\` at ${percent} % takes about ${grouped(all)} ${value.measure} in all, if those of the treatment are counted; is that meant?`,
      );
    }
  }
}

/** A later stage, with more users, asking for less. */
function tellLooser(guides: Guides, stages: readonly LadderStage[], gates: Gates): void {
  for (const [index, stage] of stages.entries()) {
    for (const condition of gates.get(stage.percent) ?? []) {
      if (condition.value.family === 'count') continue;
      const before = stages
        .slice(0, index)
        .reverse()
        .flatMap((earlier) => (gates.get(earlier.percent) ?? []).map((each) => ({ each, percent: earlier.percent })))
        .find(
          ({ each }) =>
            each.value.measure === condition.value.measure && each.value.ofBaseline === condition.value.ofBaseline,
        );
      const place = condition.places[0];
      if (before === undefined || place === undefined || !looser(condition.value, before.each.value)) continue;
      guides.findings.add(
        'contradiction',
        place,
        `${stage.percent} % asks for less, \`${condition.value.text}\`, than ${before.percent} % did, \`${before.each.value.text}\` (${placeNames(before.each.places)})`,
      );
    }
  }
}

/** A gate that lets through what rolls back. */
function tellLooserThanTriggers(guides: Guides, gates: Gates, triggers: readonly Sourced<DraftTrigger>[]): void {
  for (const [percent, conditions] of gates) {
    for (const { value, places } of conditions) {
      const trigger = triggers.find(
        (each) =>
          each.value.consequence === 'rollback' &&
          each.value.measure === value.measure &&
          each.value.ofBaseline === value.ofBaseline,
      );
      const place = places[0];
      if (trigger === undefined || place === undefined || trigger.value.figure === 0) continue;
      const floor = value.comparison.startsWith('>');
      const passes = floor ? value.figure < trigger.value.figure : value.figure > trigger.value.figure;
      if (passes)
        guides.findings.add(
          'contradiction',
          place,
          `the gate at ${percent} %, \`${value.text}\`, lets through what \`${trigger.value.when}\` rolls back (${placeNames(trigger.places)})`,
        );
    }
  }
}

function looser(later: GateCondition, earlier: GateCondition): boolean {
  const floor = later.comparison.startsWith('>');
  if (floor !== earlier.comparison.startsWith('>')) return false;
  return floor ? later.figure < earlier.figure : later.figure > earlier.figure;
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}
