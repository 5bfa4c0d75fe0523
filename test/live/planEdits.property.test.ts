import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ingest, startIngest } from '../../daemon/ingest/tail/ingest.ts';
import { uncounted } from '../../daemon/judge/doubts.ts';
import { findFigure } from '../../daemon/judge/figure.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { rangeScope } from '../../daemon/judge/scope.ts';
import { EditedCounts } from '../../daemon/live/editedCounts.ts';
import { RolloutRunner } from '../../daemon/live/rolloutRunner.ts';
import { SecondReadings } from '../../daemon/live/secondReadings.ts';
import { restoredState } from '../../daemon/live/storedState.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import type { Store } from '../../daemon/store/store.ts';
import { fileSources } from '../support/fileSources.ts';

const start = Date.UTC(2025, 10, 3, 9, 0, 20);
/** Within a minute, so that the stay begins in the middle of one. */
const stayFrom = eventTime(start + 95_500);

interface PlanChoice {
  readonly sources: number;
  readonly arms: number;
  readonly zone: number;
  /** The pool's measures in use, and their names. */
  readonly measures: readonly number[];
  readonly shift: number;
  readonly ignore: boolean;
}

const pool = [
  '{ share: { ok: true } }',
  '{ share: { fast: true } }',
  '{ share: { ok: true, fast: true }, of: control }',
  '{ quantile: 0.5, field: ms }',
  '{ quantile: 0.9, field: size, of: control }',
  '{ lines: [CRITICAL] }',
  '{ lines: [ERROR], source: "app.log" }',
  '{ gauge: rss, take: last }',
  '{ count: treatment }',
  '{ count: any }',
];
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const sourceLists = [
  ['metrics.jsonl', 'app.log'],
  ['app.log', 'metrics.jsonl'],
  ['metrics.jsonl'],
  ['metrics*.jsonl', 'app.log'],
  ['metrics.jsonl', 'other.jsonl', 'app.log'],
];
const armLists = [
  '{ treatment: { kind: new }, control: { kind: old } }',
  '{ treatment: { kind: [new, odd] }, control: { kind: old } }',
];

function planText(choice: PlanChoice): string {
  const files = sourceLists[choice.sources] ?? [];
  const ignore = choice.ignore ? ', ignore: { skip: true }' : '';
  const sources = files.map((file) => `  - { file: "${file}"${file.endsWith('.log') ? '' : ignore} }`);
  const measures = choice.measures
    .filter((index) => files.includes('app.log') || !pool[index]?.includes('lines'))
    .map((index) => `  ${names[(index + choice.shift) % names.length]}: ${pool[index]}`);
  return `version: 1
id: edited
timezone: ${choice.zone === 0 ? 'UTC' : 'Europe/Berlin'}
sources:
${sources.join('\n')}
arms: ${armLists[choice.arms]}
measures:
  always: { share: { ok: true } }
${measures.join('\n')}
stages: [{ id: on, percent: 50 }]
triggers: [{ id: low, when: "always < 75%", over: 1m, min: 3, then: review }]
`;
}

type Step =
  | { readonly kind: 'write'; readonly records: readonly number[] }
  | { readonly kind: 'edit'; readonly plan: PlanChoice }
  | { readonly kind: 'rotate' | 'delete' | 'settle' | 'kill' | 'some' | 'instead of an edit' };

/** A line of a source, kept for whoever counts it all at the end. */
interface Written {
  readonly file: string;
  readonly text: string;
}

