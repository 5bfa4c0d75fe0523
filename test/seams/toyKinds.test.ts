import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../daemon/ingest/recorded/recording.ts';
import { startIngest } from '../../daemon/ingest/tail/ingest.ts';
import type { Judge } from '../../daemon/judge/judge.ts';
import { LiveFlag } from '../../daemon/live/liveFlag.ts';
import { LiveSources } from '../../daemon/live/liveSources.ts';
import type { Batch } from '../../daemon/protocol/domain/observation.ts';
import type { Effect, RolloutState } from '../../daemon/protocol/domain/rollout.ts';
import { duration, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RunningSource, SourceRun } from '../../daemon/sources/source.ts';
import { idInstrument } from '../support/idInstrument.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { ToySwitch } from './toyFlag.ts';
import { pairs } from './toyFormat.ts';

/** One more kind of each needs its own file and no other: these come in through the seam alone. */

const now = () => wallTime(1_000_000);
const idsIn = (batches: readonly Batch[]): readonly number[] =>
  batches.flatMap(({ observations }) =>
    observations.flatMap(({ reading }) => (reading.kind === 'outcome' ? [...reading.fields] : [])),
  );

describe('a format of a test', () => {
  const text = 'id=1 name=one\nid=2 name=two\nnothing\nid=3 name=three\n';

  it('is read in a recording, with what it cannot read counted', async () => {
    const file = join(temporaryDirectory(), 'toy.pairs');
    writeFileSync(file, text);
    const batches: Batch[] = [];
    const options = { name: 'toy.pairs', source: 0, format: pairs, instrument: idInstrument, arrived: now };
    for await (const batch of readRecording(file, options)) batches.push(batch);
    expect(idsIn(batches)).toEqual([1, 2, 3]);
    expect(batches.map(({ rejected }) => rejected)).toEqual([{ 'invalid-json': 1 }]);
  });

  it('is followed in a live file', async () => {
    const root = realpathSync(temporaryDirectory());
    writeFileSync(join(root, 'toy.pairs'), text);
    const batches: Batch[] = [];
    const ingest = startIngest({
      root,
      sources: [{ file: 'toy.pairs' }],
      formatOf: () => pairs,
      instrument: idInstrument,
      positions: [],
      now,
      commit: (given) => void batches.push(...given),
      unattended: false,
    });
    await ingest.poll();
    await ingest.close();
    expect(idsIn(batches)).toEqual([1, 2, 3]);
  });
});

describe('a kind of flag of a test', () => {
  const effect = {
    id: 'e1',
    enabled: true,
    percent: percent(10),
    progress: 'verified',
  } as Effect;
  const state = { phase: { kind: 'soaking' }, effect, drift: null } as unknown as RolloutState;

  it('is set, read back and told of when somebody else changes it', async () => {
    const target = new ToySwitch();
    const drifts: (string | null)[] = [];
    const flag = new LiveFlag({
      target,
      rightAt: null,
      now,
      seen: (drift) => void drifts.push(drift?.detail ?? null),
      exposed: () => undefined,
      isSharedInUse: () => false,
      traffic: () => null,
      undone: () => undefined,
    });
    // Before the first look the flag is unknown, and no drift is reported.
    flag.note(state, 'command');
    expect([flag.values(), drifts]).toEqual([{}, []]);
    expect(await flag.carryOut(effect)).toEqual({ progress: 'verified', detail: null });
    expect(flag.values()).toEqual({ share: '10' });
    expect(flag.previews({ rollback: { stage: 'off', percent: percent(0), flag: null } })).toEqual({
      rollback: { stage: 'off', percent: 0, flag: { target: 'the toy switch', values: { share: '0' } } },
    });
    target.share = 50;
    // The view shows the newest look; only a look reaches the target.
    expect(flag.drift(state)).toBe(null);
    await flag.look();
    flag.note(state, 'tick');
    expect(drifts).toEqual([
      'the toy switch says share=50, which this rollout did not set: put share=10 back, or roll back',
    ]);
  });
});

describe('a kind of source of a test', () => {
  it('gives batches and health as files do', async () => {
    const taken: Batch[] = [];
    const noted: number[] = [];
    const judge = {
      noteUnreadable: () => undefined,
      noteProgress: (source: number) => void noted.push(source),
      noteAlive: () => undefined,
      noteUnread: () => undefined,
    } as unknown as Judge;
    const toy = (run: SourceRun): RunningSource => ({
      async poll() {
        const reading = run.instrument.readRecord(0, { id: 7, name: 'seven' }, run.now());
        if (reading.kind !== 'outcome') throw new Error(reading.kind);
        const place = { file: 'toy', line: 1, offset: 0 };
        const none = { ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
        run.commit([{ source: 0, arrived: run.now(), unread: false, observations: [{ reading, place }], ...none }]);
      },
      health: () => [{ source: 0, glob: 'toy', state: 'reading', detail: null, files: [], lag: 0 }],
      progress: () => [{ readToEnd: now(), behindSince: null, isThere: true }],
      close: async () => undefined,
    });
    let running: RunningSource | null = null;
    const sources = new LiveSources({
      start: (run) => {
        running = toy(run);
        return running;
      },
      root: '.',
      sources: [{ file: 'toy', fresh: duration(1000) }],
      instrument: idInstrument,
      positions: [],
      now,
      take: (batches) => void taken.push(...batches),
      judge: () => judge,
    });
    await (running as RunningSource | null)?.poll();
    sources.note();
    expect(idsIn(taken)).toEqual([7]);
    expect(sources.health().map(({ glob }) => glob)).toEqual(['toy']);
    expect(noted).toEqual([0, 0]);
    await sources.close();
  });
});
