import { type Comparison, type Condition, parseCondition, thresholdValue } from '../domain/condition.ts';
import { formatDuration } from '../domain/duration.ts';
import type { RolloutEvent } from '../domain/journalEntry.ts';
import type { FoundExposure } from '../domain/rolloutState.ts';
import type {
  ConditionVerdict,
  Figure,
  Firing,
  ProofStatus,
  Trials,
  TriggerStatus,
  Unproven,
  VerdictBaseline,
} from '../domain/verdict.ts';
import type { Translate } from './factWords.ts';
import { boundedList } from './listText.ts';
import { plainText } from './plainText.ts';

/** Figures as people read them. A figure is never rounded onto the limit that it misses, nor a share onto 0 or 100 %. */

const mostDigits = 6;

type ClockGap = Pick<Extract<RolloutEvent, { kind: 'clock-gap' }>, 'from' | 'to' | 'setAside'>;

/** `10 %`, `0.5 %`, of 0 to 100. */
export function percentText(percent: number): string {
  return shareText(percent / 100);
}

/** The setting of a flag: `off`, or `10 %`. */
export function settingText(percent: number): string {
  return percent === 0 ? 'off' : percentText(percent);
}

/** `exposed without an attempt: .env says ROLLOUT=10`. */
export function foundExposureText({ detail }: Pick<FoundExposure, 'detail'>): string {
  return `exposed without an attempt: ${plainText(detail)}`;
}

/** The event of a clock; `to` is before `from` when the clock was set back. */
export function clockGapText({ from, to, setAside = 0 }: ClockGap): string {
  if (to >= from) return `the clock stopped for ${formatDuration(to - from)}`;
  const set = `the clock was set back by ${formatDuration(from - to)}`;
  return setAside === 0 ? set : `${set}; ${grouped(setAside)} records dated later than that count no more`;
}

/** The time that an effect took: as `formatDuration`, and below a minute to the hundredth of a second, `1.24 s`. */
export function tookText(length: number): string {
  if (length >= 1000 && length < 60_000) return `${Number((length / 1000).toFixed(2))} s`;
  return formatDuration(length);
}

/** A soak that does not count at present: `soak paused at 1 h of 2 h`. */
export function soakStillText(soaked: number, required: number): string {
  const whole = formatDuration(required);
  return soaked < 1000 ? `soak of ${whole} has not begun` : `soak paused at ${formatDuration(soaked)} of ${whole}`;
}

/** A share of 0 to 1 as a percentage; with as many decimals as tell it from `beside`. */
export function shareText(share: number, beside: number | null = null): string {
  return distinct(share, beside, (value, digits) => `${percentDigits(value, digits)} %`);
}

/**
 * A number in its unit: `870 ms`, `1.24 s`, `412 MiB`, `1,204`; with decimals that tell it from `beside`, as in
 * `shareText`.
 */
export function valueText(value: number, unit: string, beside: number | null = null): string {
  if (unit === '%') return shareText(value, beside);
  const inSeconds = unit === 'ms' && Math.max(Math.abs(value), Math.abs(beside ?? 0)) >= 1000;
  const scale = inSeconds ? 1000 : 1;
  const shown = inSeconds ? 's' : unit;
  return distinct(value, beside, (each, digits) => `${numberDigits(each / scale, digits)} ${shown}`.trim());
}

/**
 * How many records a share counts: those that match, or of a `share_not` the others. Stored figures say but the share and
 * those that match, so the share tells which side it is of; `null` for what is no share.
 */
export function countedOn({ value, n, good }: Pick<Figure, 'value' | 'n' | 'good'>): number | null {
  if (good === null || value === null) return good;
  return Math.abs(value * n - good) <= Math.abs(value * n - (n - good)) ? good : n - good;
}

/** `92.3 % (48 of 52)`, `870 ms`, `7`, `no data`. */
export function figureText(figure: Figure, beside: number | null = null): string {
  if (figure.value === null) return 'no data';
  const value = valueText(figure.value, figure.unit, beside);
  const side = countedOn(figure);
  return side === null ? value : `${value} (${grouped(side)} of ${grouped(figure.n)})`;
}

/**
 * A condition with its present figure: `latency 108 % of control, needs 105 %`; `7 of 100 uploads`; `369 uploads, 20
 * needed`; `memory has no data`.
 */
export function conditionText(verdict: ConditionVerdict): string {
  const name = verdict.measure;
  const reason = plainText(verdict.reason);
  switch (verdict.verdict) {
    case 'error':
      return reason === '' ? `${name} cannot be judged` : `${name} cannot be judged: ${reason}`;
    case 'no-data':
      return reason === '' ? `${name} has no data` : `${name} has no data: ${reason}`;
    case 'insufficient':
      return countOf(verdict) ?? (reason === '' ? figureWithLimit(verdict) : `${name}: ${reason}`);
    case 'met':
    case 'unmet':
      return `${countOf(verdict) ?? figureWithLimit(verdict)}${leftOutText(verdict)}`;
  }
}

