/// <reference lib="dom" />
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { openVsCode } from '../test/editor/launch/session.ts';
import { webview } from '../test/editor/workbench/editors.ts';
import { runCommand } from '../test/editor/workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../test/editor/workbench/views.ts';
import { extensionHost, residentMemory } from './hostProcess.ts';

/**
 * Twelve triggers at their limits, on a real daemon, with the dashboard open and a page that does not read: memory of the
 * extension host, and the time from a click on Roll Back to its question, and from the answer to the flag. The same two
 * times are measured before and after, in the same window, while no record comes: on a busy machine only the ratio says something.
 */
export async function flapFigures(root: string, minutes: number, say: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-bench-flap-'));
  const environment = { RAMPWATCH_STATE_DIRECTORY: join(folder, 'state') };
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'rampwatch.yaml'), plan);
  const metrics = join(workspace, 'm.jsonl');
  let stop = (): void => undefined;
  const rampwatch = (...words: string[]): string =>
    execFileSync(process.execPath, [join(root, 'dist', 'cli.mjs'), ...words], {
      cwd: workspace,
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    });
  rampwatch('start');
  rampwatch('begin');
  const session = await openVsCode({ workspace, extensionPath: root, env: environment });
  try {
    const { page } = session;
    await openViewContainer(page, 'Rampwatch');
    await waitForTree(page, 'Stages', (rows) => rows.length > 1);
    await runCommand(page, 'Rampwatch: Open Dashboard');
    await webview(page).getByRole('button', { name: 'Roll Back' }).waitFor();
    const flag = join(workspace, '.env');
    const before = await rollBacks(page, flag, rampwatch);
    await webview(page).locator('body').evaluate(stopReading);
    const host = extensionHost(environment.RAMPWATCH_STATE_DIRECTORY);
    const daemon = daemonOf(rampwatch('status', '--json'));
    const resident: number[] = [];
    const daemonResident: number[] = [];
    stop = flap(metrics);
    let busy: Times = { asked: [], set: [] };
    const until = Date.now() + minutes * minute;
    let nextRollBack = Date.now() + rollBackEvery;
    while (Date.now() < until) {
      await pause(10_000);
      resident.push(residentMemory(host));
      daemonResident.push(residentMemory(daemon));
      if (Date.now() < nextRollBack) continue;
      nextRollBack = Date.now() + rollBackEvery;
      busy = together(busy, await rollBacks(page, flag, rampwatch, 1));
    }
    busy = together(busy, await rollBacks(page, flag, rampwatch));
    stop();
    // The machine's other work may have changed in between.
    const idle = together(before, await rollBacks(page, flag, rampwatch));
    say(
      `twelve triggers at their limits for ${minutes} min, a page that does not read, ${busy.asked.length} rollbacks meanwhile: extension host ${grown(resident)}; daemon ${grown(daemonResident)}`,
    );
    say(`click on Roll Back → question: ${beside(busy.asked, idle.asked)}`);
    say(`answer → flag: ${beside(busy.set, idle.set)}`);
  } finally {
    await session.close();
    stop();
    rampwatch('stop', '--force');
    rmSync(folder, { recursive: true, force: true });
  }
}

const triggers = Array.from(
  { length: 12 },
  (_, index) => `  - { id: t${index}, when: "lat > ${100 + index}ms", over: 1s, min: 1, then: review }`,
);
const plan = `version: 1
id: flap
sources: [{ file: m.jsonl, time: { field: ts, zone: UTC }, fresh: 1m }]
arms: { treatment: { v: new }, control: { v: old } }
measures:
  ok: { share: { ok: true } }
  lat: { quantile: 0.5, field: ms, unit: ms }
stages: [{ id: one, percent: 50, soak: 1h, gate: ["ok >= 90%"] }]
triggers:
${triggers.join('\n')}
flag: { dotenv: .env, set: { F_ON: "\${enabled}", F_PCT: "\${percent}" } }
`;

/** Twenty records a second whose figure crosses the limits every three seconds. */
function flap(file: string): () => void {
  const timer = setInterval(() => {
    const slow = Math.floor(Date.now() / 1500) % 2 === 0;
    const ts = new Date().toISOString();
    const records = [0, 1, 2, 3].map((index) =>
      JSON.stringify({ ts, v: index % 2 === 1 ? 'new' : 'old', ok: true, ms: index % 2 === 1 && slow ? 500 : 50 }),
    );
    appendFileSync(file, `${records.join('\n')}\n`);
  }, 200);
  return () => clearInterval(timer);
}

/** Runs in the page: its script hears no message of the host any more. */
function stopReading(): void {
  window.addEventListener('message', (event) => event.stopImmediatePropagation(), { capture: true });
}

interface Times {
  readonly asked: readonly number[];
  readonly set: readonly number[];
}

const minute = 60_000;
const rollBackEvery = 5 * minute;

/** Several rollbacks, each of a rollout that was begun anew. */
async function rollBacks(
  page: Page,
  flag: string,
  rampwatch: (...words: string[]) => string,
  rounds = 5,
): Promise<Times> {
  const asked: number[] = [];
  const set: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    while (!/F_PCT=50\b/.test(existsSync(flag) ? readFileSync(flag, 'utf8') : '')) {
      if (isOver(rampwatch('status', '--json'))) rampwatch('begin');
      await pause(200);
    }
    await pause(2000);
    const [question, done] = await rollBack(page, flag);
    asked.push(question);
    set.push(done);
  }
  return { asked, set };
}

const shown = z.object({
  rollouts: z.array(z.object({ standing: z.object({ phase: z.object({ kind: z.string() }) }) })),
});

function daemonOf(status: string): number {
  return z.object({ daemon: z.object({ pid: z.number() }) }).parse(JSON.parse(status)).daemon.pid;
}

function isOver(status: string): boolean {
  return shown.parse(JSON.parse(status)).rollouts[0]?.standing.phase.kind === 'rolled-back';
}

function together(one: Times, other: Times): Times {
  return { asked: [...one.asked, ...other.asked], set: [...one.set, ...other.set] };
}

function beside(busy: readonly number[], idle: readonly number[]): string {
  const ratio = median(busy) / median(idle);
  return `${median(busy).toFixed(0)} ms (${range(busy)}), without records ${median(idle).toFixed(0)} ms (${range(idle)}): ${ratio.toFixed(2)} ×`;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function rollBack(page: Page, flag: string): Promise<readonly [asked: number, set: number]> {
  const clicked = performance.now();
  await webview(page).getByRole('button', { name: 'Roll Back' }).click();
  const button = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Roll Back' });
  await button.waitFor();
  const asked = performance.now() - clicked;
  const answered = performance.now();
  await button.click();
  while (!existsSync(flag) || !/F_PCT=0\b/.test(readFileSync(flag, 'utf8'))) await pause(5);
  return [asked, performance.now() - answered];
}

/** Memory that does not grow has the same range in each half. */
function grown(resident: readonly number[]): string {
  const middle = Math.floor(resident.length / 2);
  return `${range(resident.slice(0, middle))} MiB in the first half, ${range(resident.slice(middle))} MiB in the second`;
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
