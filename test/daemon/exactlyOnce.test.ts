import { appendFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { testWorkspace, viewWhere } from '../support/runningDaemon.ts';

const plan = `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, latency: { quantile: 0.5, field: ms, unit: ms } }
stages: [{ id: off, percent: 0, gate: ["ok >= 90%", "latency <= 100ms"] }, { id: full, percent: 100, gate: [] }]
`;

const kills = 12;
const mostRotated = 25;

describe('the daemon, killed at any time while a writer writes and rotates', () => {
  it('counts every record once', async () => {
    const workspace = testWorkspace(plan);
    const writer = startWriter(workspace.folder);
    onTestFinished(writer.stop);
    let seen = 0;
    for (let round = 0; round < kills; round += 1) {
      const daemon = workspace.startDaemon();
      const client = await workspace.connect();
      const before = seen;
      // Into the middle of its work: it has read something new, and more is being written.
      const view = await viewWhere(client, (now) => recordsOf(now) > before + round * 40);
      seen = recordsOf(view);
      await daemon.kill();
    }
    writer.stop();
    const written = writer.counts;
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(client, (now) => recordsOf(now) >= written.all);
    await client.request('shutdown', { force: true });
    await daemon.ended;

    const loaded = loadPlan(join(workspace.folder, 'rampwatch.yaml'));
    const instrument = compileInstrument(loaded.plan);
    const store = openStore(workspace.directory);
    const { cells, outcomes } = store.load('uploads');
    store.close();
    const ledger = Ledger.restore(loaded.plan, instrument, cells, outcomes);
    const treatment = ledger.totals('treatment', null, null);
    const control = ledger.totals('control', null, null);
    expect({ n: treatment.n, good: treatment.good[0], latencies: treatment.sketches[0]?.count }).toEqual({
      n: written.treatment,
      good: written.good,
      latencies: written.treatment,
    });
    expect(control.n).toBe(written.all - written.treatment);
    expect(ledger.records).toBe(written.all);
  });
});

const joined = `version: 1
id: uploads
sources:
  - { file: exposures.jsonl, join: { key: user, exposures: all, within: 1h } }
  - { file: metrics.jsonl, join: { key: id } }
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, latency: { quantile: 0.5, field: ms, unit: ms } }
stages: [{ id: off, percent: 0, gate: ["ok >= 90%", "latency <= 100ms"] }, { id: full, percent: 100, gate: [] }]
`;

it('the daemon, killed at any time while exposures and outcomes are written, joins each outcome once', async () => {
  const workspace = testWorkspace(joined);
  const [exposures, metrics] = ['exposures.jsonl', 'metrics.jsonl'].map((file) => join(workspace.folder, file));
  const written = { all: 0, treatment: 0, good: 0 };
  const timer = setInterval(() => {
    for (let record = 0; record < 7; record += 1) {
      const [isNew, ok, id] = [written.all % 3 === 0, written.all % 5 !== 0, `${written.all}`];
      const timestamp = new Date().toISOString();
      const lines = [
        [exposures, { timestamp, user: id, arm: isNew ? 'new' : 'old' }],
        [metrics, { timestamp, id, ok, ms: 10 }],
      ] as const;
      // An outcome may be read before its exposure.
      for (const [file, line] of written.all % 2 === 0 ? lines : lines.toReversed())
        appendFileSync(file ?? '', `${JSON.stringify(line)}\n`);
      written.all += 1;
      if (isNew) written.treatment += 1;
      if (isNew && ok) written.good += 1;
    }
  }, 10);
  onTestFinished(() => clearInterval(timer));
  const outcomesOf = (view: { readonly rollouts: readonly { readonly sources: readonly { records: number }[] }[] }) =>
    view.rollouts[0]?.sources.reduce((sum, { records }) => sum + records, 0) ?? 0;
  let seen = 0;
  for (let round = 0; round < kills / 2; round += 1) {
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    const before = seen;
    seen = outcomesOf(await viewWhere(client, (now) => outcomesOf(now) > before + round * 40));
    await daemon.kill();
  }
  clearInterval(timer);
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  await viewWhere(client, (now) => outcomesOf(now) >= 2 * written.all);
  await client.request('shutdown', { force: true });
  await daemon.ended;

  const { plan } = loadPlan(join(workspace.folder, 'rampwatch.yaml'));
  const store = openStore(workspace.directory);
  const { cells, outcomes } = store.load('uploads');
  store.close();
  const ledger = Ledger.restore(plan, compileInstrument(plan), cells, outcomes);
  const treatment = ledger.totals('treatment', null, null);
  const control = ledger.totals('control', null, null);
  expect([treatment.n, treatment.good[0], control.n]).toEqual([
    written.treatment,
    written.good,
    written.all - written.treatment,
  ]);
});

function recordsOf(view: {
  readonly rollouts: readonly { readonly sources: readonly { records: number }[] }[];
}): number {
  return view.rollouts[0]?.sources[0]?.records ?? 0;
}

/** Appends in uneven pieces, half lines among them, and rotates by renaming now and then. */
function startWriter(folder: string): {
  readonly counts: { all: number; treatment: number; good: number };
  stop(): void;
} {
  const file = join(folder, 'metrics.jsonl');
  const counts = { all: 0, treatment: 0, good: 0 };
  let pending = '';
  let turns = 0;
  let rotated = 0;
  const timer = setInterval(() => {
    turns += 1;
    for (let record = 0; record < 7; record += 1) {
      const isNew = counts.all % 3 === 0;
      const ok = counts.all % 5 !== 0;
      const at = new Date().toISOString();
      pending += `${JSON.stringify({ timestamp: at, id: counts.all, arm: isNew ? 'new' : 'old', ok, ms: 10 })}\n`;
      counts.all += 1;
      if (isNew) counts.treatment += 1;
      if (isNew && ok) counts.good += 1;
    }
    const cut = turns % 4 === 0 ? pending.length : Math.floor(pending.length * 0.6);
    appendFileSync(file, pending.slice(0, cut));
    pending = pending.slice(cut);
    // No generation is ever dropped: on a slow machine the killed daemons may be many generations behind.
    if (turns % 120 === 0 && pending === '' && rotated < mostRotated) {
      for (let old = rotated; old >= 1; old -= 1) renameSync(`${file}.${old}`, `${file}.${old + 1}`);
      renameSync(file, `${file}.1`);
      rotated += 1;
    }
  }, 5);
  return {
    counts,
    stop() {
      clearInterval(timer);
      appendFileSync(file, pending);
      pending = '';
    },
  };
}
