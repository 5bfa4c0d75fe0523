import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { residentMemory } from '../hostProcess.ts';
import type { Random } from './random.ts';
import { SoakedDaemon } from './soakedDaemon.ts';
import { SteadyLog } from './steadyLog.ts';
import { type SteadySample, slopePerHour, steadyPlot } from './steadyPlot.ts';

const names = ['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl'];
const betweenWrites = 100;
const betweenSamples = 2000;
const betweenRotations = 15_000;
const clientsAtOnce = 8;
const quiet = 10_000;
const probed = z.object({ heap: z.number(), p99: z.number(), longest: z.number(), cpu: z.number() });

interface SteadyOptions {
  readonly minutes: number;
  readonly linesPerSecond: number;
  readonly random: Random;
  /** The picture's file; `null`: none is drawn. */
  readonly plot: string | null;
  say(line: string): void;
}

/**
 * One daemon that lives through all of it: four logs under steady writers, rotated every 15 s, and eight clients that come,
 * watch for some seconds and go. It looks at the daemon every two seconds. Returns true when each record was counted once and no
 * loss is declared; the rest is printed. Linux only: it reads /proc.
 */
export async function steadySoak({ minutes, linesPerSecond, random, plot, say }: SteadyOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-steady-'));
  const probe = join(folder, 'probe.json');
  const daemon = new SoakedDaemon(folder, names, {
    NODE_OPTIONS: `--import=${new URL('daemonProbe.mjs', import.meta.url).href}`,
    RAMPWATCH_SOAK_PROBE: probe,
  });
  const logs = names.map((name) => new SteadyLog(join(daemon.root, 'logs'), name, linesPerSecond / names.length));
  daemon.start();
  let holds = false;
  try {
    let isGone = false;
    const watch = async (): Promise<Client> => {
      const client = await connectClient(daemon.directory, { waitFor: 120_000 });
      isGone = false;
      void client.closed.then(() => {
        isGone = true;
      });
      return client;
    };
    let watcher = await watch();
    const countedOf = (index: number): number => watcher.view?.rollouts[0]?.sources[index]?.records ?? 0;
    const [began, ends] = [performance.now(), performance.now() + minutes * 60_000];
    const samples: SteadySample[] = [];
    const visits = { count: 0, refused: 0 };
    const isOn = (): boolean => performance.now() < ends;
    await Promise.all([
      repeat(isOn, betweenWrites, () => {
        for (const log of logs) log.write();
      }),
      repeat(isOn, betweenRotations, () => {
        for (const [index, log] of logs.entries()) log.rotate(countedOf(index));
      }),
      repeat(isOn, betweenSamples, async () => {
        // The daemon drops a client that is too slow to read, as this process may be.
        if (isGone) watcher = await watch();
        const written = logs.reduce((sum, log) => sum + log.written, 0);
        const counted = logs.reduce((sum, _, index) => sum + countedOf(index), 0);
        const found = probed.safeParse(readJson(probe));
        if (!found.success) return;
        const { pid } = daemon;
        const minute = (performance.now() - began) / 60_000;
        const resident = residentMemory(pid);
        const descriptors = readdirSync(`/proc/${pid}/fd`).length;
        const { heap, p99, longest, cpu } = found.data;
        samples.push({
          minute,
          resident,
          heap: heap / 2 ** 20,
          descriptors,
          lag: written - counted,
          p99,
          longest,
          cpu,
        });
      }),
      ...Array.from({ length: clientsAtOnce }, () => comeAndGo(daemon.directory, random, isOn, visits)),
    ]);
    const sources = await daemon.settled(quiet);
    const written = logs.map((log) => log.written);
    const counted = sources.map(({ records }) => records);
    const declared = sources.map(({ gaps }) => gaps.length);
    watcher.close();
    for (const log of logs) log.close();
    await daemon.kill();
    const ids = idsOf(daemon, written);
    report(samples, visits, say);
    say(
      `written ${sum(written)}, counted ${sum(counted)}, ids in the store ${ids.found}, of these twice ${ids.twice}, losses declared ${sum(declared)}`,
    );
    if (plot !== null)
      writeFileSync(plot, steadyPlot(samples, `${linesPerSecond} lines a second for ${minutes} minutes`));
    holds =
      sum(written) === sum(counted) &&
      ids.twice === 0 &&
      sum(declared) === 0 &&
      written.every((count, index) => count === counted[index]);
    // The store keeps single records for an hour.
    if (minutes < 55) holds &&= ids.found === sum(written);
    if (holds) rmSync(folder, { recursive: true, force: true });
    else say(`it does not hold; the logs and the state stay in ${folder}`);
    return holds;
  } finally {
    await daemon.kill();
  }
}

async function repeat(isOn: () => boolean, pause: number, act: () => void | Promise<void>): Promise<void> {
  while (isOn()) {
    await act();
    await delay(pause);
  }
}

/** A client that watches for a while and goes, again and again. */
async function comeAndGo(
  directory: string,
  random: Random,
  isOn: () => boolean,
  visits: { count: number; refused: number },
): Promise<void> {
  while (isOn()) {
    let client: Client | null = null;
    try {
      client = await connectClient(directory, { waitFor: 10_000 });
      visits.count += 1;
      await delay(random.between(200, 6000));
    } catch {
      visits.refused += 1;
    } finally {
      client?.close();
    }
    await delay(random.between(10, 500));
  }
}

function idsOf(daemon: SoakedDaemon, written: readonly number[]): { readonly found: number; readonly twice: number } {
  const seen = new Map(names.map((name, index) => [name, new Uint8Array((written[index] ?? 0) + 1)]));
  let [found, twice] = [0, 0];
  daemon.eachCounted((file, id) => {
    const times = seen.get(file.replace(/^logs\//, '').replace(/(\.jsonl).*$/, '$1'));
    if (times === undefined) return;
    times[id] = (times[id] ?? 0) + 1;
    if (times[id] === 1) found += 1;
    else twice += 1;
  });
  return { found, twice };
}

function report(
  samples: readonly SteadySample[],
  visits: { count: number; refused: number },
  say: (line: string) => void,
): void {
  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return;
  const range = (of: readonly SteadySample[], part: keyof SteadySample): string => {
    const figures = of.map((sample) => sample[part]).toSorted((one, other) => one - other);
    const at = (share: number): string =>
      (figures[Math.min(figures.length - 1, Math.floor(share * figures.length))] ?? 0).toFixed(
        part === 'descriptors' || part === 'lag' ? 0 : 1,
      );
    return `median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`;
  };
  const cpu = ((last.cpu - first.cpu) / ((last.minute - first.minute) * 60)) * 100;
  say(
    `clients that came and went ${visits.count}, not let in ${visits.refused}; processor ${cpu.toFixed(0)} % of a core`,
  );
  say(
    `heap after collections (MiB): ${range(samples, 'heap')}; slope of the second half ${slopePerHour(half, 'heap').toFixed(1)} MiB an hour`,
  );
  say(
    `resident (MiB): ${range(samples, 'resident')}; slope of the second half ${slopePerHour(half, 'resident').toFixed(1)} MiB an hour`,
  );
  say(`descriptors: ${range(samples, 'descriptors')}`);
  say(`records written and not shown as counted: ${range(samples, 'lag')}`);
  say(
    `delay of the event loop, 99 % of each second (ms): ${range(samples, 'p99')}; longest of each second: ${range(samples, 'longest')}`,
  );
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
