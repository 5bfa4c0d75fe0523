import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Ended, type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';
import { hasTerminal, runOnTerminal } from '../support/terminal.ts';

const esc = '\u001b';
const rightToLeft = '\u202e';
/** A name that clears the screen, turns red, rings, and reads backwards. */
const hostileName = `evil${esc}[2J${esc}[31m\u0007${rightToLeft}\u009b`;
const hostilePlan = smallPlan
  .replace('id: uploads\n', 'id: uploads\nname: "nice\\e[2J\\u202ename"\n')
  // However slow the machine is, the uploads of the beginning stay fresh.
  .replace('file: metrics.jsonl, fresh: 10s', 'file: "*.jsonl", fresh: 1h');
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
const steers = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const ourColours = new RegExp(`${esc}\\[[0-9]{1,2}m`, 'g');
/** The codes that turn line wrapping off and on again. */
const wrapping = new RegExp(`${esc}\\[\\?7[lh]|\r`, 'g');

function upload(ok: boolean): string {
  return JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok });
}

describe('what a terminal and a pipe get', () => {
  let workspace: TestWorkspace;
  beforeAll(async () => {
    workspace = testWorkspace(hostilePlan, (clean) => {
      cleanUp = clean;
    });
    workspace.write('.env', flagOff);
    workspace.write(`${hostileName}.jsonl`, `${upload(true)}\n{"broken\n${'x'.repeat(50)}\n`);
    await workspace.run('begin');
    await workspace.run('hold', '--reason', `because${esc}]0;title\u0007${rightToLeft}`);
    return () => cleanUp();
  });
  let cleanUp: () => Promise<void> = async () => undefined;

  it('is text that steers nothing, whatever a plan, a file name or a reason holds', async () => {
    const commands = [
      ['status'],
      ['status', '--json'],
      ['journal'],
      ['journal', '--json'],
      ['logs'],
      ['logs', '--json'],
      ['replay', `${hostileName}.jsonl`, '--observe'],
      ['lint'],
      ['advance'],
      ['tick', hostileName],
      ['replay', `${hostileName}-not-there`],
      [hostileName],
    ];
    // One after the other: many at once may keep a daemon on a busy machine from answering in time.
    const ended: Ended[] = [];
    for (const words of commands) ended.push(await workspace.run(...words));
    for (const [index, { stdout, stderr }] of ended.entries()) {
      for (const line of `${stdout}${stderr}`.split('\n')) expect(line, commands[index]?.[0]).not.toMatch(steers);
    }
    const status = ended[0]?.stdout ?? '';
    expect(status).toContain('nice\\u001b[2J\\u202ename');
    expect(status).toContain('because\\u001b]0;title\\u0007\\u202e');
    // JSON still contains the exact text.
    expect(JSON.parse(ended[1]?.stdout ?? '').rollouts[0].plan.name).toBe(`nice${esc}[2J${rightToLeft}name`);
  });

  it.skipIf(!hasTerminal)('has colour on a terminal, none under NO_COLOR, and nothing else that steers', async () => {
    const [coloured, plain] = [true, false].map((colour) =>
      runOnTerminal(workspace, { columns: 100, rows: 30, colour }, 'status'),
    );
    expect(await coloured?.ended).toBe(0);
    expect(await plain?.ended).toBe(0);
    expect(coloured?.output).toContain(`${esc}[1mnice`);
    const uncoloured = coloured?.output.replaceAll(ourColours, '') ?? '';
    for (const screen of [uncoloured, plain?.output ?? '']) {
      for (const line of screen.split('\r\n')) expect(line).not.toMatch(steers);
    }
  });

  it.skipIf(!hasTerminal)('repaints no more lines than a small window has, and ends with Ctrl-C', async () => {
    const [columns, rows] = [40, 6];
    const run = runOnTerminal(workspace, { columns, rows }, 'status', '--follow');
    onTestFinished(() => run.end());
    await run.shows(/continues\./);
    await workspace.run('resume');
    await run.shows('advance');
    run.type('\u0003');
    expect(await run.ended).toBe(0);
    const blocks = run.output.split(`${esc}[J`).slice(1);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) {
      const lines = block.split('\n');
      expect(lines.length - 1).toBeLessThan(rows);
      // A terminal that cuts a line shows its last character at the edge, and a figure becomes another one.
      for (const line of lines.slice(0, -1)) {
        expect(line.replaceAll(ourColours, '').replaceAll(wrapping, '').length).toBeLessThanOrEqual(columns);
      }
    }
    // The cursor moves up by as many lines as were printed.
    const ups = [...run.output.matchAll(new RegExp(`${esc}\\[(\\d+)A`, 'g'))].map((match) => Number(match[1]));
    expect(ups).toEqual(blocks.slice(0, -1).map((block) => block.split('\n').length - 1));
  });

  it('may be left by a reader that has seen enough', async () => {
    const lines = Array.from({ length: 3000 }, () => upload(false)).join('\n');
    workspace.write('long.json', lines);
    const words = [
      join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts'),
      'replay',
      'long.json',
      '--observe',
      '--json',
    ];
    const child = spawn(process.execPath, words, {
      cwd: workspace.folder,
      env: workspace.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