/** One rollout with its store and files, driven by hand, as `LiveRollout` ties it. */
class Edited {
  readonly written: Written[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'rampwatch-edits-'));
  readonly firings: number[] = [];
  now = start;
  loaded: LoadedPlan;
  /** The newest plan under which the arms have always been as they are. */
  #store: Store;
  #counts!: EditedCounts;
  #runner!: RolloutRunner;
  #ingest!: Ingest;
  #again!: SecondReadings;
  readonly #file: string;

  constructor(text: string) {
    this.#file = join(this.folder, 'rampwatch.yaml');
    for (const file of ['metrics.jsonl', 'app.log', 'other.jsonl']) writeFileSync(join(this.folder, file), '');
    this.#store = openStore(join(this.folder, '.state'));
    this.loaded = loadedPlan(text, this.#file);
    this.#open();
  }

  get ledger(): Ledger {
    return this.#runner.execution.ledger;
  }

  get readsForTheFirstTime(): boolean {
    return this.#counts.first.length > 0;
  }

  get settled(): boolean {
    return this.#again.progress === null && this.#counts.first.length === 0;
  }

  #open(): void {
    const { plan } = this.loaded;
    const now = (): WallTime => wallTime(this.now);
    const instrument = compileInstrument(plan);
    const store = this.#store;
    const counts = new EditedCounts({
      loaded: this.loaded,
      instrument,
      store,
      saidBefore: null,
      now,
      log: () => undefined,
    });
    this.#counts = counts;
    this.#runner = new RolloutRunner({
      noteClock: () => undefined,
      now,
      restore: () => {
        const { cells, outcomes, keptSince, memory, counters } = counts.load();
        const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince);
        const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'records' });
        return new Execution({
          plan,
          judge,
          ledger,
          state: restoredState(this.loaded, store, now()),
          counters: restoreCounters(counters, plan.sources.length),
        });
      },
      commit: ({ counters, ...commit }) =>
        store.commit({ ...commit, rollout: plan.id, counters: counts.wrapped(counters) }),
      receipt: () => null,
      isOverruled: () => false,
      carryOut: async () => ({ progress: 'verified', detail: null }),
      changed: (entries) => {
        for (const { body } of entries) if (body.kind === 'firing') this.firings.push(body.firing.at);
      },
      fault: () => undefined,
      defect: (area, error) => {
        if (error !== null) throw new Error(`defect in ${area}`, { cause: error });
      },
    });
    this.ledger.splitAt(stayFrom);
    const { positions } = store.load(plan.id);
    this.#ingest = startIngest({
      root: this.folder,
      sources: fileSources(plan),
      instrument,
      positions,
      now,
      commit: (batches) => this.#runner.batch(...counts.dated(batches)),
      unattended: false,
    });
    this.#again = new SecondReadings({
      rollout: plan.id,
      root: this.folder,
      file: this.#file,
      store,
      readings: counts.second,
      now: () => wallTime(Date.now()),
      linesPerTurn: 3,
      finished: (reading, isWhole) => {
        this.#runner.recount(() => counts.join(reading, isWhole, 0));
        this.ledger.splitAt(stayFrom);
      },
      failed: (error) => {
        throw error;
      },
    });
  }

  async #close(): Promise<void> {
    await this.#again.close();
    await this.#ingest.close();
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'write':
        for (const seed of step.records) this.#write(seed);
        await this.poll();
        return;
      case 'edit':
        return this.edit(planText(step.plan));
      case 'instead of an edit':
        this.now += 700;
        return;
      case 'rotate':
        await this.poll();
        if (existsSync(join(this.folder, 'metrics.jsonl.1'))) {
          renameSync(join(this.folder, 'metrics.jsonl.1'), join(this.folder, 'metrics.jsonl.2'));
        }
        renameSync(join(this.folder, 'metrics.jsonl'), join(this.folder, 'metrics.jsonl.1'));
        writeFileSync(join(this.folder, 'metrics.jsonl'), '');
        await this.poll();
        return;
      case 'delete':
        rmSync(join(this.folder, 'metrics.jsonl.1'), { force: true });
        rmSync(join(this.folder, 'metrics.jsonl.2'), { force: true });
        await this.poll();
        return;
      case 'some':
        await pause(2);
        return;
      case 'settle':
        await this.settle();
        return;
      case 'kill':
        // An uncommitted change is gone: the store is as it is on the disk.
        await this.#close();
        this.#store.close();
        this.#store = openStore(join(this.folder, '.state'));
        this.#open();
    }
  }

  async edit(text: string): Promise<void> {
    await this.#close();
    this.loaded = loadedPlan(text, this.#file);
    this.now += 700;
    this.#open();
  }

  begin(): void {
    const on = { attempt: 0, revision: 0, stage: 'on' };
    this.#runner.command({ key: 'begin', by: 'mia', command: { kind: 'begin', on } });
  }

  async poll(): Promise<void> {
    await this.#ingest.poll();
    for (const source of [...this.#counts.first]) this.#counts.firstIsRead(source);
  }

  async settle(): Promise<void> {
    await this.poll();
    for (let round = 0; !this.settled; round += 1) {
      if (round > 2000) throw new Error('the second reading does not end');
      await pause(2);
    }
  }

  async end(): Promise<void> {
    await this.#close();
    this.#store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(seed: number): void {
    this.now += 400 + (seed % 7) * 2300;
    const at = new Date(this.now).toISOString();
    const file = ['metrics.jsonl', 'metrics.jsonl', 'metrics.jsonl', 'app.log', 'other.jsonl'][seed % 5] ?? '';
    const record = {
      // A stamp without a zone is read in the plan's.
      timestamp: seed % 11 === 0 ? at.slice(0, -1) : at,
      kind: ['new', 'old', 'odd'][seed % 3],
      ok: seed % 4 !== 0,
      fast: seed % 6 < 3,
      ms: 100 + (seed % 50),
      ...(seed % 8 !== 0 && { size: seed % 13 }),
      ...(seed % 9 === 0 && { rss: seed }),
      ...(seed % 10 === 0 && { skip: true }),
    };
    const level = ['INFO', 'ERROR', 'CRITICAL'][(seed >> 3) % 3];
    const text = file === 'app.log' ? `${at} ${level} something ${seed}` : JSON.stringify(record);
    this.written.push({ file, text });
    appendFileSync(join(this.folder, file), `${text}\n`);
  }

  /** All that was written, counted under the present plan from the start. */
  counted(): Ledger {
    const { plan } = this.loaded;
    const instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, instrument);
    ledger.splitAt(stayFrom);
    const readings = this.written.flatMap(({ file, text }, line) => {
      const source = fileSources(plan).findIndex(
        (each) => each.file === file || (each.file === 'metrics*.jsonl' && file === 'metrics.jsonl'),
      );
      if (source === -1) return [];
      const arrived = wallTime(this.now + 1);
      const reading =
        file === 'app.log'
          ? instrument.readLine(source, text, arrived)
          : instrument.readRecord(source, JSON.parse(text), arrived);
      return reading.kind === 'ignored' || reading.kind === 'rejected' || reading.kind === 'several'
        ? []
        : [{ reading, place: { file, line, offset: 0 } }];
    });
    for (const observation of readings) ledger.add(observation);
    return ledger;
  }

  /** Each measure over everything and over the stay: its figure, and the number of unknown records. */
  figures(ledger: Ledger) {
    const { plan } = this.loaded;
    const instrument = compileInstrument(plan);
    const scopes: readonly (EventTime | null)[] = [null, stayFrom];
    return Object.keys(plan.measures).flatMap((name) =>
      scopes.map((from) => {
        const measure = resolveMeasure(plan, instrument, name);
        const scope = rangeScope(ledger, from, null);
        return { name, from, found: findFigure(measure, scope), missing: uncounted(measure, scope) };
      }),
    );
  }
}

function loadedPlan(text: string, file: string): LoadedPlan {
  const parsed = parsePlan(text, file);
  if (parsed.kind !== 'plan') throw new Error(`${JSON.stringify(parsed.problems)}\n${text}`);
  return parsed.loaded;
}

const choice: fc.Arbitrary<PlanChoice> = fc.record({
  sources: fc.nat({ max: sourceLists.length - 1 }),
  arms: fc.nat({ max: 1 }),
  zone: fc.nat({ max: 1 }),
  measures: fc.uniqueArray(fc.nat({ max: pool.length - 1 }), { maxLength: pool.length }),
  shift: fc.constantFrom(0, 1, 3),
  ignore: fc.boolean(),
});
const write: fc.Arbitrary<Step> = fc
  .array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 25 })
  .map((records) => ({ kind: 'write', records }));
