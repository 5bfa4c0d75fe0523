import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { listFiles, PackageManager } from '@vscode/vsce';
import { describe, expect, it } from 'vitest';
import { smallPlan } from '../support/smallPlan.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const repository = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
/** The pinned Node comes first: npm itself would bring the system's. */
const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;

describe('the package of npm', () => {
  it('holds the command line alone, and runs the demo from an empty folder without a network', async () => {
    const place = temporaryDirectory();
    const npm = async (folder: string, ...words: string[]) =>
      (
        await run('npm', [...words, '--cache', join(place, 'cache')], {
          cwd: folder,
          env: { ...process.env, PATH: path },
        })
      ).stdout;
    await npm(repository, 'pack', '--pack-destination', place);
    const [packed = ''] = readdirSync(place).filter((name) => name.endsWith('.tgz'));
    const folder = join(place, 'empty');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{}');
    await npm(folder, 'install', '--offline', '--no-audit', '--no-fund', join(place, packed));
    // Everything is bundled: no other package, no script that runs on installing.
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['rampwatch']);
    const installed = join(folder, 'node_modules', 'rampwatch');
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
    // Every module: workers are loaded by name, so a missing one is met only by the command that starts it.
    const modules = readdirSync(join(repository, 'dist')).filter((name) => name.endsWith('.mjs'));
    const packedNames = readdirSync(join(installed, 'dist'));
    expect(packedNames.sort()).toEqual(['THIRD_PARTY_NOTICES.txt', 'rampwatch.1', ...modules].sort());
    const notices = readFileSync(join(installed, 'dist/THIRD_PARTY_NOTICES.txt'), 'utf8')
      .split(/^-{80}$/m)
      .slice(1);
    for (const notice of notices) expect(notice).toMatch(/Permission |Apache License|Licensed under|Redistribution/);
    for (const name of ['pg', 'pg-types', 'pgpass', 'postgres-array']) expect(notices.join()).toContain(`\n${name} `);
    const inEditor = await listFiles({ cwd: repository, packageManager: PackageManager.None });
    expect(modules.filter((name) => !inEditor.includes(`dist/${name}`))).toEqual([]);
    const rampwatch = async (...words: string[]) =>
      (await run(process.execPath, [join(installed, 'dist/cli.mjs'), ...words], { cwd: folder })).stdout;
    expect((await rampwatch('--version')).trim()).toBe(manifest.version);
    // The decompressors are bundled as well, those of WebAssembly among them.
    writeFileSync(join(folder, 'rampwatch.yaml'), smallPlan.replace('fresh: 10s', 'fresh: 10s, time: { field: id }'));
    for (const name of ['lines.jsonl.xz', 'lines.jsonl.bz2', 'lines.jsonl.lz4']) {
      const told = await rampwatch('replay', '--json', join(repository, 'test/fixtures/compressed', name));
      expect(JSON.parse(told), name).toMatchObject({ records: 4000, rejected: {} });
    }
    expect(await rampwatch('simulate', '--runs', '1', '--rate', '1')).toMatch(/^Wrongly rolled back: /m);
    // The client of PostgreSQL too: a team's database that is not there is told, and no missing module.
    const team = { TEAM_URL: 'postgres://nobody@127.0.0.1:1/team' };
    writeFileSync(join(folder, 'rampwatch.yaml'), `${smallPlan}team: { postgres: TEAM_URL }\n`);
    const verified = run(process.execPath, [join(installed, 'dist/cli.mjs'), 'journal', 'verify', '--team'], {
      cwd: folder,
      env: { ...process.env, ...team },
    });
    await expect(verified).rejects.toMatchObject({
      stderr: expect.stringMatching(/^rampwatch: the database that TEAM_URL names: ECONNREFUSED\n$/),
    });
    expect(await rampwatch('demo')).toMatch(/rolled back/i);
  });
});
