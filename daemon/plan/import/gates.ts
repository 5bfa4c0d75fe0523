import type { Claim } from './claim.ts';
import type { GateClaim } from './criterion.ts';
import { type Place, placeNames, quoted, type Sourced } from './findings.ts';
import type { Guides } from './guides.ts';
import type { Ladder } from './ladder.ts';
import type { MeasureBook } from './measures.ts';

export interface GateCondition {
  readonly measure: string;
  readonly comparison: string;
  /** As a number, in the condition's unit. */
  readonly figure: number;
  readonly ofBaseline: boolean;
  readonly text: string;
  readonly family: Claim['measure']['family'];
}

/** Stage → what its gate asks, merged over every place that says it. */
export type Gates = ReadonlyMap<number, readonly Sourced<GateCondition>[]>;

/** `success_rate >= 99.5%`: a claim in the plan's grammar. A gauge's unit stands with its measure. */
export function conditionText(claim: Claim, name: string): string {
  const unit = claim.measure.family === 'gauge' && !claim.ofBaseline ? '' : claim.unit;
  return `${name} ${claim.comparison} ${claim.number}${unit}${claim.ofBaseline ? ' of baseline' : ''}`;
}

/** Criteria that need no treatment traffic, so that they can be judged at 0 % too. */
const judgedAtZero = new Set(['critical', 'signal', 'gauge', 'memory']);

/**
 * Merges what the guides ask of each stage; of two different figures the stricter is kept, and both are told.
 * `atZero`: what they ask of a stage that exposes nobody.
 */
export function mergeGates(
  guides: Guides,
  ladder: Ladder,
  claims: readonly GateClaim[],
  book: MeasureBook,
): { readonly gates: Gates; readonly atZero: readonly GateClaim[] } {
  const gates = new Map<number, Sourced<GateCondition>[]>();
  const specific = claims.filter((each) => each.scope.kind === 'stage');
  const atZero: GateClaim[] = [];
  const general = claims.filter((each) => each.scope.kind === 'everywhere');
  for (const each of specific) {
    const { claim, scope, passage } = each;
    if (scope.kind !== 'stage') continue;
    if (scope.percent === 0 && !judgedAtZero.has(claim.measure.family)) {
      guides.findings.add(
        'contradiction',
        passage,
        `${quoted(passage.text)} cannot be judged at 0 %, where nobody is treated: it is an item to tick`,
      );
      atZero.push(each);
      continue;
    }
    if (scope.assumed !== undefined)
      guides.findings.add('assumed', passage, `${quoted(passage.text)}: ${scope.assumed}`);
    add(guides, gates, scope.percent, claim, passage, book);
  }
  for (const { claim, passage } of general) {
    for (const { percent } of ladder.stages) {
      if (percent === 0 && claim.measure.family !== 'critical') continue;
      const own = specific.some(
        (each) =>
          each.scope.kind === 'stage' &&
          each.scope.percent === percent &&
          each.claim.measure.name === claim.measure.name &&
          maySpeakOfTheSame(each.passage.text, passage.text),
      );
      if (!own) add(guides, gates, percent, claim, passage, book);
    }
  }
  return { gates, atZero };
}

function add(
  guides: Guides,
  gates: Map<number, Sourced<GateCondition>[]>,
  percent: number,
  claim: Claim,
  place: Place,
  book: MeasureBook,
): void {
  const list = gates.get(percent) ?? [];
  gates.set(percent, list);
  const measure = book.use(claim.measure, place, claim.unit);
  const condition: GateCondition = {
    measure,
    comparison: claim.comparison,
    figure: Number(claim.number),
    ofBaseline: claim.ofBaseline,
    text: conditionText(claim, measure),
    family: claim.measure.family,
  };
  if (claim.assumed !== undefined) guides.findings.add('assumed', place, `\`${condition.text}\`: ${claim.assumed}`);
  const index = list.findIndex(
    (each) =>
      each.value.measure === measure &&
      each.value.ofBaseline === condition.ofBaseline &&
      sameSide(each.value, condition),
  );
  const known = list[index];
  if (known === undefined) {
    list.push({ value: condition, places: [place] });
    return;
  }
  if (known.value.figure === condition.figure) {
    list[index] = { ...known, places: [...known.places, place] };
    return;
  }
  const kept = stricter(known.value, condition);
  guides.findings.add(
    'conflict',
    place,
    `at ${percent} %: \`${condition.text}\` here, \`${known.value.text}\` at ${placeNames(known.places)}: the stricter, \`${kept.text}\`, is kept`,
  );
  list[index] = kept === condition ? { value: condition, places: [place] } : known;
}

const qualified =
  /\b(?!(?:the|an?|our|its|overall|total|required|minimum|maximum|of|and|with|at|in|for|to|is|stage|rollout|keep|good|high|low)\b)(\p{L}[\p{L}-]+)\s+(?:success|error|failure|completion|conversion|approval|latency)/iu;

/** Not where each names another thing: `payments success` at one stage does not stand for `login success`. */
function maySpeakOfTheSame(text: string, other: string): boolean {
  const [one, two] = [text, other].map((each) => qualified.exec(each)?.[1]?.toLowerCase());
  return one === undefined || two === undefined || one === two;
}

function sameSide(a: GateCondition, b: GateCondition): boolean {
  return isFloor(a) === isFloor(b);
}

function isFloor(condition: GateCondition): boolean {
  return condition.comparison === '>=' || condition.comparison === '>';
}

function stricter(a: GateCondition, b: GateCondition): GateCondition {
  return isFloor(a) === a.figure >= b.figure ? a : b;
}
