#!/usr/bin/env node
/**
 * Sets and reads one percentage in AWS AppConfig, by the AWS command line: `flag.mjs set 25`, `flag.mjs get`.
 *
 * A percentage is a new version of a hosted configuration and a deployment of it. The variables APPCONFIG_APPLICATION,
 * APPCONFIG_ENVIRONMENT, APPCONFIG_PROFILE and APPCONFIG_STRATEGY hold the ids; a strategy without growth and without a
 * bake time (AppConfig.AllAtOnce) suits a rollback. `get` tells the version whose deployment is complete.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const named = (name) => {
  const value = process.env[`APPCONFIG_${name}`];
  if (value) return value;
  console.error(`set APPCONFIG_${name}`);
  process.exit(2);
};
const application = ['--application-id', named('APPLICATION')];
const environment = ['--environment-id', named('ENVIRONMENT')];
const profile = ['--configuration-profile-id', named('PROFILE')];
const folder = mkdtempSync(join(tmpdir(), 'appconfig-'));
const content = join(folder, 'content.json');

const aws = (operation, ...words) =>
  execFileSync('aws', ['appconfig', operation, ...application, ...words, '--output', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

try {
  const [verb, percent] = process.argv.slice(2);
  if (verb === 'set') {
    writeFileSync(content, JSON.stringify({ percent: Number(percent) }));
    const type = ['--content-type', 'application/json', '--content', `fileb://${content}`];
    const created = aws('create-hosted-configuration-version', ...profile, ...type, join(folder, 'created.json'));
    const version = String(JSON.parse(created).VersionNumber);
    const strategy = ['--deployment-strategy-id', named('STRATEGY')];
    aws('start-deployment', ...environment, ...profile, ...strategy, '--configuration-version', version);
  } else {
    const { Items } = JSON.parse(aws('list-deployments', ...environment));
    const newest = Items.find(({ State }) => State === 'COMPLETE');
    if (newest === undefined) throw new Error('no deployment is complete yet');
    aws('get-hosted-configuration-version', ...profile, '--version-number', newest.ConfigurationVersion, content);
    process.stdout.write(readFileSync(content));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
