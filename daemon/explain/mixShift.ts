import type { CountOf, MixShift } from '../protocol/domain/explanation.ts';
import type { CaseClass, CaseSamples } from './caseSamples.ts';
import { writtenValue } from './contents.ts';

const mostGroups = 12;
const mostShown = 6;
const leastCovered = 0.95;
/** Standard deviations by which the arms must differ overall, and may not in any group. */
const clearly = 3;
const perhaps = 2.5;
/** So much of the difference may be left when the mixes are made alike. */
const mostLeft = 0.25;

interface Group {
  readonly name: string;
  readonly treatment: { failed: number; n: number };
  readonly control: { failed: number; n: number };
}

/**
 * The field by whose groups the treatment fails no more often than the control, although it does so overall: the treatment
 * only has more of what fails often (Simpson 1951). `null` without one. The treatment's share with the control's mix is its
 * direct standardization.
 */
export function mixShift(samples: CaseSamples, left: ReadonlySet<string>): MixShift | null {
  const sides = {
    treatment: { failed: samples.of('treatment', 'failed'), passed: samples.of('treatment', 'passed') },
    control: { failed: samples.of('control', 'failed'), passed: samples.of('control', 'passed') },
  };
  const treatment = totalOf(sides.treatment);
  const control = totalOf(sides.control);
  if (difference(treatment, control) < clearly) return null;
  const [rate, other] = [treatment.failed / treatment.n, control.failed / control.n];
  let best: MixShift | null = null;
  for (const field of fieldsIn(sides.treatment.failed)) {
    if (left.has(field)) continue;
    const groups = groupsBy(field, sides);
    if (groups === null) continue;
    const adjusted = standardized(groups);
    if (adjusted === null || adjusted - other > mostLeft * (rate - other)) continue;
    if (groups.some((group) => difference(group.treatment, group.control) > perhaps)) continue;
    if (best !== null && best.adjusted <= adjusted) continue;
    const shown = groups.toSorted((one, two) => two.treatment.n + two.control.n - one.treatment.n - one.control.n);
    best = {
      field,
      groups: shown.slice(0, mostShown).map((group) => ({
        content: { kind: 'value', text: group.name },
        treatment: counted(group.treatment),
        control: counted(group.control),
      })),
      treatment: rate,
      other,
      adjusted,
    };
  }
  return best;
}

type Side = Readonly<Record<'failed' | 'passed', CaseClass>>;

function totalOf({ failed, passed }: Side): { failed: number; n: number } {
  return { failed: failed.seen, n: failed.seen + passed.seen };
}

function fieldsIn({ kept }: CaseClass): ReadonlySet<string> {
  return new Set(kept.flatMap(({ fields }) => [...fields.keys()]));
}

/** `null` when the field has no few groups that hold nearly all records of both arms. */
function groupsBy(field: string, sides: Readonly<Record<'treatment' | 'control', Side>>): readonly Group[] | null {
  const groups = new Map<string, Group>();
  let [all, covered] = [0, 0];
  for (const arm of ['treatment', 'control'] as const) {
    for (const kind of ['failed', 'passed'] as const) {
      const { seen, kept } = sides[arm][kind];
      // A sampled record stands for many.
      const weight = kept.length === 0 ? 0 : seen / kept.length;
      all += seen;
      for (const { fields } of kept) {
        const value = fields.get(field);
        const name = value === undefined ? null : writtenValue(value);
        if (name === null) continue;
        let group = groups.get(name);
        if (group === undefined) {
          if (groups.size === mostGroups) return null;
          group = { name, treatment: { failed: 0, n: 0 }, control: { failed: 0, n: 0 } };
          groups.set(name, group);
        }
        covered += weight;
        group[arm].n += weight;
        if (kind === 'failed') group[arm].failed += weight;
      }
    }
  }
  return groups.size < 2 || covered < leastCovered * all ? null : [...groups.values()];
}

/** The treatment's share of failures with the control's mix; `null` where the treatment lacks a part of that. */
function standardized(groups: readonly Group[]): number | null {
  let [sum, known, all] = [0, 0, 0];
  for (const { treatment, control } of groups) {
    all += control.n;
    if (treatment.n === 0) continue;
    known += control.n;
    sum += (control.n * treatment.failed) / treatment.n;
  }
  return known < leastCovered * all ? null : sum / known;
}

/** How much more often the first fails, in standard deviations; 0 where one is empty. */
function difference(
  one: { readonly failed: number; readonly n: number },
  other: { readonly failed: number; readonly n: number },
): number {
  if (one.n === 0 || other.n === 0) return 0;
  const together = (one.failed + other.failed) / (one.n + other.n);
  const deviation = Math.sqrt(together * (1 - together) * (1 / one.n + 1 / other.n));
  return deviation === 0 ? 0 : (one.failed / one.n - other.failed / other.n) / deviation;
}

function counted({ failed, n }: { readonly failed: number; readonly n: number }): CountOf {
  return { n: Math.round(failed), of: Math.round(n) };
}
