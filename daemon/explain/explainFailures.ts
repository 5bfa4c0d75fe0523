import type { Explanation, Factor, Signature } from '../protocol/domain/explanation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { type FeatureTable, holdTogether, lnChanceOfFeature, stratifiedExcess } from '../statistics/association.ts';
import type { Case, CaseSamples } from './caseSamples.ts';
import { type Content, contentsOf, hasContent } from './contents.ts';
import { mixShift } from './mixShift.ts';

/** The chance that anything at all is named where nothing explains the failures. */
const falseNames = 0.01;
/** What explains must be in so many failures, and in so much larger a part of them than of the others. */
const leastShare = 0.1;
const leastMore = 0.1;
const leastOdds = 3;
const leastCases = 3;
const mostFactors = 3;
const mostSignatures = 5;
/** A feature that another explains has no more left than this, in standard deviations. */
const leastLeft = 4;
/** Without so many passing records nothing can be said of what they do not have. */
const enoughPassed = 20;
/** Without so many records of the other arm, "none of them" says little. */
const enoughOther = 30;

const errorName = /err|exception|fault|fail|stack|trace|reason|cause|message|status|code|signal/i;

export type Explained = Omit<Explanation, 'about' | 'from' | 'to' | 'left' | 'of'>;

interface Candidate extends Content {
  readonly failedWith: readonly boolean[];
  readonly passedWith: readonly boolean[];
  readonly table: FeatureTable;
  readonly other: { readonly failed: number; readonly passed: number };
  readonly isSignature: boolean;
}

/**
 * What is different about the failures of `arm`: fields that go with failing by more than chance, corrected for all that was
 * compared, and what failing records alone say. `left`: fields that define the arms or the failure, which explain nothing.
 * In steps, so that the caller can do other work between them.
 */
export function* explainFailures(
  samples: CaseSamples,
  arm: Arm,
  left: ReadonlySet<string>,
): Generator<undefined, Explained> {
  const beside: Arm = arm === 'treatment' ? 'control' : 'treatment';
  const failed = samples.of(arm, 'failed');
  const passed = samples.of(arm, 'passed');
  const other = { failed: samples.of(beside, 'failed'), passed: samples.of(beside, 'passed') };
  const hasOther = other.failed.seen + other.passed.seen > 0;

  const least = Math.max(leastCases, Math.ceil(leastShare * failed.kept.length));
  const contents = contentsOf([...failed.kept, ...passed.kept], least, left);
  const passedFields = new Map<string, number>();
  for (const { fields } of passed.kept)
    for (const field of fields.keys()) passedFields.set(field, (passedFields.get(field) ?? 0) + 1);
  const candidates: Candidate[] = [];
  for (const content of contents) {
    yield;
    const failedWith = failed.kept.map(({ fields }) => hasContent(fields, content));
    const n = trues(failedWith);
    if (n < least) continue;
    const passedWith = passed.kept.map(({ fields }) => hasContent(fields, content));
    const table = {
      failedWith: n,
      failed: failedWith.length,
      passedWith: trues(passedWith),
      passed: passedWith.length,
    };
    const others = { failed: countIn(other.failed.kept, content), passed: countIn(other.passed.kept, content) };
    const isOfFailures = table.passedWith === 0 && others.passed === 0 && content.content.kind !== 'absent';
    const isRare = (passedFields.get(content.field) ?? 0) * 100 <= table.passed;
    const isSignature = isOfFailures && (isRare || errorName.test(content.field));
    candidates.push({ ...content, failedWith, passedWith, table, other: others, isSignature });
  }

  const counted = (part: Candidate): Factor => ({
    field: part.field,
    content: part.content,
    failed: { n: part.table.failedWith, of: part.table.failed },
    passed: { n: part.table.passedWith, of: part.table.passed },
    control: inOther(part, other.failed, other.passed),
  });
  const signatureOf = (part: Candidate): Signature => ({
    field: part.field,
    content: part.content,
    failed: { n: part.table.failedWith, of: part.table.failed },
    control: hasOther ? { n: part.other.failed, of: other.failed.kept.length } : null,
    isNew: part.other.failed === 0 && other.failed.seen + other.passed.seen >= enoughOther,
    firstSeen: firstOf(failed.kept, part.failedWith),
  });
  return {
    failed: failed.seen,
    passed: passed.seen,
    control: hasOther ? { failed: other.failed.seen, passed: other.passed.seen } : null,
    factors: factorsIn(candidates, contents.length, other.failed.kept.length).map(counted),
    signatures: passed.kept.length < enoughPassed ? [] : signaturesIn(candidates).map(signatureOf),
    mix: arm === 'treatment' ? mixShift(samples, left) : null,
    compared: { fields: new Set(contents.map(({ field }) => field)).size, values: contents.length },
  };
}

