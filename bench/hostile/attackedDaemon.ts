import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';
import type { Attack } from './attacks.ts';

const commandLine = join(import.meta.dirname, '../../dist/cli.mjs');
const probed = z.object({
  stretches: z.array(z.number()),
  p99: z.number(),
  longest: z.number(),
  resident: z.number(),
});
const flagOn = 'SOUND=true\n';
const soundPlan = `version: 1
id: sound
sources: [{ file: sound.jsonl, format: jsonl }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: off, percent: 0 }, { id: half, percent: 50 }]
triggers: [{ id: failing, when: "ok < 80%", over: 1m, min: 20, then: rollback, rule: literal, within: 5s }]
flag: { dotenv: sound.env, set: { SOUND: "\${enabled}" } }
`;

/** Milliseconds, but for memory, in MiB, and what is told. */
export interface Suffered {
  /** From the first failing record to the flag's file set back; `null`: it was not, within a minute. */
  readonly rolledBackAfter: number | null;
  /** Processor time of the daemon's main thread between two turns. */
  readonly turn: { readonly p99: number; readonly longest: number };
  /** The delay of its loop by the clock, which a machine under load adds to. */
  readonly delay: { readonly p99: number; readonly longest: number };
  readonly resident: number;
  /** The hostile rollout as the daemon tells it. */
  readonly told: string;
}

/** A real daemon with a sound rollout and a hostile one; once the attack has gone on for a while, the sound one must roll back. */
export async function suffer(attack: Attack, milliseconds: number): Promise<Suffered> {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-hostile-'));
  const root = join(folder, 'workspace');
  const probe = join(folder, 'probe.json');
  mkdirSync(root);
  const environment = {
    ...process.env,
    RAMPWATCH_STATE_DIRECTORY: join(folder, 'state'),
    RAMPWATCH_TURN_PROBE: probe,
    NODE_OPTIONS: `--import=${new URL('turnProbe.mjs', import.meta.url).href}`,
  };
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  const flag = (): string => readFileSync(join(root, 'sound.env'), 'utf8');
  write('sound.rampwatch.yaml', soundPlan);
  write('sound.env', 'SOUND=false\n');
  write('sound.jsonl', '');
  const daemon = spawn(process.execPath, [commandLine, 'watch', '--background'], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  let isOn = true;
  try {
    const client = await connectClient(stateDirectory(root, environment), { waitFor: 60_000 });
    const sound = (): RolloutView | undefined => client.view?.rollouts.find(({ rollout }) => rollout === 'sound');
    await until(() => sound() !== undefined);
    await order(client, sound, 'begin');
    await until(() => sound()?.standing.phase.kind === 'soaking' || sound()?.standing.phase.kind === 'ready');
    await order(client, sound, 'advance');
    await until(() => flag() === flagOn);
    const text = attack.plan(root);
    await until(() => existsSync(probe));
    const before = probed.parse(JSON.parse(readFileSync(probe, 'utf8'))).stretches.length;
    write('hostile.rampwatch.yaml', text);
    const fed = feed(attack, root, () => isOn);
    await delay(milliseconds);
    const began = performance.now();
    let rolledBackAfter: number | null = null;
    while (performance.now() - began < 60_000) {
      const lines = Array.from(
        { length: 5 },
        () => `{"timestamp":"${new Date().toISOString()}","arm":"new","ok":false}\n`,
      );
      appendFileSync(join(root, 'sound.jsonl'), lines.join(''));
      await delay(20);
      if (flag() === flagOn) continue;
      rolledBackAfter = performance.now() - began;
      break;
    }
    await delay(1000);
    isOn = false;
    await fed;
    const { stretches, p99, longest, resident } = probed.parse(JSON.parse(readFileSync(probe, 'utf8')));
    const sorted = stretches.slice(before).toSorted((one, other) => one - other);
    const told = toldOf(client);
    client.close();
    return {
      rolledBackAfter,
      turn: { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longest: sorted.at(-1) ?? 0 },
      delay: { p99, longest },
      resident: resident / 2 ** 20,
      told,
    };
  } finally {
    isOn = false;
    daemon.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function feed(attack: Attack, root: string, isOn: () => boolean): Promise<void> {
  for (let turn = 0; isOn(); turn += 1) {
    attack.feed?.(root, turn);
    await delay(20);
  }
}

async function order(client: Client, sound: () => RolloutView | undefined, kind: 'begin' | 'advance'): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    const standing = sound()?.standing;
    if (standing === undefined) throw new Error('the daemon shows no sound rollout');
    const { attempt, stage, revision } = standing;
    const command = { kind, on: { attempt, stage, revision }, ...(kind === 'advance' && { reason: 'a drill' }) };
    const key = `the key of ${kind} ${tried}`;
    const answer = await client.request('command', { rollout: 'sound', key, by: 'mia', command });
    if (answer.kind === 'done') return;
    // It has moved on since it was looked at.
    if (answer.kind !== 'refused' || answer.code !== 'stale' || tried > 5) throw new Error(JSON.stringify(answer));
    await delay(100);
  }
}

function toldOf({ view }: Client): string {
  const hostile = view?.rollouts.find(({ rollout }) => rollout === 'hostile');
  const problems = view?.problems.map(({ message }) => message) ?? [];
  const fault = [...problems.slice(0, 1), ...(view?.faults ?? [])].join('; ');
  if (hostile === undefined) return fault;
  const sources = hostile.sources.map(({ health }) => `${health.state} ${health.detail ?? ''}`);
  return `${hostile.standing.health.kind}; ${[...new Set(sources)].slice(0, 2).join('; ')} ${fault}`;
}

async function until(holds: () => boolean): Promise<void> {
  const ends = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > ends) throw new Error('the daemon did not begin the sound rollout within a minute');
    await delay(20);
  }
}
