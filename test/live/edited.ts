import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import picomatch from 'picomatch';
import { type Ingest, startIngest } from '../../daemon/ingest/tail/ingest.ts';
import { uncounted } from '../../daemon/judge/doubts.ts';
import { findFigure } from '../../daemon/judge/figure.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { type JudgeMemory, parseMemory } from '../../daemon/judge/memory.ts';
import { rangeScope } from '../../daemon/judge/scope.ts';
import { countedMemory, loadCounted } from '../../daemon/live/countedUnder.ts';
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

export const start = Date.UTC(2025, 10, 3, 9, 0, 20);
/** Within a minute, so that the stay begins in the middle of one. */
const stayFrom = eventTime(start + 95_500);

export type Step =
  /** Each number is a line that the test makes of it. */
  | { readonly kind: 'write'; readonly records: readonly number[] }
  /** The text of a plan. */
  | { readonly kind: 'edit'; readonly text: string }
  /** Of a file, the first one unless told otherwise; `delete`: of its rotated generations. */
  | { readonly kind: 'rotate' | 'delete'; readonly file?: string }
  /** `upgrade`: the stored state is as a version left it that counted all sources together. */
  | { readonly kind: 'settle' | 'kill' | 'upgrade' | 'some' | 'instead of an edit' };

/** A line of a source, kept for whoever counts it all at the end. */
export interface Written {
  readonly file: string;
  readonly text: string;
}

interface Writing {
  /** There from the start, and empty. */
  readonly files: readonly string[];
  line(seed: number, at: string): Written;
}

/** One rollout with its store and files, driven by hand, as `LiveRollout` ties it. */
export class Edited {
  readonly written: Written[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'rampwatch-edits-'));
  readonly firings: number[] = [];
  /** The losses that second readings have declared. */
  readonly entries: string[] = [];
  now = start;
  loaded: LoadedPlan;
  readonly #writing: Writing;
  #store: Store;
  #counts!: EditedCounts;
  #runner!: RolloutRunner;
  #ingest!: Ingest;
  #again!: SecondReadings;
  readonly #file: string;

  constructor(text: string, writing: Writing) {
    this.#writing = writing;
    this.#file = join(this.folder, 'rampwatch.yaml');
    for (const file of writing.files) writeFileSync(join(this.folder, file), '');
    this.#store = openStore(join(this.folder, '.state'));
    this.loaded = loadedPlan(text, this.#file);
    this.#open();
  }

  get ledger(): Ledger {
    return this.#runner.execution.ledger;
  }

  get judge(): Judge {
    return this.#runner.execution.judge;
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
        const { cells, outcomes, keptSince, memory, counters, parts } = counts.load();
        const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince, parts);
        const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'records' });
        return new Execution({
          plan,
          judge,
          ledger,
          state: restoredState(this.loaded, store, now()),
          counters: restoreCounters(counters, plan.sources.length),
        });
      },
      commit: ({ counters, parts, ...commit }) =>
        store.commit({
          ...commit,
          rollout: plan.id,
          counters: counts.wrapped(counters),
          beside: counts.besideOf(parts),
        }),
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
        this.#runner.recount(() => {
          const entries = counts.join(reading, isWhole, 0);
          for (const { body } of entries) if (body.kind === 'source') this.entries.push(body.detail);
          return entries;
        });
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
        return this.edit(step.text);
      case 'instead of an edit':
        this.now += 700;
        return;
      case 'rotate': {
        const path = this.#pathOf(step.file);
        await this.poll();
        if (existsSync(`${path}.1`)) renameSync(`${path}.1`, `${path}.2`);
        renameSync(path, `${path}.1`);
        writeFileSync(path, '');
        await this.poll();
        return;
      }
      case 'delete':
        await this.poll();
        for (const end of ['.1', '.2']) rmSync(this.#pathOf(step.file) + end, { force: true });
        await this.poll();
        return;
      case 'some':
        await pause(2);
        return;
      case 'settle':
        await this.settle();
        return;
      case 'upgrade':
        await this.settle();
        await this.#close();
        this.#forgetParts();
        this.#open();
        return;
      case 'kill':
        // An uncommitted change is gone: the store is as it is on the disk.
        await this.#close();
        this.#store.close();
        this.#store = openStore(join(this.folder, '.state'));
        this.#open();
    }
  }

  /** The judge's running state of a trigger, as stored. */
  memoryOf(trigger: string): JudgeMemory['triggers'][number] | undefined {
    const { memory } = this.#store.load(this.loaded.plan.id);
    return memory === null ? undefined : parseMemory(memory).triggers.find(({ id }) => id === trigger);
  }

  #forgetParts(): void {
    const counted = loadCounted(this.#store, this.loaded.plan.id);
    if (counted === null) throw new Error('nothing is stored yet');
    const { rollout, memory } = countedMemory(this.loaded.plan.id, counted);
    const { parts: _, ...earlier } = JSON.parse(memory);
    const beside = counted.parts.map(({ key }) => ({ rollout: key, forget: true }));
    this.#store.commit({ rollout, memory: JSON.stringify(earlier), beside, durable: true });
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
    for (const source of [...this.#counts.first]) {
      this.#runner.recount(() => {
        this.#counts.firstIsRead(source);
        return [];
      });
      this.ledger.splitAt(stayFrom);
    }
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
    const { file, text } = this.#writing.line(seed, new Date(this.now).toISOString());
    this.written.push({ file, text });
    appendFileSync(join(this.folder, file), `${text}\n`);
  }

  #pathOf(file = this.#writing.files[0] ?? ''): string {
    return join(this.folder, file);
  }

  /** All that was written, counted under the present plan from the start. */
  counted(): Ledger {
    const { plan } = this.loaded;
    const instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, instrument);
    ledger.splitAt(stayFrom);
    const readings = this.written.flatMap(({ file, text }, line) => {
      const source = fileSources(plan).findIndex((each) => picomatch.isMatch(file, each.file));
      if (source === -1) return [];
      const arrived = wallTime(this.now + 1);
      const reading = file.endsWith('.log')
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
