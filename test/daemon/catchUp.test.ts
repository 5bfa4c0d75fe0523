import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngest } from '../../daemon/ingest/tail/ingest.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { replay } from '../../daemon/replayRecording.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { fileSources } from '../support/fileSources.ts';

/**
 * A backlog read by the daemon, compared with the replay of the same files. No source is silent for longer than its
 * `fresh`: the daemon judges silence by arrival, and a backlog arrives at once; a replay judges it by the times of the
 * records.
 */

const planText = `version: 1
id: uploads
sources: [{ file: web.jsonl, fresh: 1d }, { file: batch.jsonl, fresh: 1d }, { file: app.log }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures:
  ok: { share: { ok: true } }
  failed: { share_not: ok }
  critical: { lines: [CRITICAL] }
stages: [{ id: ten, percent: 10 }]
triggers:
  - { id: low, when: "ok < 95%", over: 5m, min: 6, then: review, also: sequential }
  - { id: lasting, when: "failed > 10%", over: 2m, min: 3, for: 3m, then: review }
  - { id: critical, when: "critical > 1", over: 5m, then: review }
`;
const minute = 60_000;
const start = Date.parse('2026-03-01T10:00:30.500Z');
const muchLater = start + 40 * 24 * 60 * minute;

interface Line {
  readonly at: number;
  readonly text: string;
}

interface Recordings {
  readonly web: readonly Line[];
  readonly batch: readonly Line[];
  readonly app: readonly Line[];
}

const stretch = fc.record({
  pause: fc.constantFrom(0, 1000, 59_000, 5 * minute, 90 * minute),
  count: fc.integer({ min: 1, max: 14 }),
  failing: fc.constantFrom(0, 0, 0.1, 0.6),
  arm: fc.constantFrom('new', 'new', 'old'),
  step: fc.integer({ min: 100, max: 10_000 }),
});

const uploads = (offset: number) =>
  fc.array(stretch, { maxLength: 8 }).map((stretches): Line[] => {
    let at = start + offset;
    return stretches.flatMap(({ pause, count, failing, arm, step }) => {
      at += pause;
      return Array.from({ length: count }, (_, index): Line => {
        at += 2 * step;
        const ok = (index + 1) * failing - Math.floor((index + 1) * failing) >= failing;
        return { at, text: JSON.stringify({ timestamp: new Date(at).toISOString(), arm, ok }) };
      });
    });
  });

const log = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 * minute }), fc.boolean()), { maxLength: 20 })
  .map((steps) => {
    let at = start;
    return steps.map(([step, critical]): Line => {
      at += step;
      return { at, text: `${new Date(at).toISOString()} ${critical ? 'CRITICAL' : 'INFO'} something` };
    });
  });

// Never at the same instant: which of two is first is then for no one to say.
const recordings: fc.Arbitrary<Recordings> = fc.record({ web: uploads(0), batch: uploads(1), app: log });

const upload = (at: number, ok: boolean): Line => ({
  at: start + at,
  text: JSON.stringify({ timestamp: new Date(start + at).toISOString(), arm: 'new', ok }),
});
const info = (at: number): Line => ({ at: start + at, text: `${new Date(start + at).toISOString()} INFO something` });

/** The only record of one log happened last, and is held back until all others are read: until then it is unread. */
const heldBack: Recordings = {
  web: [upload(300_200, true)],
  batch: [true, false, true, false, false, false].map((ok, index) => upload(201 + index * 200, ok)),
  app: [info(1201), info(1202)],
};

describe('a backlog read late', () => {
  let folder: string;
  let loaded: LoadedPlan;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rampwatch-catch-up-'));
    writeFileSync(join(folder, 'rampwatch.yaml'), planText);
    loaded = loadPlan(join(folder, 'rampwatch.yaml'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The firings that the judge has seen, after all was read in turns of this many lines. */
  async function caughtUp(linesPerTurn: number) {
    const { plan } = loaded;
    const instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, instrument);
    const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
    const state = initialState(plan.id, 'hash', wallTime(0));
    const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 3) });
    const on = { attempt: 0, stage: 'ten', revision: 0 };
    execution.command({ kind: 'begin', on }, 'mia', 'key', wallTime(start - minute), eventTime(start - minute));
    let turns = 0;
    let clock = muchLater;
    const ingest = startIngest({
      root: folder,
      sources: fileSources(plan),
      instrument,
      positions: [],
      now: () => {
        clock += 1;
        return wallTime(clock);
      },
      unattended: false,
      linesPerTurn,
      commit: (batches) => {
        turns += 1;
        execution.observe(batches, eventTime(muchLater));
        // The daemon's own second passes at any moment.
        execution.tick(wallTime(muchLater), eventTime(muchLater));
      },
    });
    await ingest.poll();
    await ingest.close();
    for (const [source, progress] of ingest.progress().entries()) judge.sources.noteProgress(source, progress);
    execution.tick(wallTime(muchLater), eventTime(muchLater));
    expect(execution.judgement?.triggers.map(({ phase }) => phase.kind)).not.toContain('firing');
    return { told: judge.episodes().map(lineOf).sort(), turns };
  }

  function lineOf(firing: { trigger: string; rule: string; at: number; n: number; good: number | null }): string {
    const { trigger, rule, at, n, good } = firing;
    return `${new Date(at).toISOString()} ${trigger} ${rule} ${n} ${good}`;
  }

  it('has the firings of a replay, however many sources it is of and in however many turns they are read', async () => {
    const seen = { low: 0, lasting: 0, critical: 0, sequential: 0, turns: 0 };
    await fc.assert(
      fc.asyncProperty(recordings, fc.integer({ min: 1, max: 40 }), async (written, linesPerTurn) => {
        const names = { web: 'web.jsonl', batch: 'batch.jsonl', app: 'app.log' } as const;
        const files: { file: string; name: string }[] = [];
        for (const [name, file] of Object.entries(names)) {
          const lines = written[name as 'web'];
          writeFileSync(join(folder, file), lines.map(({ text }) => `${text}\n`).join(''));
          if (lines.length > 0) files.push({ file: join(folder, file), name: file });
        }
        const report = files.length === 0 ? { firings: [] } : await replay({ loaded, files, observe: true });
        const expected = report.firings.map((firing) => lineOf({ ...firing, at: Date.parse(firing.at) })).sort();
        const { told, turns } = await caughtUp(linesPerTurn);
        expect(told).toEqual(expected);
        for (const { trigger, rule } of report.firings) {
          seen[rule === 'sequential' ? 'sequential' : (trigger as 'low')] += 1;
        }
        seen.turns += Math.max(0, turns - 1);
      }),
      { numRuns: 80, examples: [[heldBack, 1]] },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
  });
});
