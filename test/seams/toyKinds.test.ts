import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../daemon/ingest/recorded/recording.ts';
import { startIngest } from '../../daemon/ingest/tail/ingest.ts';
import type { Judge } from '../../daemon/judge/judge.ts';
import { LiveFlag } from '../../daemon/live/liveFlag.ts';
import { LiveSources } from '../../daemon/live/liveSources.ts';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { Batch } from '../../daemon/protocol/domain/observation.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import type { Source } from '../../daemon/protocol/domain/sourceKinds.ts';
import { eventTime, isoTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { sourceReaders } from '../../daemon/sources/kinds.ts';
import type { SourceKind } from '../../daemon/sources/source.ts';
import { idInstrument } from '../support/idInstrument.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart } from '../support/uploadStream.ts';
import { ToySwitch } from './toyFlag.ts';
import { pairs } from './toyFormat.ts';
import { ToyStream } from './toySource.ts';

/** One more kind of each needs its own file and no other: these come in through the seam alone. */

const now = () => wallTime(1_000_000);
const noOutside = { rollout: 'toy', directory: '.', environment: {}, secrets: [] };
const idsIn = (batches: readonly Batch[]): readonly number[] =>
  batches.flatMap(({ observations }) =>
    [...observations].flatMap(({ reading }) => (reading.kind === 'outcome' ? [...reading.fields] : [])),
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
    const flag = new LiveFlag({ target, rightAt: null, now, isSharedInUse: () => false, lease: null });
    const decisions = { seen: (drift: { readonly detail: string } | null) => void drifts.push(drift?.detail ?? null) };
    // Before the first look the flag is unknown, and no drift is reported.
    flag.note(state, 'command', decisions);
    expect([flag.values(), drifts]).toEqual([{}, []]);
    expect(await flag.carryOut(effect, new AbortController().signal)).toEqual({ progress: 'verified', detail: null });
    expect(flag.values()).toEqual({ share: '10' });
    expect(flag.previews({ rollback: { stage: 'off', percent: percent(0), flag: null } })).toEqual({
      rollback: { stage: 'off', percent: 0, flag: { target: 'the toy switch', values: { share: '0' } } },
    });
    target.share = 50;
    // The view shows the newest look; only a look reaches the target.
    expect(flag.drift(state)).toBe(null);
    await flag.look('tick');
    flag.note(state, 'tick', decisions);
    expect(drifts).toEqual([
      'the toy switch says share=50, which this rollout did not set: put share=10 back, or roll back',
    ]);
  });
});

describe('a kind of source of a test', () => {
  it('runs beside the files of a plan, each under its number in the plan', async () => {
    const root = realpathSync(temporaryDirectory());
    writeFileSync(join(root, 'metrics.jsonl'), '{"id":1}\n{"id":2}\n');
    const taken: Batch[] = [];
    const noted: number[] = [];
    const judge = {
      sources: {
        noteUnreadable: () => undefined,
        noteProgress: (source: number) => void noted.push(source),
        noteAlive: () => undefined,
        noteLogsThere: () => undefined,
        noteUnread: () => undefined,
      },
    } as unknown as Judge;
    const toy = new ToyStream();
    const sources = new LiveSources({
      kinds: { ...sourceReaders, stream: toy.kind as unknown as SourceKind<Source> },
      root,
      sources: [ToyStream.settings('tail -f app'), { file: 'metrics.jsonl' }],
      instrument: idInstrument,
      positions: [],
      outside: noOutside,
      now,
      take: (batches) => void taken.push(...batches),
      judge: () => judge,
    });
    toy.say({ id: 7 }, { event_type: 'note' }, { id: 8 });
    await sources.poll();
    sources.note();
    const places = taken.map(
      ({ source, observations }) => [source, Array.from(observations, ({ place }) => place)] as const,
    );
    expect(places.filter(([, each]) => each.length > 0)).toEqual([
      [
        0,
        [
          { stream: 'tail -f app', line: 1 },
          { stream: 'tail -f app', line: 3 },
        ],
      ],
      [
        1,
        [
          { file: 'metrics.jsonl', line: 1, offset: 0 },
          { file: 'metrics.jsonl', line: 2, offset: 9 },
        ],
      ],
    ]);
    expect(sources.health().map(({ source, glob }) => [source, glob])).toEqual([
      [0, 'tail -f app'],
      [1, 'metrics.jsonl'],
    ]);
    expect(new Set(noted)).toEqual(new Set([0, 1]));
    await sources.close();
  });

  it('gives the evidence of a firing a place of its own, which outlives a restart', async () => {
    const plan = uploadPlan();
    const bench = new JudgeBench(plan);
    const toy = new ToyStream();
    const running = toy.kind.start({
      root: '.',
      sources: [{ index: 0, source: { stream: 'tail -f app' } }],
      instrument: bench.instrument,
      positions: [],
      outside: noOutside,
      now: () => wallTime(streamStart + 60_000),
      commit: (batches) => bench.observe(...batches.flatMap(({ observations }) => [...observations])),
    });
    const failure = (second: number) => ({
      timestamp: isoTime(eventTime(streamStart + second * 1000)),
      execution_type: 'async',
      success: false,
      fallback_used: false,
    });
    toy.say(...Array.from({ length: 30 }, (_, second) => failure(second)));
    await running.poll();
    bench.commit();
    bench.restart();
    const firing = bench.at(60).fired.find(({ rule }) => rule === 'literal');
    expect(firing?.evidence.at(-1)).toEqual({ stream: 'tail -f app', line: 20 });
    expect(placeText(firing?.evidence.at(-1) as Place)).toBe('tail -f app:20');
  });
});
