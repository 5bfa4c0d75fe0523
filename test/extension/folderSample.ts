import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CommandCall, runCommandLine } from '../../extension/connection/commandLine.ts';
import { openSample } from './openSample.ts';

const cli = join(import.meta.dirname, '../../daemon/cli.ts');

/** A real folder with these files and the real command line, whose calls are noted; no daemon runs. */
export function openFolderSample(files: Readonly<Record<string, string>>) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-sample-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const file = join(folder, 'rampwatch.yaml');
  const calls: CommandCall[] = [];
  const sample = openSample(
    (mock) => {
      mock.files = [file];
      mock.configuration.set('rampwatch.autoStart', false);
    },
    (call) => {
      calls.push(call);
      return runCommandLine({ node: process.execPath, cli, stateDirectory: join(folder, '.state') }, call);
    },
    folder,
  );
  return { ...sample, folder, file, calls };
}