const edit: fc.Arbitrary<Step> = choice.map((plan) => ({ kind: 'edit', plan }));
const other = (...kinds: Exclude<Step['kind'], 'write' | 'edit'>[]): fc.Arbitrary<Step> =>
  fc.constantFrom(...kinds).map((kind) => ({ kind }));

async function run(
  first: PlanChoice,
  steps: readonly Step[],
  check: (edited: Edited) => void,
  begins = false,
): Promise<Edited> {
  const edited = new Edited(planText(first));
  try {
    await edited.poll();
    if (begins) edited.begin();
    for (const step of steps) {
      await edited.take(step);
      check(edited);
    }
    await edited.settle();
    check(edited);
  } finally {
    await edited.end();
  }
  return edited;
}

/** A figure that stands without a doubt is the one of everything that was written. */
function holdsOrDoubts(edited: Edited): void {
  // A source that an edit has brought in is not judged by before it was read to its end.
  if (edited.readsForTheFirstTime) return;
  const wanted = edited.figures(edited.counted());
  const found = edited.figures(edited.ledger);
  for (const [index, { missing, ...figure }] of found.entries()) {
    if (missing > 0) continue;
    const { missing: _missing, ...expected } = wanted[index] ?? {};
    expect(figure).toEqual(expected);
  }
}

