import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../daemon/ingest/formats/kinds.ts';
import { byField, keptFields, type Reader, scannerFor, scanStart } from '../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../daemon/ingest/formats/tally.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import { duration, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { evidenceLabel } from '../../daemon/statistics/evidenceLabel.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

const measures = `
  success_rate: { share: { ok: true } }
  latency: { quantile: 0.95, field: took }`;

function planOf(source: string, own = measures, arms = '{ treatment: { arm: a }, control: { arm: b } }'): Plan {
  return uploadPlan(`
sources: [ { ${source} } ]
arms: ${arms}
measures: ${own}
stages: [ { id: off, percent: 0 } ]
triggers: []
baseline: {}
targets: []
checklists: []`);
}

/** Reads the text as a file that grows by pieces, each turn from the state of the one before, as it is stored. */
function ledgerOf(plan: Plan, text: string, piece = text.length, known: string | null = null) {
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const rejected: Record<string, number> = {};
  const bytes = Buffer.from(text);
  let state = { ...scanStart, carried: known };
  for (let end = piece; end < bytes.length + piece; end += piece) {
    // A daemon that is started anew at each turn.
    const again = compileInstrument(plan);
    const reader: Reader = {
      record: (record) => again.readRecord(0, record, wallTime(Number.POSITIVE_INFINITY)),
      line: () => ({ kind: 'rejected', reason: 'invalid-json' }),
      ...byField(again, 0, () => wallTime(Number.POSITIVE_INFINITY)),
      kept: keptFields(again),
    };
    const [source] = plan.sources;
    if (source === undefined) throw new Error('no source');
    const tally = new Tally('file');
    const isLast = end >= bytes.length;
    state = scannerFor(formatOf(source), reader).scan(
      bytes.subarray(state.offset, Math.min(end, bytes.length)),
      state,
      isLast ? 'whole' : 'open',
      tally,
    );
    for (const observation of tally.observations) ledger.add(observation);
    for (const [reason, count] of Object.entries(tally.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return { plan, instrument, ledger, rejected, carried: state.carried };
}

function figures(
  { plan, instrument, ledger }: ReturnType<typeof ledgerOf>,
  from: number | null = null,
  to: number | null = null,
) {
  const counts = ledger.totals('treatment', from === null ? null : eventTime(from), to === null ? null : eventTime(to));
  const measure = resolveMeasure(plan, instrument, 'latency');
  const sketch = measure.kind === 'quantile' ? counts.sketchOf(measure.field) : null;
  return {
    n: counts.n,
    good: counts.good[0],
    numbers: sketch?.count,
    p95: sketch?.quantile(0.95),
    evidence: counts.evidence,
  };
}

const start = Date.UTC(2026, 0, 5, 10);
const record = fc.record({
  second: fc.integer({ min: 0, max: 9000 }),
  ok: fc.boolean(),
  took: fc.integer({ min: 1, max: 999 }),
  count: fc.integer({ min: 0, max: 9 }),
});
const stamp = (second: number) => new Date(start + second * 1000).toISOString();
const lines = (records: readonly object[]) => records.map((each) => `${JSON.stringify(each)}\n`).join('');

describe('a record that counts many', () => {
  it('counts as so many records of one each, in every span and window, and after a restart', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 9000 }),
        (records, cut) => {
          const made = records.map(({ second, ...rest }) => ({ timestamp: stamp(second), arm: 'a', ...rest }));
          const many = ledgerOf(planOf('file: m.jsonl, times: count'), lines(made), 97);
          const single = ledgerOf(
            planOf('file: m.jsonl'),
            lines(made.flatMap((each) => Array.from({ length: each.count }, () => each))) || '\n',
          );
          for (const [from, to] of [
            [null, null],
            [start + cut * 1000, null],
            [null, start + cut * 1000],
          ] as const) {
            expect(figures(many, from, to)).toEqual(figures(single, from, to));
            expect(many.ledger.number('treatment', from ?? 0, to ?? Number.POSITIVE_INFINITY)).toBe(
              single.ledger.number('treatment', from ?? 0, to ?? Number.POSITIVE_INFINITY),
            );
          }
          for (const over of [duration(300_000), duration(5_400_000)]) {
            const windows = [many, single].map(({ ledger }) => ledger.window('treatment', over, 'sketches'));
            const end = Math.max(...records.map(({ second }) => start + second * 1000));
            for (const window of windows) window.moveTo(end);
            expect(windows[0]?.counts.n).toBe(windows[1]?.counts.n);
            expect(windows[0]?.counts.good).toEqual(windows[1]?.counts.good);
          }
          const { cells, outcomes, keepSince } = many.ledger.takeChanges();
          const restored = Ledger.restore(many.plan, many.instrument, cells, outcomes, keepSince);
          expect(figures({ ...many, ledger: restored })).toEqual(figures(many));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of which so many are bad counts these, of every share its own', () => {
    const plan = planOf(
      'file: m.jsonl',
      '{ success_rate: { share: { bad: errors, total: requests } }, fast: { share: { good: quick, total: requests } }, latency: { quantile: 0.95, field: took } }',
    );
    const text = lines([
      { timestamp: stamp(0), arm: 'a', errors: 3, requests: 10, quick: 6, took: 5 },
      { timestamp: stamp(1), arm: 'a', errors: '0', requests: '4', quick: 4 },
      { timestamp: stamp(2), arm: 'a', requests: 4, quick: 4 },
      { timestamp: stamp(3), arm: 'a', errors: 1, requests: 0, quick: 0 },
    ]);
    const read = ledgerOf(plan, text);
    const counts = read.ledger.totals('treatment', null, null);
    expect([counts.n, counts.good, read.ledger.records]).toEqual([14, [11, 10], 3]);
    expect(read.rejected).toEqual({ 'no-count': 1 });
  });
});

describe('a record that was sampled', () => {
  it('stands for many, and proves no more than its weight is worth', () => {
    const made = [
      ...Array.from({ length: 100 }, (_, second) => ({ timestamp: stamp(second), arm: 'a', ok: true, rate: 10 })),
      ...Array.from({ length: 20 }, (_, second) => ({ timestamp: stamp(second), arm: 'a', ok: false, rate: 1 })),
      { timestamp: stamp(200), arm: 'a', ok: true },
    ];
    const read = ledgerOf(planOf('file: m.jsonl, weight: rate'), lines(made));
    const found = figures(read);
    expect([found.n, found.good]).toEqual([1021, 1001]);
    // (Σw)² / Σw² of the records themselves.
    expect(found.n * found.evidence).toBeCloseTo(1021 ** 2 / (100 * 100 + 20 + 1), 6);
    // 1,001 of 1,021 would prove more than 97 %; the 121 records that were seen do not.
    const trials = (part: number) => ({ successes: 1001 * part, failures: 20 * part });
    expect(evidenceLabel(trials(1), { side: 'above', p0: 0.96 }).kind).toBe('proven');
    expect(evidenceLabel(trials(found.evidence), { side: 'above', p0: 0.96 }).kind).toBe('insufficient');
  });

  it('with a weight that is none is refused', () => {
    const made = [0, -1, 'x', null].map((rate, second) => ({ timestamp: stamp(second), arm: 'a', ok: true, rate }));
    const read = ledgerOf(planOf('file: m.jsonl, weight: rate'), lines(made));
    expect([figures(read).n, read.rejected]).toEqual([1, { 'invalid-number': 3 }]);
  });
});

describe('counts that only grow', () => {
  const plan = planOf(
    'file: m.jsonl, cumulative: { series: [pod] }',
    '{ success_rate: { share: { bad: errors, total: requests } }, latency: { quantile: 0.95, field: took } }',
  );
  const step = fc.record({
    pod: fc.constantFrom('p1', 'p2', 'p3'),
    more: fc.integer({ min: 0, max: 50 }),
    bad: fc.integer({ min: 0, max: 50 }),
    restarts: fc.boolean(),
  });

  it('count by how much they have grown, over restarts of the application, of the daemon and of the file', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 20, max: 400 }),
        fc.nat(),
        (steps, piece, turn) => {
          const totals = new Map<string, { requests: number; errors: number }>();
          let n = 0;
          let bad = 0;
          const made = steps.map(({ pod, more, bad: wished, restarts }, second) => {
            const errors = Math.min(more, wished);
            const before = totals.get(pod);
            // A restart is seen where the counter is smaller than it was.
            const isNew = before === undefined || (restarts && more < before.requests && errors < before.errors);
            const now = isNew
              ? { requests: more, errors }
              : { requests: before.requests + more, errors: before.errors + errors };
            totals.set(pod, now);
            n += more;
            bad += errors;
            return { timestamp: stamp(second), arm: 'a', pod, ...now };
          });
          const read = ledgerOf(plan, lines(made), piece);
          expect([figures(read).n, figures(read).good]).toEqual([n, n - bad]);
          // The next file of the log goes on from what the one before has said.
          const cut = turn % (made.length + 1);
          const first = ledgerOf(plan, lines(made.slice(0, cut)) || '\n');
          const second = ledgerOf(plan, lines(made.slice(cut)) || '\n', piece, first.carried);
          expect(figures(first).n + figures(second).n).toBe(n);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a histogram', () => {
  const text = (scrapes: readonly (readonly number[])[]) =>
    scrapes
      .map(
        (counts, index) =>
          `requests_total{arm="a",code="200"} ${counts.at(-1)} ${start + index * 60_000}\n` +
          ['0.1', '0.5', '+Inf'].map((le, bucket) => `took_bucket{arm="a",le="${le}"} ${counts[bucket]}\n`).join(''),
      )
      .join('');
  const plan = planOf(
    'file: m.prom, format: prometheus, outcomes: { metric: requests_total }',
    '{ success_rate: { share: { code: "!= 5xx" } }, latency: { quantile: 0.95, field: value, histogram: le, where: { metric: took_bucket }, unit: s } }',
  );

  it('of Prometheus counts each bucket once, whatever the turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 500 }), (piece) => {
        const read = ledgerOf(
          plan,
          text([
            [10, 15, 20],
            [20, 30, 40],
          ]),
          piece,
        );
        expect(figures(read)).toMatchObject({ n: 40, good: 40, numbers: 40 });
        // Half are below 0.1 s, three quarters below 0.5 s, and nothing is known of the others but that.
        const measure = resolveMeasure(read.plan, read.instrument, 'latency');
        const sketch = read.ledger
          .totals('treatment', null, null)
          .sketchOf(measure.kind === 'quantile' ? measure.field : -1);
        expect(sketch.quantile(0.5)).toBeLessThan(0.1);
        expect(sketch.quantile(0.51)).toBeGreaterThan(0.1);
        expect(sketch.quantile(0.75)).toBeLessThan(0.5);
        expect(sketch.quantile(0.99)).toBeCloseTo(0.5, 1);
      }),
      { numRuns: 30 },
    );
  });

  it('of OTLP is two lists', () => {
    const own = planOf(
      'file: m.jsonl, outcomes: { none: x }, cumulative: { series: [pod] }',
      '{ success_rate: { share: { ok: true } }, latency: { quantile: 0.95, field: counts, histogram: bounds, unit: ms, field_unit: s } }',
    );
    const made = [
      { timestamp: stamp(0), arm: 'a', pod: 1, counts: ['1', '2', '0'], bounds: [0.1, 0.5] },
      { timestamp: stamp(9), arm: 'a', pod: 1, counts: ['1', '5', '0'], bounds: [0.1, 0.5] },
    ];
    const found = figures(ledgerOf(own, lines(made)));
    expect([found.n, found.numbers]).toEqual([0, 6]);
    expect(found.p95).toBeGreaterThan(100);
    expect(found.p95).toBeLessThan(500);
  });
});
