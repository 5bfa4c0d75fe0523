// Runs the editor tests in a real VS Code: `node test/editor/run.ts [--again] [part of a file name…]`; with
// RAMPWATCH_VSCODE=oldest in the oldest one that the manifest promises.
// Suites (suite/*.ts) run inside the extension host; drives (drive/*.ts) act on the workbench from outside.
// With `--again`, what failed is run once more from the start, and the report names it: a workbench on a busy machine
// drops a click now and then.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleSuite, inSources } from './launch/bundle-suite.ts';
import { type Drive, runDrive } from './launch/drive.ts';
import { addCounts, countInto, describeError, lineOf, noCounts, readEvents, type TestEvent } from './launch/report.ts';
import { backEnd, runInVsCode } from './launch/run-in-vs-code.ts';
import { closeAllSessions } from './launch/session.ts';

const repository = resolve(import.meta.dirname, '../..');
const results = join(repository, '.test-results');
let interrupted = false;
const counts = noCounts();

/** Tells of one event of what runs. */
type Show = (event: TestEvent) => void;

async function filesOf(folder: string, parts: readonly string[]): Promise<string[]> {
  const directory = join(import.meta.dirname, folder);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ts')).sort();
  return names
    .filter((name) => parts.length === 0 || parts.some((part) => `${folder}/${name}`.includes(part)))
    .map((name) => join(directory, name));
}

/** Runs a suite or a drive, and once more when it failed and `again` is set; only the last run counts. */
async function counted(name: string, again: boolean, run: (show: Show) => Promise<void>): Promise<void> {
  const attempt = noCounts();
  await run((event) => {
    const line = lineOf(event);
    if (line !== undefined) console.log(line);
    countInto(attempt, name, event);
  });
  if (attempt.failed === 0 || !again || interrupted) {
    addCounts(counts, attempt);
    return;
  }
  console.log(`${name}: failed, run once more from the start`);
  const failed = counts.failed;
  await counted(name, false, run);
  if (counts.failed === failed) counts.unsteady.push(...attempt.failures);
}

/** A suite's workspace is a copy of `<suite>.workspace/` beside it, or an empty folder. */
async function runSuite(file: string, name: string, show: Show): Promise<void> {
  console.log(name);
  const directory = await mkdtemp(join(tmpdir(), 'rampwatch-suite-'));
  try {
    const workspace = join(directory, 'workspace');
    const template = file.replace(/\.ts$/, '.workspace');
    if (existsSync(template)) await cp(template, workspace, { recursive: true });
    else await mkdir(workspace);
    const report = join(directory, 'report.jsonl');
    const testModule = await bundleSuite(file, repository);
    const outcome = await runInVsCode({
      name: name.replace('/', '-'),
      extensionPath: repository,
      testModule,
      workspace,
      env: { RAMPWATCH_TEST_REPORT: report, RAMPWATCH_STATE_DIRECTORY: join(directory, 'state') },
      screenshotDirectory: results,
    });
    const events = existsSync(report) ? readEvents(await readFile(report, 'utf8')) : [];
    for (const event of events) {
      if (event.kind === 'failed') event.message = await inSources(event.message, testModule, repository);
      show(event);
    }
    const ended = events.some((event) => event.kind === 'ended');
    if (!ended || outcome.problem !== undefined) {
      const message = outcome.problem ?? `exit code ${outcome.exitCode}\n${outcome.log.tail(15)}`;
      show({ kind: 'failed', name: '(the run itself)', message: `${message}\nsee ${results}` });
    } else if (outcome.exitCode !== 0 && !events.some((event) => event.kind === 'failed')) {
      show({ kind: 'failed', name: '(the run itself)', message: `exit code ${outcome.exitCode}` });
    }
  } catch (error) {
    show({ kind: 'failed', name: '(the launch)', message: describeError(error) });
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runDriveFile(file: string, name: string, show: Show): Promise<void> {
  const { drive }: { drive: Drive } = await import(pathToFileURL(file).href);
  console.log(`${name}: ${drive.name}`);
  await runDrive(drive, repository, name.replace('/', '-'), show);
}

async function main(): Promise<void> {
  const again = process.argv.includes('--again');
  const parts = process.argv.slice(2).filter((word) => word !== '--again');
  const chosen = backEnd();
  console.log(
    chosen === 'server'
      ? "editor tests in VS Code's server and workbench, in Chromium (RAMPWATCH_VSCODE=oldest for the oldest that the manifest promises, =electron for the desktop)"
      : 'editor tests in the desktop VS Code (@vscode/test-electron)',
  );
  if (chosen === 'server') {
    const which = process.env.RAMPWATCH_VSCODE === 'oldest' ? ['--oldest'] : [];
    const install = spawnSync(process.execPath, [join(repository, 'scripts/install-vscode.mjs'), ...which], {
      stdio: 'inherit',
    });
    if (install.status !== 0) throw new Error('VS Code is not ready, see above');
  }
  for (const file of await filesOf('suite', parts)) {
    const name = `suite/${basename(file, '.ts')}`;
    if (!interrupted) await counted(name, again, (show) => runSuite(file, name, show));
  }
  const drives = await filesOf('drive', parts);
  if (chosen === 'electron' && drives.length > 0) {
    console.log(`${drives.length} drives left out: they need the page, which the desktop has not`);
  }
  for (const file of drives) {
    const name = `drive/${basename(file, '.ts')}`;
    if (chosen === 'server' && !interrupted) await counted(name, again, (show) => runDriveFile(file, name, show));
  }
  if (interrupted) throw new Error('interrupted before every test ran');
  if (counts.passed + counts.failed === 0) throw new Error(`no test ran; nothing matches ${parts.join(' ')}`);
}

// The first signal ends the sessions, so that what runs fails and cleans up after itself; a second one ends at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    console.error(`editor tests: ${signal}, ending what runs`);
    void closeAllSessions();
  });
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`editor tests: ${message}`);
  counts.failed += 1;
  counts.failures.push(message);
}
await mkdir(results, { recursive: true });
await writeFile(join(results, 'editor.json'), `${JSON.stringify(counts)}\n`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
// A desktop VS Code that outlived its bound must not keep this process.
process.exit(counts.failed === 0 ? 0 : 1);
