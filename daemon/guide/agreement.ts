import { asksLess } from './measures.ts';
import type { Picks } from './picks.ts';
import type { Findings, Place } from './text/findings.ts';
import { conditionText, type GuideValue, type ValueOf, valueText } from './values.ts';

/** A value with all the places that say it. */
export interface Agreed<V extends GuideValue> {
  readonly value: V;
  readonly places: readonly Place[];
}

export interface Agreement {
  readonly values: readonly Agreed<GuideValue>[];
  /** Disputes, each with the lines that differ: not written until a person picks. */
  readonly disputes: readonly ValueDispute[];
}

export interface ValueDispute {
  readonly kind: GuideValue['kind'];
  readonly options: readonly Agreed<GuideValue>[];
}

/**
 * Values of the same thing that differ are never settled in silence. Triggers and flags wait for a person; of a gate or a
 * soak the one that asks for less is taken, and said. `picks`: what a person has decided.
 */
export function agree(values: readonly GuideValue[], findings: Findings, picks: Picks): Agreement {
  const slots = new Map<string, Agreed<GuideValue>[]>();
  for (const value of values) {
    const slot = slotOf(value);
    const options = slots.get(slot) ?? [];
    slots.set(slot, options);
    const same = options.findIndex((each) => sameText(each.value, value));
    if (same === -1) options.push({ value, places: [value.from] });
    else {
      const known = options[same];
      if (
        known !== undefined &&
        !known.places.some(({ file, line }) => file === value.from.file && line === value.from.line)
      )
        options[same] = { value: known.value, places: [...known.places, value.from] };
    }
  }
  const kept: Agreed<GuideValue>[] = [];
  const disputes: Agreement['disputes'][number][] = [];
  for (const options of slots.values()) {
    const [first, ...others] = options;
    if (first === undefined) continue;
    if (others.length === 0) kept.push(first);
    else if (first.value.kind === 'trigger' || first.value.kind === 'flag') {
      const picked = picks.amongValues(options);
      if (picked !== undefined) {
        kept.push(picked);
        tell(findings, options, `\`${valueText(picked.value)}\` was picked`);
        continue;
      }
      disputes.push({ kind: first.value.kind, options });
      tell(findings, options, 'pick one: neither is written');
    } else {
      const milder = options.reduce((least, each) => (isMilder(each.value, least.value) ? each : least));
      kept.push(milder);
      tell(findings, options, `\`${valueText(milder.value)}\` is taken, which asks for less`);
    }
  }
  return { values: kept, disputes };
}

function tell(findings: Findings, options: readonly Agreed<GuideValue>[], what: string): void {
  const [first, ...others] = options;
  const place = others.at(-1)?.places[0];
  if (first === undefined || place === undefined) return;
  const rest = options
    .filter((each) => each !== others.at(-1))
    .map(({ value, places }) => `\`${shown(value)}\` (${places[0]?.file}:${places[0]?.line})`);
  const last = others.at(-1);
  if (last !== undefined) findings.add('conflict', place, `\`${shown(last.value)}\` here, ${rest.join(', ')}: ${what}`);
}

function shown(value: GuideValue): string {
  return valueText(value);
}

/** The subject of two values: a plan has one of each kind. */
function slotOf(value: GuideValue): string {
  switch (value.kind) {
    case 'stage':
      return `stage ${value.percent}`;
    case 'soak':
      return `soak ${value.stage}`;
    case 'gate':
      return `gate ${value.stage} ${side(value.claim)}`;
    case 'trigger':
      // Two limits over different times are two conditions, a quick one and a slow one.
      return `trigger ${side(value.claim)} ${value.consequence} ${timesOf(value)}`;
    case 'flag':
      return `flag ${value.variable}`;
    case 'test':
      return `test ${value.name.toLowerCase()}`;
    case 'start':
    case 'end':
      return value.kind;
  }
}

/** The times and stages over which it is judged. */
function timesOf({ claim, windows, stages }: ValueOf<'trigger'>): string {
  return `${claim.over ?? ''} ${windows ?? ''} ${stages?.join(' ') ?? ''}`;
}

function side({ subject, comparison, ofBaseline, difference }: ValueOf<'gate'>['claim']): string {
  return `${subject.name} ${comparison.charAt(0)} ${difference ?? ofBaseline}`;
}

function sameText(one: GuideValue, other: GuideValue): boolean {
  if (one.kind === 'gate' && other.kind === 'gate')
    return sameFigure(one.claim, other.claim) && one.stage === other.stage;
  if (one.kind === 'trigger' && other.kind === 'trigger') return sameFigure(one.claim, other.claim);
  return valueText(one) === valueText(other);
}

function sameFigure(one: ValueOf<'gate'>['claim'], other: ValueOf<'gate'>['claim']): boolean {
  return Number(one.number) === Number(other.number) && one.comparison === other.comparison && one.unit === other.unit;
}

const sizes: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function isMilder(one: GuideValue, other: GuideValue): boolean {
  if (one.kind === 'soak' && other.kind === 'soak') return seconds(one.length) < seconds(other.length);
  if (one.kind === 'gate' && other.kind === 'gate')
    return asksLess(one.claim.subject, one.claim.comparison, Number(one.claim.number), Number(other.claim.number));
  return false;
}

function seconds(length: string): number {
  return Number.parseFloat(length) * (sizes[length.at(-1) ?? ''] ?? 1);
}

/**
 * Conditions that one place rolls back on and another asks about, and what readers differ about: each with its values,
 * one a consequence.
 */
export function disputedConsequences(
  values: readonly GuideValue[],
): readonly (readonly Agreed<ValueOf<'trigger'>>[])[] {
  const triggers = values.filter((value) => value.kind === 'trigger');
  const conditions = Map.groupBy(triggers, (each) => `${conditionText(each.claim)} ${timesOf(each)}`);
  return [...conditions.values()]
    .map((same) =>
      [...Map.groupBy(same, ({ consequence }) => consequence).values()].flatMap(([first, ...others]) =>
        first === undefined ? [] : [{ value: first, places: [first, ...others].map(({ from }) => from) }],
      ),
    )
    .filter((options) => options.length > 1);
}
