import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Batch, Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';

/** A daemon that starts late on old files judges them as a replay does: a source was silent then, although all of it arrives now. */

const text = `version: 1
id: uploads
sources: [{ file: a.jsonl, fresh: 2m }, { file: b.jsonl, fresh: 3m }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment } }
stages: [{ id: off, percent: 0 }, { id: ten, percent: 10 }]
triggers:
  - { id: low, when: "ok < 80%", over: 2m, min: 3, then: review }
  - { id: lasting, when: "ok < 80%", over: 2m, min: 3, for: 1m, then: review }
  - { id: few, when: "uploads < 4", over: 2m, then: review }
`;
const parsed = parsePlan(text, 'rampwatch.yaml');
if (parsed.kind !== 'plan') throw new Error('the plan cannot be used');
const { plan } = parsed.loaded;
const instrument = compileInstrument(plan);
const second = 1000;
const start = Date.UTC(2026, 0, 5, 10);
const limits = [120 * second, 180 * second];

interface Line {
  readonly source: 0 | 1;
  readonly at: number;
  readonly ok: boolean;
}

function observation({ source, at, ok }: Line, index: number): Observation {
  const record = { timestamp: new Date(at).toISOString(), arm: 'new', ok };
  const reading = instrument.readRecord(source, record, wallTime(at + 24 * 3600 * second));
  if (reading.kind !== 'outcome') throw new Error(reading.kind);
  return { reading, place: { file: source === 0 ? 'a.jsonl' : 'b.jsonl', line: index + 1, offset: index } };
}

/** The episodes that began at records, as a replay of the same files finds them. */
function replayed(lines: readonly Line[]) {
  const judge = new Judge(plan, instrument, new Ledger(plan, instrument), null, {
    freshness: 'given',
    episodes: 'records',
  });
  for (const [index, line] of lines.entries()) {
    judge.sources.noteAlive(line.source, wallTime(line.at), eventTime(line.at));
    judge.observe(observation(line, index), { exposedSince: eventTime(start) });
  }
  return judge.episodes().map(({ trigger, at, n, good }) => ({ trigger, at, n, good }));
}

/** The same files, read hours later in turns of so many minutes. */
function readLate(lines: readonly Line[], minutes: number) {
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'records' });
  const state = initialState(plan.id, 'hash', wallTime(start));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 2) });
  const command = (kind: 'begin' | 'advance') => {
    const { attempt, revision, visits } = execution.state;
    const on = { attempt, revision, stage: visits.at(-1)?.stage ?? 'off' };
    const reason = 'tried';
    execution.command({ kind, on, reason }, 'mia', kind, wallTime(start), eventTime(start));
  };
  command('begin');
  command('advance');
  const now = start + 6 * 3600 * second;
  const last = lines.at(-1)?.at ?? start;
  for (let from = start; from <= last; from += minutes * 60 * second) {
    const until = from + minutes * 60 * second;
    const batches = [0, 1].flatMap((source): Batch[] => {
      const own = lines.filter((line) => line.source === source);
      const observations = own.filter(({ at }) => at >= from && at < until).map(observation);
      const unread = own.some(({ at }) => at >= until);
      const rest = { ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
      return observations.length === 0 && !unread
        ? []
        : [{ ...rest, source, arrived: wallTime(now), unread, knownUpTo: eventTime(until - 1), observations }];
    });
    if (batches.length > 0) execution.observe(batches, eventTime(now));
  }
  return judge.episodes().map(({ trigger, at, n, good }) => ({ trigger, at, n, good }));
}

/** Stretches in which each source writes every few seconds, or nothing. */
const stretches = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 30 }),
    a: fc.constantFrom('good', 'bad', 'silent'),
    b: fc.constantFrom('good', 'good', 'silent', 'silent'),
  }),
  { minLength: 1, maxLength: 12 },
);

function linesOf(parts: readonly { length: number; a: string; b: string }[]): readonly Line[] {
  const lines: Line[] = [];
  let at = start;
  for (const { length, a, b } of parts) {
    for (let step = 0; step < length; step += 1) {
      at += 10 * second;
      if (a !== 'silent') lines.push({ source: 0, at, ok: a === 'good' });
      if (b !== 'silent') lines.push({ source: 1, at: at + second, ok: true });
    }
  }
  return lines;
}

it('a backlog is judged as a replay judges it, and nothing fires in a silence of the past', () => {
  let [fired, kept] = [0, 0];
  fc.assert(
    fc.property(stretches, fc.constantFrom(1, 7, 1000), (parts, minutes) => {
      const lines = linesOf(parts);
      const late = readLate(lines, minutes);
      // How few there are is told while time passes, and not by records.
      expect(late.filter(({ trigger }) => trigger !== 'few')).toEqual(
        replayed(lines).filter(({ trigger }) => trigger !== 'few'),
      );
      for (const { at } of late) {
        fired += 1;
        for (const [source, limit] of limits.entries()) {
          const before = lines.findLast((line) => line.source === source && line.at <= at);
          if (before !== undefined) expect(at - before.at).toBeLessThanOrEqual(limit);
        }
      }
      kept += lines.length;
    }),
    { numRuns: 200 },
  );
  expect(fired, 'the property is about something').toBeGreaterThan(50);
  expect(kept).toBeGreaterThan(1000);
});