describe('a trigger that no edit touches', () => {
  it('fires when it would have fired without any edit, and never twice', async () => {
    const withoutNews = fc.oneof(
      { weight: 4, arbitrary: write },
      { weight: 2, arbitrary: edit },
      other('rotate', 'delete', 'kill', 'some', 'settle'),
    );
    let fired = 0;
    await fc.assert(
      fc.asyncProperty(choice, fc.array(withoutNews, { minLength: 3, maxLength: 12 }), async (first, steps) => {
        const { arms, zone, sources, ignore } = first;
        const edits = steps.map(
          (step): Step =>
            step.kind === 'edit' ? { kind: 'edit', plan: { ...step.plan, arms, zone, sources, ignore } } : step,
        );
        const none = steps.map((step): Step => (step.kind === 'edit' ? { kind: 'instead of an edit' } : step));
        const edited = await run(first, edits, () => undefined, true);
        const left = await run(first, none, () => undefined, true);
        expect(edited.firings).toEqual(left.firings);
        fired += left.firings.length;
      }),
      { numRuns: 40 },
    );
    expect(fired).toBeGreaterThan(10);
  });
});

describe('a trigger that an edit changes', () => {
  it('judges what comes from its edit on', async () => {
    const text = planText({ sources: 0, arms: 0, zone: 0, measures: [], shift: 0, ignore: false });
    const edited = new Edited(text);
    // Records of the treatment: these have failed, and 21 has not.
    const failed = (...records: number[]): Promise<void> => edited.take({ kind: 'write', records });
    try {
      edited.begin();
      await failed(0, 12, 36, 60);
      expect(edited.firings).toHaveLength(1);
      await edited.edit(text.replace('always < 75%", over: 1m, min: 3', 'always < 90%", over: 1m'));
      await edited.settle();
      await edited.take({ kind: 'write', records: [21] });
      expect(edited.firings).toHaveLength(1);
      await failed(36);
      expect(edited.firings).toHaveLength(2);
      expect(edited.firings.at(-1)).toBeGreaterThan(start + 700);
    } finally {
      await edited.end();
    }
  });
});

describe('counts after any edits of the plan', () => {
  it('are those of a daemon that had the plan from the start, as long as every file is there', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: edit },
            other('rotate', 'settle', 'kill', 'some'),
          ),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        async (first, steps) => {
          await run(first, steps, (edited) => {
            holdsOrDoubts(edited);
            if (!edited.settled) return;
            const doubtful = edited.figures(edited.ledger).filter(({ missing }) => missing > 0);
            expect(doubtful).toEqual([]);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are never a part that passes for the whole, whatever is rotated away and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: edit },
            other('rotate', 'delete', 'settle', 'kill', 'some'),
          ),
          { minLength: 2, maxLength: 12 },
        ),
        async (first, steps) => {
          await run(first, steps, holdsOrDoubts);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('stay exactly as they are for what no edit touches, although its files are gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: choice },
            other('rotate', 'delete', 'kill', 'some'),
          ),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        async (first, steps) => {
          const kept = steps.map((step): Step => {
            if ('kind' in step) return step;
            const { arms, zone, sources, ignore } = first;
            return { kind: 'edit', plan: { ...step, arms, zone, sources, ignore } };
          });
          await run(first, kept, (edited) => {
            const isAlways = ({ name }: { readonly name: string }) => name === 'always';
            expect(edited.figures(edited.ledger).filter(isAlways)).toEqual(
              edited.figures(edited.counted()).filter(isAlways),
            );
          });
        },
      ),
      { numRuns: 25 },
    );
  });
});
