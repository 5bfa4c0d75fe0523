import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from './random.ts';
import { RotatedLog, rotations } from './rotatedLog.ts';
import { SoakedDaemon } from './soakedDaemon.ts';
import { SoakedLog } from './soakedLog.ts';

/**
 * `npm run soak -- --kills N [--hours H] [--seed S]`: writers of records with unique ids, rotated in every way, and kill -9
 * of the real daemon over and over, until so many kills or so much time. A generation is deleted only once it is counted, so
 * that nothing is lost but what the soak itself destroys, and it knows each id of that. The oracle, for each log: no id is
 * counted twice; each that was not destroyed is counted; a loss is declared where something is missing, no more often than
 * something was destroyed; and a number of bytes that is declared is the right one. It is asked after every so many kills,
 * and at the end; the first answer that is wrong ends the soak with 1, and its logs and state stay.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    hours: { type: 'string', default: '0' },
    seed: { type: 'string', default: '20251029' },
  },
});
const kills = Number(values.kills ?? (values.hours === '0' ? 100 : Number.POSITIVE_INFINITY));
const endsAt = Number(values.hours) === 0 ? Number.POSITIVE_INFINITY : Date.now() + Number(values.hours) * 3_600_000;
const random = new Random(Number(values.seed));
/** The daemon gives up waiting after some seconds; the figures are taken when nothing has changed for this long. */
const quiet = 20_000;
/** A daemon that is not up after so long is killed all the same. */
const longestStart = 120_000;
/**
 * With so many records that are not counted the writers wait for the daemon, and its lives are longer: a daemon that dies
 * before it commits would only gather generations.
 */
const longestBacklog = 1_000;
const killsPerCheck = 500;
/** So often everything is written while the daemon starts, however long that takes, and at most while it lives. */
const stepsBeforeUp = 30;
const stepsOfLife = 40;
const stepsOfLifeBehind = 200;

const folder = mkdtempSync(join(tmpdir(), 'rampwatch-soak-'));
const daemon = new SoakedDaemon(
  folder,
  rotations.map((rotation) => `${rotation}.jsonl`),
);
const logs = rotations.map((rotation) => new SoakedLog(new RotatedLog(join(daemon.root, 'logs'), rotation, random)));
const began = Date.now();
/** Lives that were ended before the daemon was up. */
let young = 0;
let killed = 0;
try {
  // What was written, rotated and deleted before the daemon has seen a log for the first time is unknown to it.
  for (const { log } of logs) {
    log.write(10);
    log.finish();
  }
  let holds = await check();
  while (holds && killed < kills && Date.now() < endsAt) {
    await liveAndDie();
    killed += 1;
    take();
    if (killed % 25 === 0) say(`${killed} kills, ${((Date.now() - began) / 1000 / killed).toFixed(2)} s each`);
    holds = logs.every(({ twice }) => twice.length === 0);
    if (holds && killed % killsPerCheck === 0) holds = await check();
  }
  holds = await check();
  for (const { log } of logs) log.close();
  report();
  if (holds) rmSync(folder, { recursive: true, force: true });
  else {
    process.exitCode = 1;
    say(`it does not hold; the logs and the state stay in ${folder}`);
  }
} finally {
  await daemon.kill();
}

async function liveAndDie(): Promise<void> {
  // At times the daemon is down over a rotation or two.
  if (random.isLikely(0.2)) for (let step = random.between(1, 10); step > 0; step -= 1) await write();
  const started = Date.now();
  daemon.start();
  // Most lives begin with the daemon up, however busy the machine is; some end at any moment before that.
  const longest = random.isLikely(0.85) ? longestStart : random.between(50, 600);
  for (let step = 0; !daemon.isUp && Date.now() - started < longest; step += 1) {
    if (step < stepsBeforeUp) await write();
    else await delay(20);
  }
  if (daemon.isUp) {
    const steps = isBehind() ? stepsOfLifeBehind : stepsOfLife;
    for (let step = random.between(1, steps); step > 0; step -= 1) await write();
  } else young += 1;
  await daemon.kill();
}

/** Each log is written a little, and perhaps rotated. */
async function write(): Promise<void> {
  for (const { log } of isBehind() ? [] : logs) {
    if (random.isLikely(0.6)) log.write(random.between(1, 8));
    if (random.isLikely(0.05)) log.rotate();
  }
  await delay(random.between(2, 30));
}

function isBehind(): boolean {
  return logs.some(({ backlog }) => backlog > longestBacklog);
}

function take(): void {
  const { records, sources } = daemon.takeCounted();
  for (const { file, id } of records) logs.find(({ log }) => file.startsWith(`logs/${log.name}`))?.count(id);
  for (const [index, log] of logs.entries()) {
    const source = sources[index];
    if (source !== undefined) log.declare(source.records, source.gapCount, source.gaps);
    log.forgetCounted();
  }
}

/** Lets the daemon read everything, and asks the oracle. */
async function check(): Promise<boolean> {
  for (const { log } of logs) log.finish();
  daemon.start();
  await daemon.settled(quiet);
  await daemon.kill();
  take();
  const wrong = logs.flatMap((soaked) => {
    const outcome = soaked.outcome();
    if (outcome.wrong === null) return [];
    return [`${soaked.log.name}: ${outcome.wrong}`, ...outcome.exactLosses.map((loss) => `  declared: ${loss}`)];
  });
  for (const line of wrong) say(line);
  const written = logs.reduce((sum, { log }) => sum + log.written, 0);
  const seconds = (Date.now() - began) / 1000;
  say(
    `${killed} kills in ${(seconds / 60).toFixed(1)} minutes, ${written} records: ${wrong.length === 0 ? 'it holds' : 'WRONG'}`,
  );
  return wrong.length === 0;
}

function report(): void {
  const seconds = (Date.now() - began) / 1000;
  say(
    `${killed} kills (${young} before the daemon was up) in ${(seconds / 60).toFixed(1)} minutes, ${(seconds / Math.max(1, killed)).toFixed(2)} s each, seed ${values.seed}`,
  );
  say('| log | written | counted | twice | missing | of these destroyed | declared losses |');
  say('|---|---|---|---|---|---|---|');
  for (const soaked of logs) {
    const { written, counted, twice, missing, unexplained, declared } = soaked.outcome();
    const cells = [
      soaked.log.name.replace('.jsonl', ''),
      written,
      counted,
      twice,
      missing,
      missing - unexplained.length,
      declared,
    ];
    say(`| ${cells.join(' | ')} |`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
