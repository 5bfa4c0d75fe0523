import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DotenvTarget } from '../../daemon/flag/dotenv/dotenvTarget.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { RolloutRunner } from '../../daemon/live/rolloutRunner.ts';
import { restoredState } from '../../daemon/live/storedState.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';

/**
 * One rollout with its store and its flag, as the daemon ties them: begins, rolls back and ends. Single calls of it are
 * made to fail from outside. It says what it holds for true, and what has failed, a line each. Beside that it counts
 * records, each batch with its position, and offers a refused batch again.
 */
const [directory = '', mode = 'begin and roll back'] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text.replaceAll('\n', ' ')}\n`);

try {
  const loaded = loadPlan(join(directory, 'rampwatch.yaml'));
  const { plan, root } = loaded;
  if (plan.flag === undefined || !('dotenv' in plan.flag)) throw new Error('the plan sets a .env');
  const target = new DotenvTarget(root, plan.flag);
  const store = openStore(join(directory, 'state'));
  const instrument = compileInstrument(plan);
  const now = () => wallTime(Date.now());
  const runner = new RolloutRunner({
    noteClock: () => undefined,
    now,
    restore: () => {
      const { cells, outcomes, keptSince, memory, counters } = store.load(plan.id);
      const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince);
      const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'records' });
      const state = restoredState(loaded, store, now());
      return new Execution({ plan, judge, ledger, state, counters: restoreCounters(counters, plan.sources.length) });
    },
    commit: ({ parts: _, ...commit }) => store.commit({ ...commit, rollout: plan.id }),
    receipt: (key) => store.receipt(plan.id, key),
    isOverruled: () => false,
    carryOut: async ({ enabled, percent }) => {
      const report = await target.set({ enabled, percent });
      const detail = report.kind === 'verified' ? null : report.detail;
      if (detail !== null) say(`fault ${detail}`);
      return { progress: report.kind, detail };
    },
    changed: () => undefined,
    fault: (detail) => detail !== null && say(`fault ${detail}`),
    defect: (area, error) => error !== null && say(`defect ${area} ${String(error)}`),
  });
  let counted = Number(store.load(plan.id).positions[0]?.body ?? 0);
  const feed = (): void => {
    const at = now();
    const records = Array.from({ length: 5 }, () => ({ timestamp: new Date(at).toISOString(), kind: 'new', ok: true }));
    const observations = records.flatMap((record, index): Observation[] => {
      const reading = instrument.readRecord(0, record, at);
      const place = { file: 'a.jsonl', line: counted + index + 1, offset: 0 };
      return reading.kind === 'outcome' ? [{ reading, place }] : [];
    });
    const position = { source: 0, generation: 'one', body: String(counted + observations.length) };
    const empty = { ignored: 0, rejected: {}, forgotten: [], gaps: [] };
    try {
      runner.batch({ source: 0, arrived: at, unread: false, observations, positions: [position], ...empty });
      counted += observations.length;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(`fault ${error.message}`);
    }
  };
  const phase = () => runner.execution.state.phase.kind;
  const settled = async (isDone: () => boolean, ticks: number): Promise<void> => {
    for (let tick = 0; tick < ticks && !isDone(); tick += 1) {
      runner.tick();
      if (tick < 10) feed();
      await pause(20);
    }
  };
  const isSet = () => runner.execution.state.effect?.progress === 'verified';
  if (mode !== 'go on') {
    const on = { attempt: 0, revision: 0, stage: 'on' };
    const begun = runner.command({ key: 'begin', by: 'mia', command: { kind: 'begin', on } });
    say(`begin ${begun.kind} ${begun.kind === 'refused' ? begun.message : ''}`);
    await settled(isSet, 60);
    if (isSet()) say('set');
    const back = runner.command({ key: 'back', by: 'mia', command: { kind: 'rollback', reason: 'a drill' } });
    say(`rollback ${back.kind} ${back.kind === 'refused' ? back.message : ''}`);
  }
  await settled(() => phase() === 'rolled-back', mode === 'go on' ? 600 : 100);
  feed();
  say(phase());
  say(`counted ${counted}`);
  store.close();
} catch (error) {
  say(`${error instanceof UserError ? 'fault' : 'defect'} ${error instanceof Error ? error.message : String(error)}`);
}
