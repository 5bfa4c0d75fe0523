import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drive } from '../launch/drive.ts';
import { openFile, problemRows } from '../workbench/editors.ts';
import { runCommand } from '../workbench/quickInput.ts';

/** A workspace without a plan, in which a YAML file of something else is open: the extension waits until it is needed. */
export const drive: Drive = {
  name: 'the first plan of a workspace',
  async run({ open, repository, step, temporaryDirectory }) {
    const beside = async () => {
      const workspace = await temporaryDirectory();
      await writeFile(join(workspace, 'compose.yaml'), 'services: {}\n');
      const session = await open({ workspace, extensionPath: repository });
      await openFile(session.page, 'compose.yaml');
      return { workspace, session };
    };

    await step('is checked as soon as it is written by hand', async () => {
      const { workspace, session } = await beside();
      await writeFile(join(workspace, 'rampwatch.yaml'), 'version: 1\nidd: search\n');
      await openFile(session.page, 'rampwatch.yaml');
      await problemRows(session.page, (rows) => rows.some((row) => row.includes('unknown key `idd`')));
      await session.close();
    });

    await step('is made by the command, which was there all the time', async () => {
      const { session } = await beside();
      await runCommand(session.page, 'Rampwatch: Create Plan');
      await session.page.locator('.tab.active').filter({ hasText: 'rampwatch.yaml' }).waitFor({ timeout: 30_000 });
      await session.close();
    });
  },
};