/** ` (of 70 records; 30 have no number there)`. */
function leftOutText({ figure, leftOut = 0 }: ConditionVerdict): string {
  if (leftOut === 0) return '';
  return ` (of ${grouped(figure.n)} records; ${grouped(leftOut)} ${leftOut === 1 ? 'has' : 'have'} no number there)`;
}

/**
 * The reason why a trigger fired: `success_rate was 92.3 % (48 of 52), below 95 %`. `unit`: the measure's, where it is
 * known.
 */
export function firingText(firing: Firing, unit: string | null = null): string {
  const condition = parsed(firing.condition);
  const { n, good, figure, missing } = firing;
  if (missing !== undefined) {
    return `nothing is known of ${condition?.measure ?? plainText(firing.condition)}: ${plainText(missing.reason)}`;
  }
  const side = countedOn({ value: firing.rule === 'sequential' ? null : figure, n, good });
  const counts = side === null ? '' : ` (${grouped(side)} of ${grouped(n)})`;
  if (condition === null || figure === null) return `${plainText(firing.condition)}${counts}`;
  if (firing.rule === 'sequential') {
    return `${condition.measure} fell, by the sequential test of ${firing.trigger}${counts}`;
  }
  const limit = thresholdValue(condition.threshold);
  if (firing.rule === 'proven') {
    const failed = n - (good ?? n);
    const moved = passed(condition.comparison) === 'below' ? 'fell below' : 'rose above';
    return `${condition.measure} ${moved} ${limitText(condition, null, figure)}, proven: ${trialsText({ n, failures: failed }, firing.beside ?? null, beyondText(firing, unit))}`;
  }
  const share = good !== null;
  const beside = condition.against === 'figure' ? limit : null;
  const written = valueText(figure, share ? '%' : (unit ?? unitOf(condition)), beside);
  const crossed = `${passed(condition.comparison)} ${limitText(condition, share || unit === null ? null : unit, figure)}`;
  const { baseline } = firing;
  const base =
    baseline === undefined || baseline.value === null
      ? ''
      : ` (${valueText(baseline.value, baseline.from === 'figure' ? (unit ?? '') : baseline.unit)} ${plainText(baseline.why ?? '')})`;
  const unproven = firing.unproven === undefined ? '' : `; ${unprovenText(firing.unproven)}`;
  return `${condition.measure} was ${written}${counts}, ${crossed}${base}${unproven}`;
}

/** `3 of 40 failed, 0 of 38 of the control`; `control` is `null` where there was none. */
export function trialsText({ n, failures }: Trials, control: Trials | null, what = 'failed'): string {
  const beside =
    control === null
      ? 'and no control was there'
      : `${grouped(control.failures)} of ${grouped(control.n)} of the control`;
  return `${grouped(failures)} of ${grouped(n)} ${what}, ${beside}`;
}

/** Below this, independent records are no explanation; failures that come together, as in a burst, still are one. */
const hardlyChance = 1e-3;

/** `not proven: chance in 1 of 9`: so often a healthy share shows as much. */
function unprovenText({ chance }: Unproven): string {
  if (chance === null) return 'not proven';
  if (chance > 0.5) return 'not proven: most likely chance';
  if (chance < hardlyChance) return 'not proven yet: hardly chance, but a short burst may show as much';
  return `not proven: chance in 1 of ${grouped(Math.max(2, Math.round(1 / chance)))}`;
}

/** `failed`, or of a latency `were beyond 870 ms`. */
function beyondText({ beyond }: Firing, unit: string | null): string {
  return beyond === undefined ? 'failed' : `were beyond ${valueText(beyond, unit ?? '')}`;
}

/** How far the evidence is, in percent of a proof; the rounding never says 100 before it is. */
export function proofPercent({ closeness }: ProofStatus): string {
  return `${Math.min(99, Math.max(0, Math.floor(closeness * 100)))} %`;
}

/** `firingText` in the unit of the trigger's own measure; without a unit for a trigger that the plan no longer has. */
export function firedText(firing: Firing, triggers: readonly TriggerStatus[]): string {
  const unit = triggers.find(({ id }) => id === firing.trigger)?.verdict.figure.unit ?? '';
  return firingText(firing, unit === '' ? null : unit);
}

/** A review may rest on any number of triggers; three of them are enough to say why. */
const mostFired = 3;

/** What each fired on, in one line: the first of them, and the number of the others. */
export function firedTexts(firings: readonly Firing[], triggers: readonly TriggerStatus[], t: Translate): string {
  return boundedList(
    firings.map((firing) => firedText(firing, triggers)),
    mostFired,
    '; ',
    t,
  );
}

/** `7 of 100 uploads`, `369 uploads, 20 needed`: a count that is to grow. `null` for everything else. */
/** How many more are to come for a count that is to grow: `20 uploads` of which 13 came. `null` for everything else. */
export function stillToCome({ figure, limit, condition }: ConditionVerdict): number | null {
  const grows = parsed(condition)?.comparison === '>=' && figure.unit === '' && figure.good === null;
  if (!grows || figure.value === null || limit === null || !Number.isInteger(figure.value)) return null;
  return figure.value < limit ? Math.ceil(limit - figure.value) : null;
}

