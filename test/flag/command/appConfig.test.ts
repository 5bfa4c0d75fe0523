import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { groundedFlag } from '../../support/remoteFlag.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The AWS command line, as far as the example calls it: versions of a hosted configuration, and deployments of them. */
const aws = `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const file = __filename + '.state';
const state = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { versions: ['{"percent":0}'], deployed: 1 };
const [, operation, ...words] = process.argv.slice(2);
const option = (name) => words[words.indexOf('--' + name) + 1];
if (option('application-id') !== 'app1') { console.error('BadRequestException: no such application'); process.exit(254); }
if (operation === 'create-hosted-configuration-version') {
  state.versions.push(readFileSync(option('content').slice('fileb://'.length), 'utf8'));
  console.log(JSON.stringify({ VersionNumber: state.versions.length }));
} else if (operation === 'start-deployment') {
  state.deployed = Number(option('configuration-version'));
  console.log('{}');
} else if (operation === 'list-deployments') {
  console.log(JSON.stringify({ Items: [{ State: 'COMPLETE', ConfigurationVersion: String(state.deployed) }] }));
} else if (operation === 'get-hosted-configuration-version') {
  writeFileSync(words.at(-3), state.versions[Number(option('version-number')) - 1]);
  console.log('{}');
} else process.exit(252);
writeFileSync(file, JSON.stringify(state));
`;

it('the example of docs/flags.md for AWS AppConfig sets and reads a percentage', async () => {
  const page = readFileSync(join(root, 'docs/flags.md'), 'utf8');
  const example = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, text = '']) => text)
    .find((text) => text.includes('appconfig'));
  const { flag } = parse(example ?? '');
  const folder = temporaryDirectory();
  const script = 'examples/appconfig/flag.mjs';
  mkdirSync(dirname(join(folder, script)), { recursive: true });
  cpSync(join(root, script), join(folder, script));
  const tools = temporaryDirectory();
  writeFileSync(join(tools, 'aws'), aws);
  chmodSync(join(tools, 'aws'), 0o755);
  const environment = {
    PATH: [tools, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    APPCONFIG_APPLICATION: 'app1',
    APPCONFIG_ENVIRONMENT: 'env1',
    APPCONFIG_PROFILE: 'profile1',
    APPCONFIG_STRATEGY: 'AppConfig.AllAtOnce',
  };
  const { target } = groundedFlag(flag, environment, folder);
  expect((await target.look()).reading.kind).toBe('off');
  expect(await target.set({ enabled: true, percent: 25 }, { direction: 'forward' })).toEqual({ kind: 'verified' });
  expect(existsSync(join(tools, 'aws.state'))).toBe(true);
  expect(await target.set({ enabled: false, percent: 0 }, { direction: 'back' })).toEqual({ kind: 'verified' });
  expect(target.lastSeen?.values).toEqual({ '/percent': '0' });
  const wrong = groundedFlag(flag, { ...environment, APPCONFIG_APPLICATION: 'other' }, folder).target;
  expect((await wrong.look()).fault).toMatch(/BadRequestException: no such application/);
});
