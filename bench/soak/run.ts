import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from './random.ts';
import { RotatedLog, rotations } from './rotatedLog.ts';
import { SoakedDaemon } from './soakedDaemon.ts';

/**
 * `npm run soak`: writers of records with unique ids, rotated in every way, and kill -9 of the real daemon over and over.
 * The oracle: of each log, counted = written − lost, where nothing is lost unless the daemon declares a loss of that log,
 * and no id is counted twice. Exits with 1 when it does not hold.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '0' },
    seed: { type: 'string', default: '20251029' },
  },
});
const kills = Number(values.kills);
const endsAt = Number(values.minutes) === 0 ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
const random = new Random(Number(values.seed));
/** The daemon gives up waiting after some seconds; the figures are taken when nothing has changed for this long. */
const quiet = 20_000;
/** A daemon that is not up after so long is killed all the same. */
const longestStart = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'rampwatch-soak-'));
const daemon = new SoakedDaemon(
  folder,
  rotations.map((rotation) => `${rotation}.jsonl`),
);
const logs = rotations.map((rotation) => new RotatedLog(join(daemon.root, 'logs'), rotation, random));
const counted = new Map<string, Map<number, number>>(logs.map(({ name }) => [name, new Map()]));
const began = Date.now();
let killed = 0;
try {
  // The daemon does not know lines that were written, rotated and deleted before its first look at a log.
  for (const log of logs) {
    log.write(10);
    log.finish();
  }
  daemon.start();
  await daemon.settled(1000);
  await daemon.kill();
  while (killed < kills && Date.now() < endsAt) {
    daemon.start();
    // Most lives begin with the daemon up, however busy the machine is; some end before that.
    const isAwaited = random.isLikely(0.8);
    let isUp = false;
    if (isAwaited) void daemon.up(longestStart).finally(() => (isUp = true));
    while (isAwaited && !isUp) await writeFor(random.between(10, 100));
    await writeFor(random.between(100, 2500));
    await daemon.kill();
    killed += 1;
    take();
    // At times the daemon is down over a rotation or two.
    if (random.isLikely(0.2)) await writeFor(random.between(10, 300));
    if (killed % 50 === 0) say(`${killed} kills, ${total(({ written }) => written)} records written`);
  }
  for (const log of logs) log.finish();
  daemon.start();
  const sources = await daemon.settled(quiet);
  await daemon.kill();
  take();
  for (const log of logs) log.close();
  say(`${killed} kills in ${((Date.now() - began) / 60_000).toFixed(1)} minutes, seed ${values.seed}`);
  const failed = logs.filter((log, index) => !holds(log, sources[index]?.gaps ?? []));
  if (failed.length > 0) {
    process.exitCode = 1;
    say(`it does not hold for ${failed.map(({ name }) => name).join(', ')}; the logs and the state stay in ${folder}`);
  } else rmSync(folder, { recursive: true, force: true });
} finally {
  await daemon.kill();
}

/** The time for which all logs are written and rotated, in milliseconds. */
async function writeFor(milliseconds: number): Promise<void> {
  const until = Date.now() + milliseconds;
  while (Date.now() < until) {
    for (const log of logs) {
      if (random.isLikely(0.6)) log.write(random.between(1, 30));
      if (random.isLikely(0.03)) log.rotate();
    }
    await delay(random.between(5, 60));
  }
}

function take(): void {
  for (const { file, id } of daemon.takeCounted()) {
    const log = logs.find(({ name }) => file.startsWith(`logs/${name}`));
    const ids = counted.get(log?.name ?? '');
    ids?.set(id, (ids.get(id) ?? 0) + 1);
  }
}

/** Prints the result of a log and returns true when the oracle holds for it. */
function holds(log: RotatedLog, gaps: readonly { readonly file: string; readonly reason: string }[]): boolean {
  const ids = counted.get(log.name) ?? new Map<number, number>();
  const twice = [...ids.values()].filter((times) => times > 1).length;
  const missing = Array.from({ length: log.written }, (_, index) => index + 1).filter((id) => !ids.has(id));
  const cutOff = missing.filter((id) => log.cutOff.has(id)).length;
  const figures = `written ${log.written}, counted ${ids.size}, twice ${twice}, missing ${missing.length}`;
  say(`${log.name}: ${figures} (${cutOff} cut off between copy and truncation), declared losses ${gaps.length}`);
  if (twice === 0 && (missing.length === 0 || gaps.length > 0)) return true;
  say(
    `  missing ${missing.slice(0, 12).join(' ')}; gaps: ${gaps.map(({ file, reason }) => `${file}: ${reason}`).join('; ') || 'none'}`,
  );
  return false;
}

function total(of: (log: RotatedLog) => number): number {
  return logs.reduce((sum, log) => sum + of(log), 0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
