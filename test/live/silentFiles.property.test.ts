import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { LiveSources } from '../../daemon/live/liveSources.ts';
import { RolloutRunner } from '../../daemon/live/rolloutRunner.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 5, 10);
const parsed = parsePlan(
  `version: 1
id: silent
sources: [{ file: "m-*.jsonl", fresh: 5m }, { file: "*.log", fresh: 5m }]
arms: { treatment: { kind: new } }
measures: { ok: { share: { ok: true } }, errors: { lines: [ERROR] } }
stages: [{ id: on, percent: 50, gate: ["ok >= 50%", "errors == 0"] }]
`,
  'rampwatch.yaml',
);
if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
const { plan } = parsed.loaded;
const instrument = compileInstrument(plan);

/** A rollout on real files, with a clock that is moved by hand. */
class Watched {
  readonly root = temporaryDirectory();
  now = start;
  readonly #runner: RolloutRunner;
  readonly #sources: LiveSources;

  constructor() {
    const now = () => wallTime(this.now);
    this.#runner = new RolloutRunner({
      noteClock: () => undefined,
      now,
      restore: () => {
        const ledger = new Ledger(plan, instrument);
        const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
        const state = initialState(plan.id, 'hash', now());
        return new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 2) });
      },
      commit: () => [],
      receipt: () => null,
      isOverruled: () => false,
      carryOut: async () => ({ progress: 'verified', detail: null }),
      changed: () => undefined,
      fault: () => undefined,
      defect: (area, error) => {
        if (error !== null) throw new Error(`defect in ${area}`, { cause: error });
      },
    });
    this.#sources = new LiveSources({
      root: this.root,
      sources: plan.sources,
      instrument,
      positions: [],
      now,
      outside: noOutside,
      take: (batches) => this.#runner.batch(...batches),
      judge: () => this.#runner.execution.judge,
    });
  }

  begin(): void {
    const on = { attempt: 0, revision: 0, stage: 'on' };
    this.#runner.command({ key: 'begin', by: 'mia', command: { kind: 'begin', on } });
  }

  path(file: string): string {
    return join(this.root, file);
  }

  /** Some minutes in which these files get lines. */
  async pass(minutes: number, talking: readonly string[]): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 1) {
      this.now += minute;
      const at = new Date(this.now).toISOString();
      for (const file of talking) {
        const record = JSON.stringify({ timestamp: at, kind: 'new', ok: true, file });
        const line = file.endsWith('.log') ? `${at} INFO fine in ${file}` : record;
        appendFileSync(this.path(file), `${line}\n`.repeat(5));
      }
      await this.#sources.poll();
      this.now += 1000;
      await this.#sources.poll();
      this.#sources.note();
      this.#runner.tick();
    }
  }

  /** Each condition's verdict with its reason, and what the sources say in words. */
  get said(): { readonly gate: readonly string[]; readonly troubles: readonly string[] } {
    const { judgement } = this.#runner.execution;
    return {
      gate: (judgement?.gate ?? []).map(({ verdict, reason }) => `${verdict} ${reason}`.trim()),
      troubles: (judgement?.freshness ?? []).flatMap(({ fresh, glob, trouble }) =>
        fresh ? [] : [`${glob}: ${trouble?.detail ?? 'silent'}`],
      ),
    };
  }

  close(): Promise<void> {
    return this.#sources.close();
  }
}

const noOutside = { rollout: 'silent', directory: '.', environment: {}, secrets: [] };

type Fault = 'gone' | 'rotated for good' | 'silent' | 'never had a line';

/** A source of records needs lines of each of its files; the files of a log may be quiet, and must be there. */
const faults: readonly (readonly [file: string, fault: Fault])[] = [
  ['app.log', 'gone'],
  ['app.log', 'rotated for good'],
  ['m-1.jsonl', 'silent'],
  ['m-1.jsonl', 'never had a line'],
];

it('a gate waits, in words, while one file of a source is gone, rotated for good, silent, or never had a line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...faults),
      fc.boolean(),
      fc.integer({ min: 7, max: 15 }),
      fc.integer({ min: 0, max: 3 }),
      async ([file, fault], hasOther, healthy, rotations) => {
        const watched = new Watched();
        const others = ['m-2.jsonl', ...(hasOther ? ['web.log'] : [])];
        // Without another file the source as a whole is silent.
        const all = [...new Set([...others, file, 'app.log'])];
        for (const each of all) writeFileSync(watched.path(each), '');
        const talking = fault === 'never had a line' ? all.filter((each) => each !== file) : all;
        watched.begin();
        try {
          await watched.pass(fault === 'never had a line' ? 3 : healthy, talking);
          expect(watched.said).toEqual({ gate: ['met', 'met'], troubles: [] });
          // Rotations that are as they should be are no fault.
          for (let time = rotations; time > 0; time -= 1) {
            if (file === 'm-1.jsonl') break;
            renameSync(watched.path(file), watched.path(`${file}.${time}`));
            writeFileSync(watched.path(file), '');
            await watched.pass(2, talking);
          }
          expect(watched.said.troubles).toEqual([]);
          if (fault === 'gone') rmSync(watched.path(file));
          if (fault === 'rotated for good') renameSync(watched.path(file), watched.path(`${file}.9`));
          await watched.pass(
            12,
            all.filter((each) => each !== file),
          );
          const { gate, troubles } = watched.said;
          const broken = file === 'app.log' ? 1 : 0;
          expect(gate[broken]).toMatch(/^no-data .+/);
          expect(gate[1 - broken]).toBe('met');
          expect(troubles).toHaveLength(1);
          const isNamed = file === 'app.log' ? hasOther : true;
          if (isNamed) expect(troubles[0]).toContain(file);
          // It is well again when the file is.
          await watched.pass(7, all);
          expect(watched.said).toEqual({ gate: ['met', 'met'], troubles: [] });
        } finally {
          await watched.close();
        }
      },
    ),
    { numRuns: 25 },
  );
}, 200_000);

it('a log whose writer dates the name of its file is there by the newest of them', async () => {
  const watched = new Watched();
  mkdirSync(watched.root, { recursive: true });
  const day = (index: number) => `app-2026010${index}.log`;
  for (const file of ['m-2.jsonl', day(4)]) writeFileSync(watched.path(file), '');
  watched.begin();
  try {
    await watched.pass(4, ['m-2.jsonl', day(4)]);
    writeFileSync(watched.path(day(5)), '');
    await watched.pass(12, ['m-2.jsonl', day(5)]);
    expect(watched.said).toEqual({ gate: ['met', 'met'], troubles: [] });
  } finally {
    await watched.close();
  }
});
