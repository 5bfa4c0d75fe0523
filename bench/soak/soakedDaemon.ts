import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { placeColumns } from '../../daemon/protocol/domain/place.ts';
import type { SourceView } from '../../daemon/protocol/wire/view.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { decodeOutcomes } from '../../daemon/store/sqlite/outcomeBytes.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';

const commandLine = join(import.meta.dirname, '../../dist/cli.mjs');

/**
 * A plan with one source for each log; the field `id` is kept, so that the store tells which records were counted: those of
 * the trigger's time, which is longer than any life, on a machine that is busy or stands still, too.
 */
function planOf(logs: readonly string[]): string {
  const sources = logs.map((name) => `  - { file: "logs/${name}", fresh: 15m, format: jsonl }`);
  return `version: 1
id: soak
timezone: UTC
sources:
${sources.join('\n')}
arms: { treatment: { mode: [new] }, control: { mode: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment }, id: { quantile: 0.5, field: id } }
stages:
  - { id: one, percent: 1, soak: 1h, gate: ["uploads >= 1000"] }
  - { id: full, percent: 100, soak: 1h, gate: ["uploads >= 1000"] }
triggers: [ { id: low, when: "ok < 50%", over: 30m, min: 20, then: review } ]
flag: { dotenv: .env, set: { X: "\${percent}" } }
`;
}

/**
 * The real daemon of a workspace, which is started and killed again and again, and the records that its store has
 * counted.
 */
export class SoakedDaemon {
  readonly root: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | null = null;
  /** Rows of the store that were taken: id → sum. SQLite gives the ids anew once the store has dropped all rows. */
  #taken: ReadonlyMap<number, number> = new Map();

  /** @param variables of the daemon's environment. */
  constructor(folder: string, logs: readonly string[], variables: NodeJS.ProcessEnv = {}) {
    this.root = join(folder, 'workspace');
    mkdirSync(join(this.root, 'logs'), { recursive: true });
    writeFileSync(join(this.root, 'rampwatch.yaml'), planOf(logs));
    const state = join(folder, 'state');
    mkdirSync(state, { mode: 0o700 });
    this.#environment = { ...process.env, ...variables, RAMPWATCH_STATE_DIRECTORY: state };
  }

  start(): void {
    this.#process = spawn(process.execPath, [commandLine, 'watch', '--background'], {
      cwd: this.root,
      env: this.#environment,
      stdio: 'ignore',
    });
  }

  get directory(): string {
    return stateDirectory(this.root, this.#environment);
  }

  /** The figure of the daemon that was started last. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Until the first source has so many records. */
  async counted(records: number): Promise<void> {
    const directory = this.directory;
    for (;;) {
      const [source] = await sourcesOf(directory).catch(() => []);
      if (source !== undefined && source.records >= records) return;
      await delay(100);
    }
  }

  /** It has said where clients find it. */
  get isUp(): boolean {
    return readDiscovery(this.directory)?.pid === this.pid;
  }

  /** SIGKILL, at any point of the daemon's work. */
  async kill(): Promise<void> {
    const daemon = this.#process;
    if (daemon === null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGKILL');
    if (daemon.exitCode === null && daemon.signalCode === null) await ended;
    this.#process = null;
  }

  /**
   * The sources as the daemon shows them, once it has read everything and has had time to give up waiting for the rest.
   */
  async settled(quiet: number): Promise<readonly SourceView[]> {
    const directory = this.directory;
    let last = '';
    let since = Date.now();
    for (;;) {
      await delay(250);
      const sources = await sourcesOf(directory).catch(() => null);
      if (sources === null) continue;
      const now = JSON.stringify(sources.map(({ health, gaps, records }) => [health.lag, gaps.length, records]));
      if (now !== last) since = Date.now();
      last = now;
      if (Date.now() - since > quiet && sources.every(({ health }) => health.lag === 0)) return sources;
    }
  }

  /** File and id of each single record that the store holds. Call it only while the daemon is dead. */
  eachCounted(take: (file: string, id: number) => void): void {
    const database = new DatabaseSync(join(this.directory, 'store', 'state.sqlite'));
    try {
      for (const { body } of database.prepare("SELECT body FROM outcomes WHERE rollout = 'soak'").iterate()) {
        for (const { place, fields } of decodeOutcomes(body as Uint8Array)) {
          take(placeColumns(place).name, fields[0] ?? Number.NaN);
        }
      }
    } finally {
      database.close();
    }
  }

  /**
   * File and id of each record committed since the last call, and what each source has counted and declared. Call it only
   * while the daemon is dead.
   */
  takeCounted(): Taken {
    const file = join(this.directory, 'store', 'state.sqlite');
    if (!existsSync(file)) return nothing;
    const database = new DatabaseSync(file);
    try {
      const rows = database
        .prepare("SELECT id, body FROM outcomes WHERE rollout = 'soak' ORDER BY id")
        .all()
        .map(({ id, body }) => ({ id: Number(id), body: body as Uint8Array, sum: crc32(body as Uint8Array) }));
      const added = rows.filter(({ id, sum }) => this.#taken.get(id) !== sum);
      this.#taken = new Map(rows.map(({ id, sum }) => [id, sum]));
      const running = database.prepare("SELECT counters FROM running WHERE rollout = 'soak'").get();
      const records = added
        .flatMap(({ body }) => decodeOutcomes(body))
        .map(({ place, fields }) => ({ file: placeColumns(place).name, id: fields[0] ?? Number.NaN }));
      return { records, sources: countersOf(running?.counters) };
    } catch {
      // The daemon was killed before it had made its tables.
      return nothing;
    } finally {
      database.close();
    }
  }
}

interface Taken {
  readonly records: readonly { readonly file: string; readonly id: number }[];
  readonly sources: readonly {
    readonly records: number;
    readonly gapCount: number;
    readonly gaps: readonly { readonly file: string; readonly reason: string }[];
  }[];
}

/** The counters stand beside the mark of the plan that they were counted under. */
function countersOf(stored: unknown): Taken['sources'] {
  const parsed = typeof stored === 'string' ? JSON.parse(stored) : [];
  return typeof parsed.rest === 'string' ? JSON.parse(parsed.rest) : parsed;
}

const nothing: Taken = { records: [], sources: [] };

async function sourcesOf(directory: string): Promise<readonly SourceView[]> {
  const client = await connectClient(directory, { waitFor: 20_000 });
  try {
    return client.view?.rollouts[0]?.sources ?? [];
  } finally {
    client.close();
  }
}
