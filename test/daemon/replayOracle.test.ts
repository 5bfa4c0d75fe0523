import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPlan } from '../../daemon/plan/load.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { type ReplayReport, replay } from '../../daemon/replayRecording.ts';

const planText = `version: 1
id: oracle
sources:
  - file: metrics.jsonl
    ignore: { note: any }
    stage_event: { match: { event: stage }, percent: to }
arms: { treatment: { arm: [new, rescued] }, control: { arm: old } }
measures:
  ok: { share: { ok: true } }
  failed: { share_not: ok }
stages:
  - { id: off, percent: 0 }
  - { id: ten, percent: 10, gate: ["ok >= 90%"] }
  - { id: full, percent: 100, gate: ["ok >= 90%"] }
triggers:
  - { id: low, when: "ok < 95%", over: 5m, min: 20, then: rollback, rule: literal, also: sequential }
  - { id: lasting, when: "failed > 10%", over: 2m, min: 5, for: 3m, then: review }
`;
const minute = 60_000;
const start = Date.parse('2026-03-01T10:00:30.500Z');

type Line =
  | {
      readonly kind: 'upload';
      readonly at: number;
      readonly arm: 'new' | 'rescued' | 'old' | 'other';
      readonly ok: boolean;
    }
  | { readonly kind: 'stage'; readonly at: number; readonly percent: number }
  | { readonly kind: 'noise'; readonly text: string; readonly reason: string | null };

interface Episode {
  readonly trigger: string;
  readonly rule: 'literal' | 'sequential';
  readonly at: number;
  until: number;
  readonly n: number;
  readonly good: number;
}

/** A condition that holds: when that was seen last, how much of the time was observed, and whether it is known on. */
interface Holding {
  readonly at: number;
  readonly observed: number;
  readonly known: boolean;
}