function countOf({ measure, figure, limit, condition }: ConditionVerdict): string | null {
  const comparison = parsed(condition)?.comparison;
  const grows = comparison === '>=' && figure.unit === '' && figure.good === null;
  if (!grows || figure.value === null || limit === null || !Number.isInteger(figure.value)) return null;
  const name = measure.replaceAll('_', ' ');
  return figure.value > limit
    ? `${grouped(figure.value)} ${name}, ${grouped(limit)} needed`
    : `${grouped(figure.value)} of ${grouped(limit)} ${name}`;
}

function figureWithLimit(verdict: ConditionVerdict): string {
  const { measure, figure, baseline, limit } = verdict;
  const condition = parsed(verdict.condition);
  if (condition === null || figure.value === null) return `${plainText(verdict.condition)}: ${figureText(figure)}`;
  const needs = `needs ${wanted(condition.comparison)}`;
  if (isRatio(condition) && baseline !== null && baseline.value !== null && baseline.value > 0) {
    const wantedShare = thresholdValue(condition.threshold);
    const whose = baseline.from === 'concurrent' ? 'control' : 'the baseline';
    const ratio = shareText(figure.value / baseline.value, wantedShare);
    const text = `${measure} ${ratio} of ${whose}, ${needs}${shareText(wantedShare, figure.value / baseline.value)}`;
    return isSecondChoice(baseline) ? `${text} (${plainText(baseline.why ?? '')})` : text;
  }
  const held = limit ?? thresholdValue(condition.threshold);
  return `${measure} ${figureText(figure, held)}, ${needs}${valueText(held, figure.unit, figure.value)}`;
}

/** The plan prefers another baseline, which could not be used. */
function isSecondChoice({ why }: VerdictBaseline): boolean {
  return why?.includes(', because ') === true;
}

/** The plan's own number: `95 %`, `870 ms`, `120 % of the baseline`. */
function limitText(condition: Condition, unit: string | null, beside: number | null): string {
  const value = thresholdValue(condition.threshold);
  if (condition.difference !== undefined) return differenceText(condition);
  if (condition.against === 'baseline') {
    return condition.threshold.unit === '%' ? `${shareText(value)} of the baseline` : `${value} × the baseline`;
  }
  return valueText(value, unit ?? unitOf(condition), beside);
}

function unitOf({ threshold, against }: Condition): string {
  return against === 'baseline' ? '' : threshold.unit;
}

function wanted(comparison: Comparison): string {
  switch (comparison) {
    case '>=':
    case '<=':
    case '==':
      return '';
    case '<':
      return 'below ';
    case '>':
      return 'above ';
    case '!=':
      return 'other than ';
  }
}

function passed(comparison: Comparison): string {
  switch (comparison) {
    case '<':
      return 'below';
    case '<=':
      return 'not above';
    case '>':
      return 'above';
    case '>=':
      return 'not below';
    case '==':
      return 'equal to';
    case '!=':
      return 'other than';
  }
}

function parsed(text: string): Condition | null {
  const condition = parseCondition(text);
  return 'measure' in condition ? condition : null;
}

/** The shortest rendering, from one decimal on, in which two different numbers read differently. */
function distinct(value: number, beside: number | null, render: (value: number, digits: number) => string): string {
  for (let digits = 1; digits < mostDigits; digits += 1) {
    const text = render(value, digits);
    if (!misleads(value, text) && (beside === null || value === beside || text !== render(beside, digits))) return text;
  }
  return render(value, mostDigits);
}

/** Only zero reads as 0, and only the whole as 100 %. */
function misleads(value: number, text: string): boolean {
  return (value !== 0 && /^-?0(?: |$)/.test(text)) || (value !== 1 && text === '100 %');
}

function percentDigits(share: number, digits: number): string {
  return trimmed((share * 100).toFixed(digits));
}

/** Three significant digits at least, more where `digits` asks for it. */
function numberDigits(value: number, digits: number): string {
  if (Number.isInteger(value)) return grouped(value);
  const whole = Math.max(0, Math.floor(Math.log10(Math.abs(value))) + 1);
  const decimals = Math.min(20, Math.max(0, 2 - whole) + digits);
  const [before = '', after] = trimmed(value.toFixed(whole >= 3 ? digits - 1 : decimals)).split('.');
  return after === undefined ? grouped(Number(before)) : `${grouped(Number(before))}.${after}`;
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `12,040`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** The condition compares the figure's ratio to its baseline, and neither the figure nor a difference. */
export function isRatio({ against, difference }: Condition): boolean {
  return against === 'baseline' && difference === undefined;
}

/** `baseline + 0.5 points`, `baseline − 20 ms`, for a condition with a difference. */
export function differenceText({ threshold, difference }: Condition): string {
  const { coefficient, scale, unit } = threshold;
  const amount = unit === 'points' ? (coefficient * 100) / scale : coefficient / scale;
  const number = String(Number(amount.toPrecision(12)));
  const named =
    unit === 'points' ? `${number} ${amount === 1 ? 'point' : 'points'}` : unit === '' ? number : `${number} ${unit}`;
  return `baseline ${difference === 'below' ? '−' : '+'} ${named}`;
}
