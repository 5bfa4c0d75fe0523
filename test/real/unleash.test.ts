import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freePort, postgresPrograms, startPostgres } from '../support/postgres.ts';
import { groundedFlag, placed } from '../support/remoteFlag.ts';

/**
 * The real Unleash server with PostgreSQL and its own SDK. Both are too heavy for an install: `npm run test:real`
 * installs them into a folder of its own and names it in RAMPWATCH_REAL_PARTS.
 */
const parts = process.env.RAMPWATCH_REAL_PARTS ?? '';
const missing = missingParts();

const token = '*:*.a-real-admin-token-of-a-test';
const clientToken = 'default:development.a-real-client-token';
const minutes = 60_000;

it.skipIf(missing !== null)(
  `Unleash: a server of its own, PostgreSQL, and what its SDK then evaluates${missing === null ? '' : ` (not run: ${missing})`}`,
  { timeout: 8 * minutes },
  async ({ onTestFinished }) => {
    const database = await startPostgres(onTestFinished);
    database.createDatabase('unleash');
    const url = await startUnleash(database.port, onTestFinished);
    const api = async (method: string, path: string, body?: unknown): Promise<Response> =>
      await fetch(`${url}/api/admin/projects/default/features${path}`, {
        method,
        headers: { authorization: token, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    await api('POST', '', { name: 'new-upload', type: 'release' });
    const where = '/new-upload/environments/development';
    const constraints = [
      { contextName: 'region', operator: 'NOT_IN', values: ['moon'], caseInsensitive: false, inverted: false },
    ];
    const strategy = { parameters: { rollout: '0', stickiness: 'default', groupId: 'new-upload' }, constraints };
    expect((await api('POST', `${where}/strategies`, { name: 'flexibleRollout', ...strategy })).status).toBe(200);
    const { target } = groundedFlag(
      {
        unleash: { url, feature: 'new-upload', environment: 'development', token: placed('env:UNLEASH_TOKEN') },
      },
      { UNLEASH_TOKEN: token },
    );
    const share = await startSdk(url, onTestFinished);
    expect((await target.look()).reading.kind).toBe('off');
    for (const percent of [1, 10, 50, 100]) {
      expect(await target.set({ enabled: true, percent }, { direction: 'forward' })).toEqual({ kind: 'verified' });
      await expect.poll(share, { timeout: minutes, interval: 200 }).toBeCloseTo(percent, percent === 100 ? 5 : -0.5);
    }
    expect(await target.set({ enabled: false, percent: 0 }, { direction: 'back' })).toEqual({ kind: 'verified' });
    await expect.poll(share, { timeout: minutes, interval: 200 }).toBe(0);
    // What the strategy held beside its percentage is still there.
    const kept = (await (await api('GET', where)).json()) as {
      strategies: { constraints: unknown }[];
      enabled: boolean;
    };
    expect(kept).toMatchObject({ enabled: false, strategies: [{ constraints }] });
    const { target: refused } = groundedFlag(
      { unleash: { url, feature: 'new-upload', environment: 'development', token: placed('env:UNLEASH_TOKEN') } },
      { UNLEASH_TOKEN: 'wrong' },
    );
    expect((await refused.look()).fault).toMatch(/answers GET with 401 \(the credential is not accepted\)/);
    const { target: nowhere } = groundedFlag(
      { unleash: { url, feature: 'no-such', environment: 'development', token: placed('env:UNLEASH_TOKEN') } },
      { UNLEASH_TOKEN: token },
    );
    expect((await nowhere.look()).fault).toMatch(/404 \(no such flag there\)/);
  },
);

function missingParts(): string | null {
  if (parts === '') return '`npm run test:real` installs what it needs';
  if (!existsSync(join(parts, 'node_modules/unleash-server'))) return `there is no unleash-server in ${parts}`;
  if (postgresPrograms() === null) return 'PostgreSQL is not installed (Debian: postgresql)';
  return null;
}

async function startUnleash(database: number, finished: (clean: () => Promise<void>) => void): Promise<string> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [join(parts, 'node_modules/unleash-server/dist/server.js')], {
    cwd: parts,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(database),
      DATABASE_USERNAME: 'postgres',
      DATABASE_PASSWORD: 'x',
      DATABASE_NAME: 'unleash',
      DATABASE_SSL: 'false',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      CHECK_VERSION: 'false',
      SEND_TELEMETRY: 'false',
      LOG_LEVEL: 'fatal',
      INIT_ADMIN_API_TOKENS: token,
      INIT_CLIENT_API_TOKENS: clientToken,
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  finished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Unleash ended with ${child.exitCode}`);
    const health = await fetch(`${url}/health`).catch(() => null);
    if (health?.ok === true) return url;
    await pause(200);
  }
}

/** The share of users for whom the SDK says yes, in per cent. */
async function startSdk(url: string, finished: (clean: () => Promise<void>) => void): Promise<() => number> {
  const { Unleash } = createRequire(join(parts, 'package.json'))('unleash-client');
  const client = new Unleash({
    url: `${url}/api/`,
    appName: 'rampwatch-test',
    customHeaders: { Authorization: clientToken },
    refreshInterval: 200,
    disableMetrics: true,
  });
  client.on('error', () => undefined);
  finished(async () => client.destroy());
  await new Promise((resolve) => client.once('synchronized', resolve));
  const users = Array.from({ length: 20_000 }, (_, index) => ({ userId: `user-${index}` }));
  return () => users.filter((user) => client.isEnabled('new-upload', user)).length / 200;
}
