import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { userSettings, type VsCodeOptions, writeSettings } from './options.ts';
import type { RunLog } from './run-log.ts';

function into(log: RunLog, source: string): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      log.add(source, String(chunk));
      done();
    },
  });
}

/** Runs a test module in the desktop VS Code, which `@vscode/test-electron` downloads once. Returns the exit code. */
export async function runInElectron(
  options: VsCodeOptions & { extensionPath: string; testModule: string },
  log: RunLog,
): Promise<number> {
  // Short: VS Code puts a socket into the user data directory, and socket paths have a limit.
  const directory = await mkdtemp(join(tmpdir(), 'rw-'));
  try {
    await writeSettings([join(directory, 'User')], userSettings(options));
    return await runTests({
      extensionDevelopmentPath: options.extensionPath,
      extensionTestsPath: options.testModule,
      extensionTestsEnv: options.env ?? {},
      stdout: into(log, 'desktop'),
      stderr: into(log, 'desktop'),
      launchArgs: [
        options.workspace,
        '--user-data-dir',
        directory,
        '--extensions-dir',
        join(directory, 'extensions'),
        '--disable-telemetry',
        '--disable-gpu',
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    });
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