function factorsIn(candidates: readonly Candidate[], tests: number, otherFailed: number): readonly Candidate[] {
  const possible = candidates.filter(
    (each) => !each.isSignature && isEffect(each.table) && !isOutcome(each, otherFailed),
  );
  const chances = possible.map(({ table }) => lnChanceOfFeature(table));
  const held = holdTogether(chances, tests, falseNames);
  const strongest = possible
    .map((candidate, index) => ({ candidate, chance: chances[index] ?? 0, index }))
    .filter(({ index }) => held.has(index))
    .sort((one, two) => one.chance - two.chance || plainness(one.candidate) - plainness(two.candidate));
  const chosen: Candidate[] = [];
  for (const { candidate } of strongest) {
    if (chosen.length === mostFactors) break;
    if (chosen.every((before) => stratifiedExcess(strataBy(before, candidate)) >= leastLeft)) chosen.push(candidate);
  }
  return chosen;
}

/** A name says more than a pattern, and that a field is there more than that it is not. */
function plainness({ content }: Candidate): number {
  return ['value', 'at-least', 'below', 'like', 'frame', 'absent'].indexOf(content.kind);
}

function isEffect({ failedWith, failed, passedWith, passed }: FeatureTable): boolean {
  if (failed === 0 || passed === 0) return false;
  const odds = ((failedWith + 0.5) * (passed - passedWith + 0.5)) / ((failed - failedWith + 0.5) * (passedWith + 0.5));
  return (
    failedWith / failed >= leastShare && failedWith / failed - passedWith / passed >= leastMore && odds >= leastOdds
  );
}

/** Another name of the failure itself: in both arms all failures have it, and nothing else does. */
function isOutcome({ table, other }: Candidate, otherFailed: number): boolean {
  const isPerfect = table.failedWith === table.failed && table.passedWith === 0;
  return isPerfect && otherFailed > 0 && other.failed === otherFailed && other.passed === 0;
}

/** One feature's tables with and without another. */
function strataBy(stratum: Candidate, feature: Candidate): readonly FeatureTable[] {
  return [true, false].map((wanted) => {
    const among = (marks: readonly boolean[], within: readonly boolean[]) => {
      let [having, all] = [0, 0];
      for (const [index, isIn] of within.entries()) {
        if (isIn !== wanted) continue;
        all += 1;
        if (marks[index] === true) having += 1;
      }
      return { having, all };
    };
    const failed = among(feature.failedWith, stratum.failedWith);
    const passed = among(feature.passedWith, stratum.passedWith);
    return { failedWith: failed.having, failed: failed.all, passedWith: passed.having, passed: passed.all };
  });
}

/** The most frequent, of each field its clearest: the value before its template, and the place of a trace. */
function signaturesIn(candidates: readonly Candidate[]): readonly Candidate[] {
  const found = candidates.filter(({ isSignature }) => isSignature);
  const clearest = found.filter(({ field, content, table }) => {
    if (content.kind !== 'like') return true;
    return !found.some(
      (each) => each.field === field && each.content.kind !== 'like' && each.table.failedWith >= table.failedWith,
    );
  });
  return clearest.sort((one, two) => two.table.failedWith - one.table.failedWith).slice(0, mostSignatures);
}

interface Kept {
  readonly seen: number;
  readonly kept: readonly Case[];
}

/** Of the other arm's records with the content those that fail, scaled to all of them where they are sampled. */
function inOther({ other }: Candidate, failed: Kept, passed: Kept): Factor['control'] {
  const scaled = (n: number, { seen, kept }: Kept) => (kept.length === 0 ? 0 : Math.round((n * seen) / kept.length));
  const n = scaled(other.failed, failed);
  const of = n + scaled(other.passed, passed);
  return of === 0 ? null : { n, of };
}

function countIn(cases: readonly Case[], content: Content): number {
  return cases.reduce((sum, { fields }) => (hasContent(fields, content) ? sum + 1 : sum), 0);
}

function trues(marks: readonly boolean[]): number {
  return marks.reduce((sum, mark) => (mark ? sum + 1 : sum), 0);
}

function firstOf(cases: readonly Case[], marks: readonly boolean[]): EventTime {
  const times = cases.flatMap(({ at }, index) => (marks[index] === true ? [at] : []));
  return eventTime(Math.min(...times));
}
