import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { Ledger } from '../../../daemon/measure/ledger.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import type { CommandSource } from '../../../daemon/protocol/domain/commandSource.ts';
import type { Batch, PositionRecord } from '../../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { usualPace } from '../../../daemon/sources/command/commandPace.ts';
import { commandsAt } from '../../../daemon/sources/command/commands.ts';
import { approveUse, noApprovals } from '../../support/approvedUse.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** Writes what the journal holds since a time and goes on with what comes, until a file `stop` is there. */
const program = `#!${process.execPath}
const { existsSync, readFileSync } = require('node:fs');
const [, , follow, output, format, since] = process.argv;
if (follow !== '-f' || output !== '-o' || format !== 'json') process.exit(2);
const from = Number(/^--since=@(\\d+)$/.exec(since)[1]);
let shown = 0;
setInterval(() => {
  if (existsSync(process.env.JOURNAL + '.stop')) process.exit(1);
  const all = readFileSync(process.env.JOURNAL, 'utf8').split('\\n').slice(0, -1);
  for (const line of all.slice(shown))
    if (Number(JSON.parse(line).__REALTIME_TIMESTAMP) >= from * 1e6) process.stdout.write(line + '\\n');
  shown = all.length;
}, 20);
`;

it('journalctl that ends and is started again is counted once and whole', async () => {
  const root = temporaryDirectory();
  const journal = join(root, 'journal');
  writeFileSync(journal, '');
  mkdirSync(join(root, 'bin'));
  const journalctl = join(root, 'bin', 'journalctl');
  writeFileSync(journalctl, program);
  chmodSync(journalctl, 0o755);
  const parsed = parsePlan(
    `version: 1
id: journal
sources:
  - command: [journalctl, -f, -o, json, "--since=@$\{since:s}"]
    format: journald
    environment: [JOURNAL]
arms: { treatment: { _SYSTEMD_UNIT: upload-canary.service }, control: { _SYSTEMD_UNIT: upload-stable.service } }
measures:
  success_rate: { share: { status: "< 500" } }
stages: [{ id: off, percent: 0 }]
`,
    'rampwatch.yaml',
  );
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  const { plan } = parsed.loaded;
  const [source] = plan.sources as readonly CommandSource[];
  if (source === undefined) throw new Error('no source');
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const positions = new Map<string, PositionRecord>();
  const gaps: Batch['gaps'][number][] = [];
  const terms = noApprovals({ PATH: `${join(root, 'bin')}:${process.env.PATH}`, JOURNAL: journal });
  approveUse(source, 0, root, terms);
  const running = commandsAt({ ...usualPace, firstWait: 20, longestWait: 200, quiet: 300, approvalEvery: 20 }).start({
    root,
    sources: [{ index: 0, source }],
    instrument,
    positions: [],
    outside: terms,
    now: () => wallTime(Date.now()),
    commit: (batches) => {
      for (const batch of batches) {
        for (const observation of batch.observations) ledger.add(observation);
        for (const position of batch.positions) positions.set(position.generation, position);
        gaps.push(...batch.gaps);
      }
    },
  });
  onTestFinished(() => running.close());

  const wanted = { treatment: { n: 0, good: 0 }, control: { n: 0, good: 0 } };
  let at = Date.now() * 1000;
  const write = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const arm = index % 2 === 0 ? 'treatment' : 'control';
      const status = index % 5 === 0 ? 500 : 200;
      at = Math.max(at + 1, Date.now() * 1000);
      const unit = arm === 'treatment' ? 'upload-canary.service' : 'upload-stable.service';
      const message = JSON.stringify({ msg: 'done', status });
      const entry = { __REALTIME_TIMESTAMP: String(at), _SYSTEMD_UNIT: unit, PRIORITY: '6', MESSAGE: message };
      appendFileSync(journal, `${JSON.stringify(entry)}\n`);
      wanted[arm].n += 1;
      if (status < 500) wanted[arm].good += 1;
    }
  };
  const counted = () => {
    const of = (arm: 'treatment' | 'control') => {
      const { n, good } = ledger.totals(arm, null, null);
      return { n, good: good[0] ?? 0 };
    };
    return { treatment: of('treatment'), control: of('control') };
  };
  for (let round = 0; round < 3; round += 1) {
    write(20);
    await expect.poll(counted, { timeout: 20_000 }).toEqual(wanted);
    writeFileSync(`${journal}.stop`, '');
    await expect.poll(() => running.health()[0]?.detail, { timeout: 20_000 }).toMatch(/it ended with 1/);
    write(10);
    if (existsSync(`${journal}.stop`)) rmSync(`${journal}.stop`);
    await expect.poll(counted, { timeout: 20_000 }).toEqual(wanted);
  }
  expect(gaps).toEqual([]);
});
