import { type Kind, kinds, type Slots, simulate } from '../../daemon/simulate/traffic.ts';
import { proven, type Rule, rules } from './rules.ts';

/** One cell of the tables: traffic of a kind, or healthy traffic with a drop of the treatment. */
export interface Cell {
  readonly perMinute: number;
  /** The share of successes of both arms. */
  readonly success: number;
  readonly shows: { readonly kind: Kind } | { readonly dropTo: number };
}

/** A rule in a cell, over the rollouts that were simulated so far. */
export interface Outcomes {
  /** Rollouts that it was shown. */
  runs: number;
  /** It fired where nothing was wrong; in a cell with a drop, before it. */
  wrong: number;
  missed: number;
  /** Records of the treatment from the drop to the firing, and minutes. */
  readonly records: number[];
  readonly minutes: number[];
}

export interface CellResult {
  /** Rollouts that were simulated; the peers are shown the first of them only. */
  runs: number;
  readonly rules: Record<string, Outcomes>;
}

export const emptyResult = (): CellResult => ({
  runs: 0,
  rules: Object.fromEntries(
    rules.map(({ name }) => [name, { runs: 0, wrong: 0, missed: 0, records: [], minutes: [] }]),
  ),
});

export function cellsOf(rates: readonly number[], shares: readonly number[]): readonly Cell[] {
  return shares.flatMap((success) =>
    rates.flatMap((perMinute): readonly Cell[] => [
      ...kinds.map((kind) => ({ perMinute, success, shows: { kind } })),
      ...[0.9, 0.5].map((dropTo) => ({ perMinute, success, shows: { dropTo } })),
    ]),
  );
}

export const cellName = ({ perMinute, success, shows }: Cell): string =>
  `${success} at ${perMinute} a minute: ${'kind' in shows ? shows.kind : `drop to ${shows.dropTo}`}`;

/** A week of a hundred a minute has as many records as anyone would wait for. */
const daysOf = (perMinute: number) => (perMinute >= 100 ? 7 : 21);

/** Adds the rollouts from `result.runs` on up to `runs`; each has its own seed, so that a result can be continued. */
export function simulateCell(
  { perMinute, success, shows }: Cell,
  seed: number,
  runs: number,
  result: CellResult,
  peerRuns: number,
): void {
  for (let run = result.runs; run < runs; run += 1) {
    const traffic = { perMinute, exposed: 0.5, success };
    const shown = rules.filter((rule) => outcomesOf(result, rule).runs <= run && (rule === proven || run < peerRuns));
    for (const rule of shown) outcomesOf(result, rule).runs += 1;
    if ('kind' in shows) {
      const slots = simulate({ ...traffic, kind: shows.kind, days: daysOf(perMinute) }, seed * 100_003 + run);
      for (const rule of shown) {
        if (firstFiring(rule, slots, Number.POSITIVE_INFINITY) !== null) outcomesOf(result, rule).wrong += 1;
      }
    } else {
      const minute = 1440 * 1.5 + run * 7;
      const days = Math.ceil(minute / 1440) + (perMinute < 1 ? 10 : 3);
      const drop = { minute, success: shows.dropTo };
      const slots = simulate({ ...traffic, kind: 'healthy', days, drop }, seed * 200_003 + run);
      for (const rule of shown) noteFinding(rule, slots, (minute * 60) / slots.slotSeconds, outcomesOf(result, rule));
    }
    result.runs = run + 1;
  }
}

/** The cell without what is known of `proven`: its code has changed since, and the peers' has not. */
export function withoutProven({ rules: known }: CellResult): CellResult {
  const empty = emptyResult();
  return { runs: 0, rules: { ...empty.rules, ...known, [proven.name]: outcomesOf(empty, proven) } };
}

function outcomesOf(result: CellResult, { name }: Rule): Outcomes {
  const known = result.rules[name];
  if (known === undefined) throw new Error(`the results are of other rules: remove their file`);
  return known;
}

/** A rule that fired before the drop is counted apart: it found nothing. */
function noteFinding(rule: Rule, slots: Slots, from: number, outcomes: Outcomes): void {
  const found = firstFiring(rule, slots, from);
  if (found === null) outcomes.missed += 1;
  else if (found === 'early') outcomes.wrong += 1;
  else {
    outcomes.records.push(found.records);
    outcomes.minutes.push(found.minutes);
  }
}

/** The first firing from slot `from` on; `early`: before it. */
function firstFiring(
  rule: Rule,
  slots: Slots,
  from: number,
): { readonly records: number; readonly minutes: number } | 'early' | null {
  const fires = rule.start();
  let records = 0;
  for (let index = 0; index < slots.n.length; index += 1) {
    const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
    const control = { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 };
    if (index >= from) records += treatment.n;
    if (!fires({ index, treatment, control })) continue;
    const isEarly = index < from || from === Number.POSITIVE_INFINITY;
    return isEarly ? 'early' : { records, minutes: ((index + 1 - from) * slots.slotSeconds) / 60 };
  }
  return null;
}
