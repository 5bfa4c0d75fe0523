import type { SampleRecord } from '../protocol/domain/recordSample.ts';
import { lnChanceOfFeature } from '../statistics/association.ts';
import { mostStrata } from '../statistics/strata.ts';
import { listed, type Say } from './initInterview.ts';
import type { FieldProfile, FieldValue } from './initProfile.ts';
import type { ProposedArms, ProposedShare } from './initProposal.ts';

/** Kinds of work and places of users, which no new code decides. */
const ofWork = /(?:^|_)(?:size|class|bucket|category|region|zone|country|platform|device|tier|plan|mime|format)(?:_|$)/;
/** The new code may choose these: they tell the work only where both arms show that it does not. */
const ofChoice = /(?:^|_)(?:provider|model|vendor|channel|type|kind)(?:_|$)/;
const mostFields = 2;
const mostValues = 8;
/** Failures differ from value to value, or the arms do: beyond chance of one in a thousand for each value. */
const lnChance = Math.log(1e-3);
/** A field of which a value hardly ever succeeds tells the outcome, and not the work. */
const mostFailing = 0.5;
/** So many records of the treatment show what it has. */
const fewest = 100;

/**
 * Fields to compare like with like by, such as a size class: those whose values fail unlike each other, while both arms have them
 * alike. A treatment that gets more of what often fails has then not declined.
 */
export function strataOf(
  records: readonly SampleRecord[],
  fields: readonly FieldProfile[],
  { success, arms, taken }: { success: ProposedShare | undefined; arms: ProposedArms; taken: ReadonlySet<string> },
  say: Say,
): readonly string[] {
  if (success === undefined || arms.control.length === 0 || arms.later === true) return [];
  const found = fields.flatMap((field) => {
    if (taken.has(field.name) || !isTelling(field, records.length)) return [];
    const strength = associationOf(field, records, success, arms);
    return strength === null ? [] : [{ name: field.name, values: field.values.size, strength }];
  });
  const kept: string[] = [];
  let combinations = 1;
  for (const { name, values } of found.toSorted((one, other) => one.strength - other.strength)) {
    if (kept.length === mostFields || combinations * values > mostStrata) continue;
    kept.push(name);
    combinations *= values;
  }
  if (kept.length > 0)
    say('assumed', `records fail unlike by ${listed(kept)}: a proof compares like with like by it`, 'strata');
  return kept;
}

function isTelling({ word, values, many, nested, present, nulls }: FieldProfile, total: number): boolean {
  if (!ofWork.test(word) && !ofChoice.test(word)) return false;
  return !many && nested === 0 && values.size >= 2 && values.size <= mostValues && present - nulls >= 0.95 * total;
}

/** ln of the chance of the most telling value, the smaller the more; `null` where it is no stratum. */
function associationOf(
  { name, word, values }: FieldProfile,
  records: readonly SampleRecord[],
  success: ProposedShare,
  arms: ProposedArms,
): number | null {
  const all = { failed: 0, passed: 0, treatment: 0, control: 0 };
  const of = new Map([...values.keys()].map((value) => [value, { ...all }]));
  for (const record of records) {
    const arm = record[arms.field] as FieldValue;
    const counts = of.get(record[name] as FieldValue);
    const isTreatment = arms.treatment.includes(arm);
    if (counts === undefined || !(isTreatment || arms.control.includes(arm))) continue;
    const outcome = success.values.includes((record[success.field] ?? null) as FieldValue) ? 'passed' : 'failed';
    for (const each of [counts, all]) {
      each[outcome] += 1;
      each[isTreatment ? 'treatment' : 'control'] += 1;
    }
  }
  if (!ofWork.test(word) && all.treatment < fewest) return null;
  let strongest = 0;
  for (const { failed, passed, treatment, control } of of.values()) {
    if (failed > mostFailing * (failed + passed)) return null;
    const differs = [
      lnChanceOfFeature({ failedWith: treatment, failed: all.treatment, passedWith: control, passed: all.control }),
      lnChanceOfFeature({ failedWith: control, failed: all.control, passedWith: treatment, passed: all.treatment }),
    ];
    if (differs.some((ln) => ln < lnChance)) return null;
    const table = { failedWith: failed, failed: all.failed, passedWith: passed, passed: all.passed };
    strongest = Math.min(strongest, lnChanceOfFeature(table));
  }
  return strongest < lnChance ? strongest : null;
}