/** Every figure by brute force: each window is summed anew from all lines so far. */
function naive(lines: readonly Line[]) {
  const rejected: Record<string, number> = {};
  const values: Record<string, number> = {};
  const uploads: Extract<Line, { kind: 'upload' }>[] = [];
  const visits: { percent: number; from: number; to: number | null }[] = [];
  const episodes: Episode[] = [];
  const unknown: Record<string, number> = {};
  let ignored = 0;
  let newest = Number.NEGATIVE_INFINITY;
  let open: Record<string, Episode | null> = {};
  let lasting = null as Holding | null;
  let steadySince = 0;
  let capital = 1;
  let sums = { n: 0, good: 0 };

  const enter = (percent: number, at: number): void => {
    const last = visits.at(-1);
    if (last !== undefined) last.to = at;
    visits.push({ percent, from: at, to: null });
  };
  const inWindow = (over: number) =>
    uploads.filter(({ at, arm }) => isTreatment(arm) && at > newest - over && at <= newest);
  const episode = (trigger: string, fires: boolean, n: number, good: number): void => {
    const known = open[trigger] ?? null;
    if (!fires) open = { ...open, [trigger]: null };
    else if (known !== null) known.until = newest;
    else {
      const begun: Episode = { trigger, rule: 'literal', at: newest, until: newest, n, good };
      episodes.push(begun);
      open = { ...open, [trigger]: begun };
    }
  };

  for (const line of lines) {
    if (line.kind === 'noise') {
      if (line.reason === null) ignored += 1;
      else rejected[line.reason] = (rejected[line.reason] ?? 0) + 1;
      continue;
    }
    const isFirst = newest === Number.NEGATIVE_INFINITY;
    if (line.kind === 'upload' && line.at - newest > 15 * minute) steadySince = line.at;
    newest = Math.max(newest, line.at);
    if (isFirst) enter(0, newest);
    if (line.kind === 'stage') {
      if (![0, 10, 100].includes(line.percent)) unknown[line.percent] = (unknown[line.percent] ?? 0) + 1;
      else if (visits.at(-1)?.percent !== line.percent) enter(line.percent, line.at);
      continue;
    }
    uploads.push(line);
    values[line.arm] = (values[line.arm] ?? 0) + 1;
    if (!isTreatment(line.arm)) continue;
    if (capital <= 1) sums = { n: 0, good: 0 };
    sums = { n: sums.n + 1, good: sums.good + Number(line.ok) };
    capital = Math.max(capital, 1) * (line.ok ? 0.9 / 0.98 : (1 - 0.9) / (1 - 0.98));
    if (capital >= 10_000) {
      episodes.push({ trigger: 'low', rule: 'sequential', at: line.at, until: line.at, ...sums });
      capital = 1;
    }
    const five = inWindow(5 * minute);
    const good = five.filter(({ ok }) => ok).length;
    episode('low', five.length >= 20 && 100 * good < 95 * five.length, five.length, good);
    const two = inWindow(2 * minute);
    const failed = two.filter(({ ok }) => !ok).length;
    // `for` counts observed time: no time after which too few records told, in which the window was empty, or in which
    // nothing came for longer than is fresh; and a gap longer than `for` and `over` ends the waiting.
    const passed: number = lasting === null ? 0 : newest - lasting.at;
    if (passed > 3 * minute) lasting = null;
    if (two.length < 5) lasting = lasting && { ...lasting, known: lasting.known && passed === 0 };
    else if (10 * failed <= two.length) lasting = null;
    else if (lasting === null) lasting = { at: newest, observed: 0, known: true };
    else if (passed > 0) {
      const counts: boolean = lasting.known && passed <= 2 * minute && steadySince <= lasting.at;
      lasting = { at: newest, observed: lasting.observed + (counts ? passed : 0), known: true };
    }
    const lasts = two.length >= 5 && lasting !== null && lasting.observed >= 3 * minute;
    episode('lasting', lasts, two.length, two.length - failed);
  }
  const counts = (treatment: boolean, from: number, to: number) => {
    const of = uploads.filter(({ arm, at }) => at >= from && at < to && (treatment ? isTreatment(arm) : arm === 'old'));
    return { n: of.length, good: of.filter(({ ok }) => ok).length };
  };
  const both = (from: number, to: number) => ({ treatment: counts(true, from, to), control: counts(false, from, to) });
  return {
    records: uploads.length,
    ignored,
    rejected,
    values,
    arms: both(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    stages: visits.map(({ percent, from, to }) => ({
      percent,
      from,
      to,
      arms: both(from, to ?? Number.POSITIVE_INFINITY),
    })),
    unknown,
    episodes: episodes.map((one) => ({ ...one })).sort(byTime),
  };
}

/**
 * The time of the daemon's rollback: at the first record of the treatment, since anyone was exposed, at which either
 * rule of `low` fires.
 */
function naiveRollback(lines: readonly Line[]): number | null {
  const judged: Extract<Line, { kind: 'upload' }>[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  let percent = 0;
  let since: number | null = null;
  let capital = 1;
  for (const line of lines) {
    if (line.kind === 'noise') continue;
    newest = Math.max(newest, line.at);
    if (line.kind === 'stage') {
      if ([0, 10, 100].includes(line.percent)) percent = line.percent;
      if (percent > 0) since ??= line.at;
      continue;
    }
    if (!isTreatment(line.arm)) continue;
    judged.push(line);
    if (percent === 0 || since === null || line.at < since) continue;
    const from = since;
    capital = Math.max(capital, 1) * (line.ok ? 0.9 / 0.98 : (1 - 0.9) / (1 - 0.98));
    const window = judged.filter(({ at }) => at >= from && at > newest - 5 * minute);
    const good = window.filter(({ ok }) => ok).length;
    if (capital >= 10_000 || (window.length >= 20 && 100 * good < 95 * window.length)) return newest;
  }
  return null;
}

/** The same of a report. */
function told(report: ReplayReport) {
  const { records, ignored, rejected, arms, stages, unknownStages: unknown } = report;
  return {
    records,
    ignored,
    rejected,
    values: report.values.arm ?? {},
    arms,
    stages: stages.map(({ percent, from, to, arms: { treatment, control } }) => ({
      percent,
      from: Date.parse(from),
      to: to === null ? null : Date.parse(to),
      arms: {
        treatment: { n: treatment.n, good: treatment.good },
        control: { n: control.n, good: control.good },
      },
    })),
    unknown,
    episodes: report.firings
      .map(({ trigger, rule, at, until, n, good }) => ({
        trigger,
        rule,
        at: Date.parse(at),
        until: Date.parse(until),
        n,
        good: trigger === 'lasting' ? (good ?? 0) : good,
      }))
      .sort(byTime),
  };
}

function byTime(one: { at: number; trigger: string; rule: string }, other: typeof one): number {
  return one.at - other.at || `${one.trigger}${one.rule}`.localeCompare(`${other.trigger}${other.rule}`);
}

function isTreatment(arm: string): boolean {
  return arm === 'new' || arm === 'rescued';
}

/** Bursts and silences, some lines late by up to two hours, stages in their order, and noise in between. */
const recording: fc.Arbitrary<readonly Line[]> = fc
  .array(
    fc.oneof(
      {
        weight: 40,
        arbitrary: fc.record({
          kind: fc.constant('uploads'),
          count: fc.integer({ min: 1, max: 30 }),
          failing: fc.constantFrom(0, 0.04, 0.1, 0.5),
          arm: fc.constantFrom('new', 'rescued', 'old', 'other'),
          seed: fc.integer(),
        } as const),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('pause'),
          length: fc.constantFrom(1000, 59_000, minute, 5 * minute, 2 * 60 * minute),
        } as const),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('late'),
          by: fc.constantFrom(1, 999, 61_000, 299_500, 300_000, 2 * 60 * minute),
          ok: fc.boolean(),
        } as const),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('stage'), percent: fc.constantFrom(0, 10, 25, 100) } as const),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('noise'),
          noise: fc.constantFrom<{ text: string; reason: string | null }>(
            { text: '{"timestamp":', reason: 'invalid-json' },
            { text: '[1]', reason: 'not-an-object' },
            { text: '{"arm":"new","ok":true}', reason: 'no-time' },
            { text: '{"timestamp":"yesterday","arm":"new"}', reason: 'invalid-time' },
            { text: '{"timestamp":"2026-03-01T10:00:00Z","note":"a restart"}', reason: null },
          ),
        } as const),
      },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let now = start;
    const lines: Line[] = [];
    for (const step of steps) {
      switch (step.kind) {
        case 'uploads':
          for (let index = 0; index < step.count; index += 1) {
            const dice = Math.abs(Math.sin(step.seed + index * 12.9898)) % 1;
            now += 100 + Math.floor(dice * 9000);
            lines.push({ kind: 'upload', at: now, arm: step.arm, ok: dice >= step.failing });
          }
          break;
        case 'pause':
          now += step.length;
          break;
        case 'late':
          lines.push({ kind: 'upload', at: now - step.by, arm: 'new', ok: step.ok });
          break;
        case 'stage':
          now += 1;
          lines.push({ kind: 'stage', at: now, percent: step.percent });
          break;
        case 'noise':
          lines.push({ kind: 'noise', ...step.noise });
      }
    }
    return lines;
  });

