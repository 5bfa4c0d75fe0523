import assert from 'node:assert/strict';
import type { Drive } from '../launch/drive.ts';
import { commandTitles } from '../launch/workbench.ts';

/** The extension as a user gets it: packaged, installed, in a workspace of theirs. */
export const drive: Drive = {
  name: 'the packaged extension',
  async run({ open, packagedExtension, step, temporaryDirectory }) {
    const vsix = await packagedExtension();
    const { page } = await open({ workspace: await temporaryDirectory(), vsix });
    await step('offers its commands', async () => {
      const titles = await commandTitles(page, 'Rampwatch:');
      assert.ok(
        titles.some((title) => title.startsWith('Rampwatch: ')),
        titles.join(' | '),
      );
    });
  },
};
