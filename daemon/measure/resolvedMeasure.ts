import { globPattern } from '../protocol/domain/glob.ts';
import type { Measure } from '../protocol/domain/measure.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { type Source, sourceName } from '../protocol/domain/sourceKinds.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { numberKey } from './numberField.ts';

/** A measure of the plan, tied to the place of its numbers. */
export type ResolvedMeasure =
  /** Records of `arm` with bit `bit` set, or without it (`complement`, a `share_not`). */
  | { readonly kind: 'share'; readonly arm: Arm; readonly bit: number; readonly complement: boolean }
  /** How many records of the arm; `any`: of either arm. */
  | { readonly kind: 'count'; readonly arm: Arm | 'any' }
  /** `field`: index into `Instrument.fields`. */
  | {
      readonly kind: 'quantile';
      readonly arm: Arm;
      readonly field: number;
      readonly quantile: number;
      readonly unit: string;
    }
  /** `field` is `null` when a process is gauged. */
  | {
      readonly kind: 'gauge';
      readonly series: string;
      readonly field: number | null;
      /** The arm of its records; `null`: all records. */
      readonly arm: Arm | null;
      readonly take: 'max' | 'mean' | 'last';
      readonly unit: string;
    }
  /** `sources`: the text sources it reads, as indices into the plan. */
  | { readonly kind: 'lines'; readonly series: string; readonly bit: number; readonly sources: readonly number[] }
  | { readonly kind: 'signal'; readonly series: string };

export const gaugeSeries = (measure: string): string => `gauge:${measure}`;
export const lineSeries = (measure: string): string => `line:${measure}`;
export const signalSeries = (signal: string): string => `signal:${signal}`;

/** @throws UserError when the plan has no such measure, or its `share_not` does not lead to a `share`. */
export function resolveMeasure(plan: Plan, instrument: Instrument, name: string): ResolvedMeasure {
  const measure = plan.measures[name];
  if (measure === undefined) {
    const known = Object.keys(plan.measures).join(', ');
    throw new UserError('unknown-measure', `no measure is named \`${name}\`; the plan has ${known}`);
  }
  if ('share' in measure) {
    return { kind: 'share', arm: measure.of, bit: instrument.shares.indexOf(name), complement: false };
  }
  if ('share_not' in measure) return complementOf(plan, instrument, name, measure.share_not);
  if ('count' in measure) return { kind: 'count', arm: measure.count };
  if ('quantile' in measure) {
    return {
      kind: 'quantile',
      arm: measure.of,
      field: instrument.fields.indexOf(numberKey(measure)),
      quantile: measure.quantile,
      unit: measure.unit ?? '',
    };
  }
  if ('gauge' in measure) {
    return {
      kind: 'gauge',
      series: gaugeSeries(name),
      field: measure.process === undefined ? instrument.fields.indexOf(numberKey(measure)) : null,
      arm: measure.of ?? null,
      take: measure.take,
      unit: measure.unit ?? '',
    };
  }
  if ('lines' in measure) {
    return {
      kind: 'lines',
      series: lineSeries(name),
      bit: instrument.lines.indexOf(name),
      sources: lineSources(plan, measure.source),
    };
  }
  return { kind: 'signal', series: signalSeries(measure.signal) };
}

function complementOf(plan: Plan, instrument: Instrument, name: string, of: string): ResolvedMeasure {
  const seen = new Set([name]);
  let complement = true;
  let at = of;
  for (;;) {
    const measure: Measure | undefined = plan.measures[at];
    if (measure !== undefined && 'share' in measure) {
      return { kind: 'share', arm: measure.of, bit: instrument.shares.indexOf(at), complement };
    }
    if (measure === undefined || !('share_not' in measure) || seen.has(at)) {
      throw new UserError(
        'unknown-measure',
        `measures.${name}: share_not names \`${of}\`, which is not a share: name a measure that has \`share\``,
      );
    }
    seen.add(at);
    complement = !complement;
    at = measure.share_not;
  }
}

/** Text sources whose glob, or its base name, matches the measure's `source`; all text sources without one. */
export function lineSources(plan: Plan, wanted: string | undefined): number[] {
  const matches = wanted === undefined ? () => true : matcherOfSource(wanted);
  return plan.sources.flatMap((source, index) => (holdsLines(source) && matches(source) ? [index] : []));
}

function matcherOfSource(wanted: string): (source: Source) => boolean {
  const { matches } = globPattern(wanted, { dot: true });
  return (source) => {
    const name = sourceName(source);
    const baseName = name.slice(name.lastIndexOf('/') + 1);
    return name === wanted || baseName === wanted || matches(name) || matches(baseName);
  };
}
