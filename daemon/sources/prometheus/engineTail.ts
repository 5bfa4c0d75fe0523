import { isApproved } from '../../approval/approvals.ts';
import { boundUse } from '../../approval/useApproval.ts';
import { nothingRead, RecentTrouble } from '../../ingest/tail/sourceHealth.ts';
import type {
  Batch,
  Observation,
  RejectReason,
  SourceGap,
  SourceHealth,
  SourceProgress,
} from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import type { Arm } from '../../protocol/domain/plan.ts';
import { useOfSource } from '../../protocol/domain/plannedUses.ts';
import {
  countKinds,
  defaultSettle,
  defaultStep,
  type PrometheusSource,
} from '../../protocol/domain/prometheusSource.ts';
import { sourceName } from '../../protocol/domain/sourceKinds.ts';
import { eventTime, isoTime, type WallTime } from '../../protocol/domain/units.ts';
import { KeptTexts } from '../keptTexts.ts';
import type { NumberedSource, SourceRun } from '../source.ts';
import { type EnginePosition, engineRecords, newEngine, storedEngine } from './enginePosition.ts';
import { type Answered, grown, mostSeries, type Reset, type Step } from './growth.ts';
import { queryRange } from './rangeQuery.ts';

/** Steps of one look: an engine refuses more than 11,000 points a series, and an answer must be short. */
const stepsPerLook = 500;
const approvalEvery = 2000;
const firstWait = 2000;
const longestWait = 60_000;
/** After so many looks in a row that failed, the source is in error. */
const failuresToBeSure = 2;

interface Query {
  readonly arm: Arm;
  readonly kind: Answered['kind'];
  readonly query: string;
}

/** One engine, asked again and again. */
export class EngineTail {
  readonly #run: SourceRun<PrometheusSource>;
  readonly #source: PrometheusSource;
  readonly #index: number;
  readonly #name: string;
  readonly #step: number;
  readonly #settle: number;
  readonly #queries: readonly Query[];
  readonly #texts: KeptTexts;
  readonly #trouble = new RecentTrouble();
  readonly #stop = new AbortController();
  #position: EnginePosition | null;
  #lookAt = 0;
  #failures = 0;
  #fault: string | null = null;
  #isUnapproved = false;
  #hint: string | null = null;
  #refused: { readonly batch: Batch; readonly position: EnginePosition; readonly reason: string } | null = null;
  #readToEnd: WallTime | null = null;
  #behindSince: WallTime | null = null;

