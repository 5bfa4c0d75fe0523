import type { EvidenceView } from '../domain/checklistView.ts';
import { type Comparison, parseCondition } from '../domain/condition.ts';
import type {
  ArmReview,
  ItemTopic,
  LineReview,
  MeasureReview,
  QuantileReview,
  ReviewCounts,
  ReviewFacts,
  ReviewFigures,
  TriggerReview,
} from '../domain/dailyReview.ts';
import { formatDuration } from '../domain/duration.ts';
import { quantileName } from '../domain/shownQuantiles.ts';
import type { Figure } from '../domain/verdict.ts';
import { clockText } from './clockText.ts';
import { grouped, percentText, shareText, valueText } from './figureText.ts';
import { partTitle } from './partTitle.ts';
import { placeText } from './placeText.ts';
import { plainText } from './plainText.ts';

/** A fact of a review in words: `Success overnight`: `99.7 % of 1,204 · night before 99.8 % of 1,310`. */
export interface ReviewLine {
  readonly label: string;
  readonly text: string;
  /** Worth a second look: an error, a trigger that fired or came near, a silence. */
  readonly stirs: boolean;
}

/** The distance from which a trigger is worth a look. */
const near = 0.8;
const mostNamed = 3;

/** The figures for the start of a review, and for an item without a topic of its own. */
export function overviewLines(facts: ReviewFacts): readonly ReviewLine[] {
  const { figures, figuresBefore, overnight, overnightBefore } = facts;
  return [
    ...armLines('overnight', overnight, overnightBefore, 'night before'),
    ...armLines(`since ${clockText(facts.period.from, facts.period.to, facts.zone)}`, figures, figuresBefore, 'before'),
    exposureLine(figures, figuresBefore),
    ...errorLines(facts, 'new'),
    triggersLine(facts),
    ...sourceLines(facts),
    ...eventLines(facts),
    ...untickedLines(facts),
  ];
}

/** The figures of an item's topic; the overview without a topic. */
export function topicLines(
  facts: ReviewFacts,
  topic: ItemTopic | undefined,
  evidence?: EvidenceView | undefined,
): readonly ReviewLine[] {
  const proof = evidence === undefined ? [] : [evidenceLine(evidence)];
  if (topic === undefined || topic.from === 'overview') return [...proof, ...overviewLines(facts)];
  const measures = topic.measures.flatMap((name) => measureLines(facts, name));
  const triggers = topic.triggers.flatMap((id) => {
    const trigger = facts.triggers.find((each) => each.id === id);
    return trigger === undefined ? [] : [triggerLine(trigger, facts)];
  });
  const errors = topic.errors ? errorLines(facts, 'all').filter(({ label }) => !topic.measures.includes(label)) : [];
  return [...proof, ...measures, ...errors, ...triggers, ...(topic.sources ? sourceLines(facts, true) : [])];
}

/** `Async upload rollout, review of 2025-11-04: …`: one line for the team. `stands`: the one sentence. */
export function summaryText(facts: ReviewFacts, stands: string, counts: ReviewCounts): string {
  const { overnight, overnightBefore, errors, triggers } = facts;
  const success = goodText(overnight.arms.treatment);
  const before = goodText(overnightBefore.arms.treatment);
  const news = errors.lines.filter(({ n }) => n > 0).map(({ n, measure }) => `${grouped(n)} ${measure}`);
  const rejected = errors.rejected.reduce((sum, { n, since }) => sum + (since === 'last-review' ? n : 0), 0);
  if (rejected > 0) news.push(rejected === 1 ? '1 rejected line' : `${grouped(rejected)} rejected lines`);
  const unread = errors.lines.filter((line) => line.unread !== '').map(({ measure }) => measure);
  const parts = [
    success === null ? '' : `Overnight success ${success}${before === null ? '' : `, the night before ${before}`}.`,
    news.length > 0
      ? `New: ${news.join(', ')}.`
      : unread.length > 0
        ? `No data on ${unread.join(', ')}.`
        : errors.lines.length === 0
          ? 'No log is searched for errors.'
          : 'No new errors.',
    triggers.length === 0
      ? ''
      : triggersLine(facts)
          .text.replace(/^(\p{Ll})/u, (first) => first.toUpperCase())
          .concat('.'),
    `Checklists: ${countsText(counts)}.`,
  ];
  return plainText(`${facts.name}: ${stands} ${parts.filter((part) => part !== '').join(' ')}`, 1500);
}