function textOf(line: Line): string {
  if (line.kind === 'noise') return line.text;
  const timestamp = new Date(line.at).toISOString();
  if (line.kind === 'stage') return JSON.stringify({ timestamp, event: 'stage', to: line.percent });
  return JSON.stringify({ timestamp, arm: line.arm, ok: line.ok });
}

describe('a replay, held against a brute force over random recordings', () => {
  let folder: string;
  let loaded: LoadedPlan;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rampwatch-oracle-'));
    writeFileSync(join(folder, 'rampwatch.yaml'), planText);
    loaded = loadPlan(join(folder, 'rampwatch.yaml'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function replayed(lines: readonly Line[], observe: boolean): Promise<ReplayReport> {
    const file = join(folder, 'metrics.jsonl');
    writeFileSync(file, `${lines.map(textOf).join('\n')}\n`);
    return await replay({ loaded, files: [{ file, name: 'metrics.jsonl' }], observe });
  }

  it('counts, totals of stages, episodes and alarms are the same', async () => {
    let seen = { low: 0, lasting: 0, sequential: 0, late: 0 };
    await fc.assert(
      fc.asyncProperty(recording, async (lines) => {
        const expected = naive(lines);
        expect(told(await replayed(lines, true))).toEqual(expected);
        const literal = (id: string) =>
          expected.episodes.filter(({ trigger, rule }) => trigger === id && rule === 'literal');
        seen = {
          low: seen.low + literal('low').length,
          lasting: seen.lasting + literal('lasting').length,
          sequential: seen.sequential + expected.episodes.filter(({ rule }) => rule === 'sequential').length,
          late:
            seen.late + lines.filter((line, index) => index > 0 && line.kind === 'upload' && line.at < start).length,
        };
      }),
      { numRuns: 300 },
    );
    // The recordings contain the cases to compare.
    expect(Object.values(seen).every((count) => count > 5)).toBe(true);
  });

  it('ends the attempt where the daemon would have', async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(recording, async (lines) => {
        const expected = naiveRollback(lines);
        const report = await replayed(lines, false);
        const at = report.transitions.filter(({ to }) => to === 'rolled-back').map(({ at: time }) => Date.parse(time));
        expect(at).toEqual(expected === null ? [] : [expected]);
        if (expected === null) return;
        ended += 1;
        expect(Date.parse(report.stages.at(-1)?.to ?? '')).toBe(expected);
        // Later records are counted all the same.
        expect(report.records).toBe(naive(lines).records);
      }),
      { numRuns: 300 },
    );
    expect(ended).toBeGreaterThan(5);
  });
});