  constructor(run: SourceRun<PrometheusSource>, { index, source }: NumberedSource<PrometheusSource>) {
    this.#run = run;
    this.#source = source;
    this.#index = index;
    this.#name = sourceName(source);
    const { step, settle, arms } = source.prometheus;
    this.#step = Math.max(1000, step ?? defaultStep);
    this.#settle = settle ?? defaultSettle;
    this.#queries = (['treatment', 'control'] as const).flatMap((arm) =>
      countKinds.flatMap((kind) => {
        const query = arms[arm]?.[kind];
        return query === undefined ? [] : [{ arm, kind, query }];
      }),
    );
    const { position, texts } = storedEngine(index, run.positions);
    this.#position = position;
    this.#texts = new KeptTexts(texts);
    this.#trouble.add(
      nothingRead,
      (run.gaps ?? []).filter((gap) => gap.source === index),
    );
  }

  /** Milliseconds until the next look, by the same clock as `look`. */
  waits(at: number): number {
    return Math.max(0, this.#lookAt - at);
  }

  /** Asks for what is new and counts it; false when nothing more is to be had at once. Never throws but for a defect. */
  async look(at: number): Promise<boolean> {
    if (this.#refused !== null && !this.#offer(this.#refused)) {
      this.#lookAt = at + firstWait;
      return false;
    }
    const unapproved = this.#unapproved();
    this.#isUnapproved = unapproved !== null;
    if (unapproved !== null) {
      this.#failed(unapproved, at, approvalEvery);
      this.#failures = failuresToBeSure;
      return false;
    }
    const now = this.#run.now();
    const before = this.#position ?? newEngine(this.#grid(now));
    const queries = Object.fromEntries(
      this.#queries.map(({ arm, kind, query }) => {
        const known = before.queries[`${arm} ${kind}`];
        return [
          `${arm} ${kind}`,
          known?.query === query ? known : { query, from: this.#grid(before.until) + this.#step },
        ];
      }),
    );
    const latest = this.#grid(now);
    const first = Math.min(...Object.values(queries).map(({ from }) => from)) - this.#step;
    const start = this.#grid(Math.min(latest, Math.max(before.until - this.#settle - this.#step, first)));
    const end = Math.min(latest, Math.max(start, this.#grid(before.until)) + stepsPerLook * this.#step);
    const answers = await this.#ask(start, end, queries);
    if (this.#stop.signal.aborted) return false;
    if (typeof answers === 'string') {
      this.#failed(answers, at, Math.min(longestWait, firstWait * 2 ** this.#failures));
      return false;
    }
    const { steps, resets, state } = grown(before.growth, answers, now - this.#settle);
    const isMore = end < latest;
    this.#hint = hintOf(answers);
    const position: EnginePosition = { version: 1, until: Math.max(before.until, end), queries, growth: state };
    const batch = this.#batch(steps, resets, position, isMore);
    if (!this.#offer({ batch, position })) {
      this.#lookAt = at + firstWait;
      return false;
    }
    this.#failures = 0;
    this.#fault = null;
    this.#lookAt = isMore ? at : at + this.#step;
    if (!isMore) {
      this.#readToEnd = now;
      this.#behindSince = null;
    }
    return isMore;
  }

  health(): SourceHealth {
    const of = { source: this.#index, glob: this.#name, files: [], lag: 0 };
    if (this.#refused !== null)
      return { ...of, state: 'error', detail: `nothing is read: ${this.#refused.reason}; tried again by itself` };
    if (this.#fault !== null)
      return {
        ...of,
        state: this.#failures >= failuresToBeSure ? 'error' : 'degraded',
        detail: this.#fault,
        ...(this.#isUnapproved && { unapproved: true }),
      };
    if (this.#readToEnd === null) return { ...of, state: 'waiting', detail: 'it has not answered yet' };
    const trouble = this.#trouble.detail(this.#run.now());
    return trouble === null
      ? { ...of, state: 'reading', detail: this.#hint }
      : { ...of, state: 'degraded', detail: trouble };
  }

  get progress(): SourceProgress {
    return {
      source: this.#index,
      readToEnd: this.#readToEnd,
      behindSince: this.#behindSince,
      isThere: this.#readToEnd !== null,
    };
  }

  textAt(place: Place): string | null {
    return 'query' in place ? this.#texts.get(keyOf(place)) : null;
  }

  /** Asks at once, when it waits after a failure. */
  tryAgain(): void {
    if (this.#fault !== null) this.#lookAt = 0;
  }

  close(): void {
    this.#stop.abort();
  }

  #grid(at: number): number {
    return Math.floor(at / this.#step) * this.#step;
  }

  /** One line while nobody has approved it. */
  #unapproved(): string | null {
    const { root, outside } = this.#run;
    const use = useOfSource(this.#source, this.#index);
    if (use === null) throw new Error('a connection needs an approval');
    const { sha256 } = boundUse(outside.rollout, use, root, outside.environment);
    return isApproved(outside.directory, sha256)
      ? null
      : 'nobody has approved this connection on this machine: look at it with `rampwatch approve`';
  }

  /** The answers to all queries over the same time, or the first fault: what is half known is not counted. */
  async #ask(start: number, end: number, queries: EnginePosition['queries']): Promise<readonly Answered[] | string> {
    const range = { start: start / 1000, end: end / 1000, step: this.#step / 1000 };
    const { outside } = this.#run;
    const told = await Promise.all(
      this.#queries.map(async ({ arm, kind, query }) => {
        const answer = await queryRange(this.#source, { query, ...range }, outside, this.#stop.signal);
        return { arm, kind, answer };
      }),
    );
    const answered: Answered[] = [];
    for (const { arm, kind, answer } of told) {
      if (answer.kind === 'fault') return `${arm}, ${kind}: ${answer.detail}`;
      if (answer.series.length > mostSeries)
        return `${arm}, ${kind}: more than ${mostSeries} series: sum them up in the query, \`sum by (instance) (…)\``;
      answered.push({ arm, kind, from: queries[`${arm} ${kind}`]?.from ?? end, series: answer.series });
    }
    return answered;
  }

  #failed(detail: string, at: number, wait: number): void {
    this.#fault = detail;
    this.#failures += 1;
    this.#lookAt = at + wait;
    this.#behindSince ??= this.#run.now();
  }

  #batch(steps: readonly Step[], resets: readonly Reset[], position: EnginePosition, unread: boolean): Batch {
    const arrived = this.#run.now();
    const observations: Observation[] = [];
    const rejected: Partial<Record<RejectReason, number>> = {};
    let lines = 0;
    for (const step of steps) {
      const place = { query: this.#source.prometheus.arms[step.arm]?.total ?? '', at: eventTime(step.at) };
      const reading = this.#run.instrument.readRecord(this.#index, recordOf(step), arrived);
      for (const each of reading.kind === 'several' ? reading.readings : [reading]) {
        lines += 1;
        if (each.kind === 'rejected') rejected[each.reason] = (rejected[each.reason] ?? 0) + 1;
        else if (each.kind !== 'ignored') observations.push({ reading: each, place });
      }
      this.#texts.add(
        {
          key: keyOf(place),
          text: `${textOf(step, this.#step, this.#queries)}; ${graphAddress(this.#source.prometheus.url, place)}`,
        },
        step.bad > 0,
      );
    }
    const firsts = new Map(resets.map((reset) => [`${reset.arm} ${reset.kind}`, reset]));
    const gaps = [...firsts.values()].map((reset) => this.#gapOf(reset, arrived));
    this.#trouble.add({ lines, rejected, untimed: 0 }, []);
    return {
      source: this.#index,
      arrived,
      unread,
      observations,
      ignored: 0,
      rejected,
      positions: engineRecords(this.#index, position, this.#texts.takeChanges()),
      forgotten: [],
      gaps,
    };
  }

  #gapOf({ arm, kind, at, before }: Reset, now: WallTime): SourceGap {
    return {
      source: this.#index,
      file: this.#name,
      reason: `a counter (${arm}, ${kind}) began anew between ${isoTime(eventTime(before))} and ${isoTime(eventTime(at))}: what it counted after its last sample before that is not known`,
      at: now,
    };
  }

  #offer(read: { readonly batch: Batch; readonly position: EnginePosition }): boolean {
    try {
      this.#run.commit([read.batch]);
    } catch (error) {
      this.#refused = { ...read, reason: error instanceof Error ? error.message : String(error) };
      return false;
    }
    this.#refused = null;
    this.#position = read.position;
    return true;
  }
}

function keyOf({ query, at }: { readonly query: string; readonly at: number }): string {
  return `${at} ${query}`;
}

/** A record of a step, as the plan's measures read it. */
function recordOf({ arm, at, total, bad, good, buckets }: Step): Readonly<Record<string, unknown>> {
  return {
    time: at,
    arm,
    total,
    bad,
    good,
    latency: buckets.map(([, count]) => count),
    le: buckets.flatMap(([bound]) => (Number.isFinite(bound) ? [bound] : [])),
  };
}

/** The samples behind a step, in one line. */
function textOf({ arm, at, total, bad, good, series }: Step, step: number, queries: readonly Query[]): string {
  const has = (kind: Query['kind']) => queries.some((query) => query.arm === arm && query.kind === kind);
  const parts = [
    `total +${total} in ${series} series`,
    ...(has('bad') ? [`bad +${bad}`] : []),
    ...(has('good') ? [`good +${good}`] : []),
  ];
  return `${arm}, ${isoTime(eventTime(at - step))} to ${isoTime(eventTime(at))}: ${parts.join(', ')}`;
}

/** The engine's own picture of a query, an hour up to the step. */
function graphAddress(url: string, { query, at }: { readonly query: string; readonly at: number }): string {
  const asked = new URLSearchParams({
    'g0.expr': query,
    'g0.tab': '0',
    'g0.range_input': '1h',
    'g0.end_input': isoTime(eventTime(at)).slice(0, 19).replace('T', ' '),
  });
  return `${url.replace(/\/+$/, '')}/graph?${asked}`;
}

/** A query without a series counts nothing; for the bad ones that may be right, or a slip of the pen. */
function hintOf(answers: readonly Answered[]): string | null {
  const empty = answers.filter(({ series }) => series.length === 0);
  const [total] = empty.filter(({ kind }) => kind === 'total');
  if (total !== undefined)
    return `no series for \`total\` of ${total.arm}: nothing of it is counted; look at the query`;
  const [first] = empty;
  return first === undefined
    ? null
    : `no series yet for \`${first.kind}\` of ${first.arm}, so none is counted: right if there was none, else look at the query`;
}
