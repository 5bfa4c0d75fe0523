import { readFileSync } from 'node:fs';
import { startIngest } from '../daemon/ingest/tail/ingest.ts';
import { always, Judge } from '../daemon/judge/judge.ts';
import { compileInstrument } from '../daemon/measure/instrument.ts';
import { Ledger } from '../daemon/measure/ledger.ts';
import { loadPlan } from '../daemon/plan/load.ts';
import { eventTime, percent, wallTime } from '../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../daemon/rollout/counters.ts';
import { initialState } from '../daemon/rollout/evolve.ts';
import { Execution } from '../daemon/rollout/execution.ts';
import { openStore } from '../daemon/store/sqlite/sqliteStore.ts';
import { fileSources } from '../test/support/fileSources.ts';

/** Catches up with the file of a plan as the daemon does: tail, cells, triggers judged, each batch committed. */
const [planFile = '', directory = ''] = process.argv.slice(2);
const loaded = loadPlan(planFile);
const instrument = compileInstrument(loaded.plan);
const ledger = new Ledger(loaded.plan, instrument);
const judge = new Judge(loaded.plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
const store = openStore(directory);
const now = () => wallTime(Date.now());
const execution = new Execution({
  plan: loaded.plan,
  judge,
  ledger,
  // Users are exposed from the first record on, without an attempt that a trigger could end.
  state: {
    ...initialState(loaded.plan.id, loaded.hash, wallTime(0)),
    exposure: { by: 'traffic', percent: percent(50), detail: 'the log', since: always },
  },
  counters: restoreCounters(null, loaded.plan.sources.length),
});

const started = performance.now();
const before = process.cpuUsage();
const ingest = startIngest({
  root: loaded.root,
  sources: fileSources(loaded.plan),
  instrument,
  positions: [],
  now,
  commit(batches) {
    execution.observe(batches, eventTime(now()));
    const batch = {
      positions: batches.flatMap(({ positions }) => positions),
      forgotten: batches.flatMap(({ forgotten }) => forgotten),
    };
    const { cells, outcomes, keepSince } = ledger.takeChanges();
    store.commit({
      rollout: loaded.plan.id,
      batch,
      cells,
      outcomes,
      keepOutcomesSince: keepSince,
      memory: judge.memory(),
      durable: false,
    });
  },
});
await ingest.poll();
const seconds = (performance.now() - started) / 1000;
const user = process.cpuUsage(before).user / 1_000_000;
const treatment = ledger.totals('treatment', null, null);
const control = ledger.totals('control', null, null);
process.stdout.write(
  `${JSON.stringify({ seconds, user, treatment: treatment.n, good: treatment.good[0], control: control.n, resident: residentMebibytes() })}\n`,
);
await ingest.close();
store.close();

function residentMebibytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}
