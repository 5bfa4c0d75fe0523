import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlagdProvider } from '@openfeature/flagd-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { FilesTarget } from '../../../daemon/flag/files/filesTarget.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const users = 5000;
const document = {
  $schema: 'https://flagd.dev/schema/v0/flags.json',
  flags: {
    'new-upload': {
      state: 'ENABLED',
      variants: { on: true, off: false },
      defaultVariant: 'off',
      targeting: {
        fractional: [
          ['on', 0],
          ['off', 1000],
        ],
      },
    },
  },
};

/** The provider that applications use reads the file itself, every five seconds. */
it('a real OpenFeature provider follows what is set in its file', async () => {
  const root = temporaryDirectory();
  const file = join(root, 'flags.json');
  writeFileSync(file, JSON.stringify(document, null, 2));
  const fractional = '/flags/new-upload/targeting/fractional';
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
  const set = { [`${fractional}/0/1`]: '${percent*10}', [`${fractional}/1/1`]: '${rest*10}' };
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
  const target = new FilesTarget(root, { files: [{ file: 'flags.json', set, write: 'replace' }] });
  const provider = new FlagdProvider({ resolverType: 'in-process', offlineFlagSourcePath: file });
  onTestFinished(() => OpenFeature.close());
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  const share = async () => {
    const answers = Array.from({ length: users }, (_, user) =>
      client.getBooleanValue('new-upload', false, { targetingKey: `user-${user}` }),
    );
    return (await Promise.all(answers)).filter((on) => on).length / users;
  };
  expect(await share()).toBe(0);
  for (const percent of [10, 0.5, 100, 0]) {
    const changed = new Promise((resolve) => OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, resolve));
    expect(await target.set({ enabled: percent > 0, percent }, { direction: 'forward' })).toEqual({ kind: 'verified' });
    await changed;
    // Buckets of users: within five standard errors.
    const wanted = percent / 100;
    const error = Math.sqrt((wanted * (1 - wanted)) / users);
    expect(Math.abs((await share()) - wanted), `${percent} %`).toBeLessThanOrEqual(5 * error);
  }
});
