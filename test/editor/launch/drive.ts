import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endDaemons } from './daemons.ts';
import type { VsCodeOptions } from './options.ts';
import { describeError, type TestEvent } from './report.ts';
import { bounded } from './run-in-vs-code.ts';
import { closeAllSessions, openVsCode, type VsCodeSession } from './session.ts';

/** For a drive that hangs. */
const DRIVE_MILLISECONDS = 900_000;

/** A test from outside: it opens VS Code as often as it needs and acts on the page as a person would. */
export interface Drive {
  name: string;
  run(context: DriveContext): Promise<void>;
}

export interface DriveContext {
  /** The repository root, which is also the extension's folder. */
  repository: string;
  /** An empty folder, removed after the drive. */
  temporaryDirectory(): Promise<string>;
  /** The daemon's state directory of this drive; every `open` passes it as RAMPWATCH_STATE_DIRECTORY. */
  stateDirectory: string;
  /** Packages the repository as users get it, once per run, and returns the path of the VSIX. */
  packagedExtension(): Promise<string>;
  /** Opens VS Code; the session is closed after the drive if the drive has not. */
  open(options: VsCodeOptions): Promise<VsCodeSession>;
  /** One counted test. A failed step ends the drive, as later steps depend on it. */
  step(name: string, run: () => Promise<void>): Promise<void>;
}

let packaged: Promise<string> | undefined;

async function packageExtension(repository: string): Promise<string> {
  const path = join(repository, 'dist/test/rampwatch.vsix');
  const vsce = join(repository, 'node_modules/.bin/vsce');
  await mkdir(dirname(path), { recursive: true });
  try {
    await promisify(execFile)(
      vsce,
      ['package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--out', path],
      { cwd: repository },
    );
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`packaging the extension failed: ${said}`);
  }
  return path;
}

class StepFailed extends Error {}

/** Runs one drive, reporting each step; ends every session, daemon and folder of it. */
export async function runDrive(
  drive: Drive,
  repository: string,
  evidenceName: string,
  report: (event: TestEvent) => void,
): Promise<void> {
  const directories: string[] = [];
  const sessions: VsCodeSession[] = [];
  const temporaryDirectory = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rampwatch-drive-'));
    directories.push(directory);
    return directory;
  };
  const stateDirectory = await temporaryDirectory();
  const keepEvidence = async () => {
    for (const [index, session] of sessions.entries()) {
      const name = index === 0 ? evidenceName : `${evidenceName}-${index + 1}`;
      const kept = await session.keepEvidence(name);
      console.log(`      evidence: ${kept.join(', ')}\n${session.log.tail(15).replace(/^/gm, '      ')}`);
    }
  };
  const context: DriveContext = {
    repository,
    temporaryDirectory,
    stateDirectory,
    packagedExtension() {
      packaged ??= packageExtension(repository);
      return packaged;
    },
    async open(options) {
      const env = { RAMPWATCH_STATE_DIRECTORY: stateDirectory, ...options.env };
      const session = await openVsCode({ ...options, env });
      sessions.push(session);
      return session;
    },
    async step(name, run) {
      const started = Date.now();
      try {
        await run();
      } catch (error) {
        report({ kind: 'failed', name, message: describeError(error) });
        // Now, while what the drive prepared still stands.
        await keepEvidence();
        throw new StepFailed(name, { cause: error });
      }
      report({ kind: 'passed', name, milliseconds: Date.now() - started });
    },
  };
  try {
    await bounded(drive.run(context), DRIVE_MILLISECONDS, 'the drive');
  } catch (error) {
    if (!(error instanceof StepFailed)) {
      report({ kind: 'failed', name: '(between steps)', message: describeError(error) });
      await keepEvidence();
    }
  } finally {
    // A session that was still opening when time ran out counts too.
    await closeAllSessions();
    await endDaemons(stateDirectory);
    await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })));
  }
}
