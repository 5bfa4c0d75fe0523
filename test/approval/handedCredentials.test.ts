import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandEnvironment } from '../../daemon/approval/commandEnvironment.ts';
import { credentialSource, withCredentials } from '../../daemon/approval/credentials.ts';
import { HandedCredentials } from '../../daemon/approval/handedCredentials.ts';
import { placeOf } from '../../daemon/protocol/domain/credentialText.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { placed } from '../support/remoteFlag.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const handedAt = (now: () => number = () => 0) => new HandedCredentials(() => wallTime(now()));
const found = (place: string, environment: NodeJS.ProcessEnv, handed: HandedCredentials) => ({
  text: withCredentials(placed(place), { environment, handed }).text,
  source: credentialSource(placeOf(place), { environment, handed }),
});

describe('a credential', () => {
  it('comes from its own place first, and from the editor when that has none', () => {
    const handed = handedAt();
    handed.hand('env:FLAGS_TOKEN', 'from-the-editor');
    expect(found('env:FLAGS_TOKEN', { FLAGS_TOKEN: 'from-the-environment' }, handed)).toEqual({
      text: 'from-the-environment',
      source: 'environment',
    });
    for (const environment of [{}, { FLAGS_TOKEN: '' }, { FLAGS_TOKEN: ' ' }])
      expect(found('env:FLAGS_TOKEN', environment, handed)).toEqual({ text: 'from-the-editor', source: 'editor' });

    const file = join(temporaryDirectory(), 'token');
    handed.hand(`file:${file}`, 'from-the-editor');
    expect(found(`file:${file}`, {}, handed)).toEqual({ text: 'from-the-editor', source: 'editor' });
    writeFileSync(file, 'from-the-file\n', { mode: 0o600 });
    expect(found(`file:${file}`, {}, handed)).toEqual({ text: 'from-the-file', source: 'file' });
    // A file that others may read is mended, not stepped around.
    chmodSync(file, 0o644);
    expect(() => found(`file:${file}`, {}, handed)).toThrow(/others may read .*chmod 600/);
  });

  it('that is missing is named in one line, with the three ways to give it', () => {
    const handed = handedAt();
    for (const place of ['env:FLAGS_TOKEN', 'file:/nowhere/token']) {
      expect(credentialSource(placeOf(place), { environment: {}, handed })).toBeNull();
      const said = () => withCredentials(placed(place), { environment: {}, handed });
      expect(said).toThrow(
        /^[^\n]*is missing: [^\n]*mode 0600[^\n]*, or store it in the editor with “Rampwatch: Store/,
      );
    }
  });

  it('of an editor is the newest that was sent, and is known as a secret even after it went', () => {
    const handed = handedAt();
    expect(handed.hand('env:FLAGS_TOKEN', 'first-of-two')).toBe(true);
    expect(handed.hand('env:FLAGS_TOKEN', 'first-of-two')).toBe(false);
    expect(handed.hand('env:FLAGS_TOKEN', 'second-of-two')).toBe(true);
    expect(handed.valueAt('env:FLAGS_TOKEN')).toBe('second-of-two');
    expect(handed.forget('env:FLAGS_TOKEN')).toBe(true);
    expect(handed.forget('env:FLAGS_TOKEN')).toBe(false);
    expect(handed.valueAt('env:FLAGS_TOKEN')).toBeNull();
    expect(handed.secrets).toEqual(expect.arrayContaining(['first-of-two', 'second-of-two']));
  });

  it('is wanted since it was first found wanting, by each rollout for itself', () => {
    let now = 1000;
    const handed = handedAt(() => now);
    handed.note('one', 'env:A', 'missing');
    now = 2000;
    handed.note('one', 'env:A', 'missing');
    handed.note('two', 'env:A', 'refused');
    expect(handed.wantOf('one', 'env:A')).toEqual({ want: 'missing', since: 1000 });
    expect(handed.wantOf('two', 'env:A')).toEqual({ want: 'refused', since: 2000 });
    handed.note('two', 'env:A', null);
    expect(handed.wantOf('two', 'env:A')).toBeNull();
    handed.hand('env:A', 'a-new-one');
    expect(handed.wantOf('one', 'env:A')).toBeNull();
  });
});

it('a command gets an editor’s credential only under a name that the plan gives it', () => {
  const handed = handedAt();
  for (const name of ['DEPLOY_TOKEN', 'OTHER_TOKEN', 'LC_ALL']) handed.hand(`env:${name}`, `handed-${name}`);
  const folder = temporaryDirectory();
  const environment = { PATH: '/usr/bin', OWN: 'own', DEPLOY_HOST: 'x' };
  expect(commandEnvironment({ environment, handed }, folder, ['DEPLOY_TOKEN', 'DEPLOY_HOST'])).toEqual({
    PATH: '/usr/bin',
    DEPLOY_TOKEN: 'handed-DEPLOY_TOKEN',
    DEPLOY_HOST: 'x',
  });
  expect(commandEnvironment({ environment, handed }, folder)).toEqual({ PATH: '/usr/bin' });
});