/** `5 ticked, 2 proven, 1 skipped, 1 open`. */
export function countsText({ ticked, proven, skipped, open }: ReviewCounts): string {
  const parts = [
    [ticked, 'ticked'],
    [proven, 'proven by evidence'],
    [skipped, 'skipped'],
    [open, 'open'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length === 0 ? 'nothing was due' : said.join(', ');
}

/** A measure over a time: `99.7 % (1,200 of 1,204)`, `940 ms, 108 % of control`. */
export function measureText({ figure, baseline, state, reason }: MeasureReview): string {
  if (state === 'no-data') return reason;
  const few = state === 'insufficient' ? ` (too few: ${reason})` : '';
  return `${figureText(figure)}${baselineText(figure, baseline)}${few}`;
}

/** How near a trigger came, in one line. */
export function triggerText(trigger: TriggerReview, { period, zone }: ReviewFacts): string {
  const { fired, closest, held, state, reason } = trigger;
  const times =
    fired.length === 0 ? '' : `FIRED ${timesText(fired.length)}, last ${clockText(fired.at(-1) ?? 0, period.to, zone)}`;
  if (closest === null) {
    const why =
      state === 'idle'
        ? 'not judged: nobody was exposed'
        : `${state === 'insufficient' ? 'too few' : 'no data'}: ${reason}`;
    return times === '' ? why : times;
  }
  const { figure, limit, at, holds, closeness } = closest;
  const condition = parseCondition(trigger.when);
  const [measure, side] =
    'measure' in condition ? [condition.measure, sideText(condition.comparison)] : [trigger.when, 'at'];
  const way = closeness === null || holds ? '' : `, ${percentText(Math.floor(closeness * 100 + 1e-9))} of the way`;
  const edge = valueText(limit, figure.unit, figure.value);
  const said = `${measure} ${figureText(figure, limit)} (${clockText(at, period.to, zone)}), fires ${side} ${edge}${way}`;
  const waited = trigger.for > 0 && holds ? `, held ${formatDuration(held)} of ${formatDuration(trigger.for)}` : '';
  return [times, `${said}${waited}`].filter((part) => part !== '').join('; closest ');
}

/** `the last review, yesterday 09:12`. */
export function sinceText({ period, zone }: ReviewFacts): string {
  const when = clockText(period.from, period.to, zone);
  switch (period.since) {
    case 'last-review':
      return `the last review, ${when}`;
    case 'day':
    case 'asked':
      return when;
  }
}

function armLines(when: string, now: ReviewFigures, before: ReviewFigures, word: string): ReviewLine[] {
  const lines: ReviewLine[] = [];
  const { treatment, control } = now.arms;
  if (treatment.good !== null) {
    const parts = [goodText(treatment) ?? 'no records', `${word} ${goodText(before.arms.treatment) ?? 'none'}`];
    const controls = goodText(control);
    lines.push({
      label: `Success ${when}`,
      text: [...parts, ...(controls === null ? [] : [`control ${controls}`])].join(' · '),
      stirs: false,
    });
  }
  if (treatment.latency !== null) {
    lines.push({ label: `Latency ${when}`, text: latencyText(treatment, control, before, word), stirs: false });
  }
  return lines;
}

function latencyText(treatment: ArmReview, control: ArmReview, before: ReviewFigures, word: string): string {
  const mine = quantilesText(treatment);
  const theirs = quantilesText(control);
  return [mine ?? 'no records', `${word} ${quantilesText(before.arms.treatment) ?? 'none'}`]
    .concat(theirs === null ? [] : [`control ${theirs}`])
    .join(' · ');
}

/** `p50 410 ms, p95 940 ms`; `null` without records. */
function quantilesText({ latency }: ArmReview): string | null {
  if (latency === null || latency.quantiles.every(({ value }) => value === null)) return null;
  const { unit, quantiles } = latency;
  return quantiles.map((quantile) => `${quantileName(quantile.at)} ${quantileText(quantile, unit)}`).join(', ');
}

function quantileText({ value, n, needed }: QuantileReview, unit: string): string {
  if (value === null) return 'none';
  if (n < needed) return `too few (${n} of ${needed})`;
  return valueText(value, unit);
}

function exposureLine(now: ReviewFigures, before: ReviewFigures): ReviewLine {
  const text = `${exposureText(now)} · before ${exposureText(before)}`;
  return { label: 'Exposed', text, stirs: false };
}

/** `1,204 of 12,040 (10 %)`. */
export function exposureText({ arms }: ReviewFigures): string {
  const all = arms.treatment.n + arms.control.n;
  if (all === 0) return 'no records';
  return `${grouped(arms.treatment.n)} of ${grouped(all)} (${shareText(arms.treatment.n / all)})`;
}

function errorLines({ errors }: ReviewFacts, which: 'new' | 'all'): ReviewLine[] {
  const lines = errors.lines
    .filter((line) => which === 'all' || line.n > 0 || line.unread !== '')
    .map((line) => ({ label: line.measure, text: lineText(line), stirs: line.n > 0 }));
  const rejected = errors.rejected.map(({ glob, n, since }) => ({
    label: 'Rejected lines',
    text: `${grouped(n)} of ${plainText(glob, 100)}${since === 'ever' ? ', ever' : ''}`,
    stirs: since === 'last-review',
  }));
  const seen = errors.firstSeen.slice(0, mostNamed).map(({ field, value, n }) => ({
    label: 'First seen',
    text: `${plainText(field, 40)} = ${plainText(value, 60)}, ${timesText(n)}`,
    stirs: true,
  }));
  const found = [...lines, ...rejected, ...seen];
  if (found.length > 0) return found;
  return [
    {
      label: 'New errors',
      text: errors.lines.length === 0 ? 'none rejected; no log is searched' : 'none',
      stirs: false,
    },
  ];
}

/** `3, before none; newest app.log:12`. */
export function lineText({ n, before, newest, unread }: LineReview): string {
  if (unread !== '') return `no data: ${plainText(unread)}`;
  const last = newest.at(-1);
  const where = last === undefined ? '' : `; newest ${placeText(last.place, 120)}`;
  return `${n === 0 ? 'none' : grouped(n)}, before ${before === 0 ? 'none' : grouped(before)}${where}`;
}

function triggersLine(facts: ReviewFacts): ReviewLine {
  const fired = facts.triggers.filter((each) => each.fired.length > 0);
  if (fired.length > 0) {
    const text = fired.map((each) => `${each.id} FIRED ${timesText(each.fired.length)}`).join(', ');
    return { label: 'Triggers', text, stirs: true };
  }
  const judged = facts.triggers.filter((each) => each.closest?.closeness != null);
  const closest = judged.reduce<TriggerReview | null>(
    (worst, each) => ((each.closest?.closeness ?? 0) > (worst?.closest?.closeness ?? -1) ? each : worst),
    null,
  );
  if (closest === null) {
    const [first] = facts.triggers;
    const why = first === undefined ? 'the plan has none' : triggerText(first, facts);
    return { label: 'Triggers', text: facts.triggers.length > 1 ? `none could be judged; ${why}` : why, stirs: false };
  }
  const unjudged = facts.triggers.filter((each) => each.closest === null).length;
  const rest = unjudged === 0 ? '' : ` (${unjudged} could not be judged)`;
  return {
    label: 'Triggers',
    text: `none fired; nearest ${closest.id}, ${triggerText(closest, facts)}${rest}`,
    stirs: (closest.closest?.closeness ?? 0) >= near,
  };
}

function triggerLine(trigger: TriggerReview, facts: ReviewFacts): ReviewLine {
  const stirs = trigger.fired.length > 0 || (trigger.closest?.closeness ?? 0) >= near;
  return { label: `Trigger ${partTitle(trigger)}`, text: triggerText(trigger, facts), stirs };
}

function measureLines(facts: ReviewFacts, name: string): ReviewLine[] {
  const of = ({ measures }: ReviewFigures) => measures.find((each) => each.name === name);
  const said = (figures: ReviewFigures) => {
    const measure = of(figures);
    return measure === undefined ? 'no data' : measureText(measure);
  };
  if (of(facts.figures) === undefined) return [];
  const lines = facts.errors.lines.find(({ measure }) => measure === name);
  const since = lines === undefined ? `${said(facts.figures)} · before ${said(facts.figuresBefore)}` : lineText(lines);
  return [
    {
      label: `${name} overnight`,
      text: `${said(facts.overnight)} · night before ${said(facts.overnightBefore)}`,
      stirs: false,
    },
    {
      label: `${name} since ${clockText(facts.period.from, facts.period.to, facts.zone)}`,
      text: since,
      stirs: lines !== undefined && lines.n > 0,
    },
  ];
}

/** Only faults, or (`all`) also their absence. */
function sourceLines({ sources, period, zone }: ReviewFacts, all = false): ReviewLine[] {
  const clock = (at: number) => clockText(at, period.to, zone);
  const silent = sources.now
    .filter(({ fresh, needed }) => needed && !fresh)
    .map(({ glob, arrived }) => ({
      label: 'Source silent',
      text: `${plainText(glob, 100)}, ${arrived === null ? 'nothing has come yet' : `last heard ${clock(arrived)}`}`,
      stirs: true,
    }));
  const silences = sources.silences.slice(-mostNamed).map(({ from, to }) => ({
    label: 'No records',
    text: `from ${clock(from)} ${to === null ? 'on' : `to ${clock(to)}`}`,
    stirs: true,
  }));
  const losses = sources.losses.slice(-mostNamed).map(({ at, glob, detail }) => ({
    label: 'Declared loss',
    text: `${clock(at)}, ${plainText(glob, 100)}: ${plainText(detail, 200)}`,
    stirs: true,
  }));
  const found = [...silent, ...silences, ...losses];
  if (found.length > 0 || !all) return found;
  const text =
    sources.limit === null ? 'no source of records' : `none silent for longer than ${formatDuration(sources.limit)}`;
  return [{ label: 'Sources', text, stirs: false }];
}

function eventLines({ events, period, zone }: ReviewFacts): ReviewLine[] {
  return events.slice(-mostNamed).map(({ at, text, override }) => ({
    label: clockText(at, period.to, zone),
    text: plainText(text, 240),
    stirs: override,
  }));
}

function untickedLines({ unticked, period, zone }: ReviewFacts): ReviewLine[] {
  return unticked.slice(-mostNamed).map(({ item, at, detail }) => ({
    label: 'Lost its tick',
    text: `${plainText(item, 120)}, ${clockText(at, period.to, zone)}: ${plainText(detail, 200)}`,
    stirs: true,
  }));
}

function evidenceLine({ state, detail }: EvidenceView): ReviewLine {
  const words = { holds: 'Proven', fails: 'Not proven', unknown: 'Cannot be judged' } as const;
  return { label: words[state], text: plainText(detail, 300), stirs: state === 'fails' };
}

/** `99.7 % of 1,204`; `null` without records, or without a share measure. */
export function goodText({ n, good }: ArmReview): string | null {
  return n === 0 || good === null ? null : `${shareText(good / n)} of ${grouped(n)}`;
}

function figureText(figure: Figure, beside: number | null = null): string {
  if (figure.value === null) return 'no data';
  const value = valueText(figure.value, figure.unit, beside);
  return figure.unit === '%' ? `${value} of ${grouped(figure.n)}` : value;
}

function baselineText(figure: Figure, baseline: MeasureReview['baseline']): string {
  if (baseline === null || baseline.value === null || figure.value === null) return '';
  const whose = baseline.from === 'concurrent' ? 'control' : 'baseline';
  if (figure.unit === '%' || baseline.value <= 0) return ` (${whose} ${valueText(baseline.value, figure.unit)})`;
  return ` (${shareText(figure.value / baseline.value)} of ${whose})`;
}

function sideText(comparison: Comparison): string {
  switch (comparison) {
    case '<':
    case '<=':
      return 'below';
    case '>':
    case '>=':
      return 'above';
    case '==':
      return 'at';
    case '!=':
      return 'off';
  }
}

function timesText(n: number): string {
  return n === 1 ? 'once' : `${grouped(n)} times`;
}
