import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { WAIT_MILLISECONDS } from '../workbench/waiting.ts';
import { cleanEnvironment, userSettings, type VsCodeOptions, writeSettings } from './options.ts';
import { endMarkedProcesses } from './processes.ts';
import { RunLog } from './run-log.ts';
import { installVsix, type ServerDirectories, startServer, type VsCodeServer } from './server.ts';

const repository = resolve(import.meta.dirname, '../../..');
const OPEN_MILLISECONDS = 180_000;

/** A real VS Code: its server, and its workbench in Chromium. */
export interface VsCodeSession {
  page: Page;
  log: RunLog;
  /** The test module's exit code; rejects when the server dies first. Never settles without a test module. */
  testsEnded: Promise<number>;
  /** Writes `<name>.png` into the screenshot directory and returns its path. */
  screenshot(name: string): Promise<string>;
  /** Writes `<name>.png` and `<name>.log`, for a failure; never throws. Returns the paths that were written. */
  keepEvidence(name: string): Promise<string[]>;
  /** Reloads the window and waits until the workbench is there again. */
  reload(): Promise<void>;
  /** Ends everything that this session started. */
  close(): Promise<void>;
}

function chromiumPath(): string {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`no Chromium at ${path}: run node scripts/install-vscode.mjs or set CHROMIUM`);
  return path;
}

/**
 * Puts the extension's folder among the installed extensions. VS Code would also take it as an extension under
 * development, but only in automation, where it shows neither toasts nor modal dialogs.
 */
async function linkExtension(extensionPath: string, extensions: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(extensionPath, 'package.json'), 'utf8'));
  await mkdir(extensions, { recursive: true });
  const folder = `${manifest.publisher}.${manifest.name}-${manifest.version}`;
  await symlink(extensionPath, join(extensions, folder), 'dir');
}

function workbenchUrl(port: number, options: VsCodeOptions): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
  const kind = options.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
  const query = new URLSearchParams({ [kind]: options.workspace });
  if (options.testModule !== undefined) {
    const payload = [['extensionTestsPath', remote(options.testModule)]];
    if (options.extensionPath !== undefined) payload.push(['extensionDevelopmentPath', remote(options.extensionPath)]);
    query.set('payload', JSON.stringify(payload));
  }
  return `http://127.0.0.1:${port}/?${query}`;
}

async function openContext(options: VsCodeOptions): Promise<BrowserContext> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    timeout: OPEN_MILLISECONDS,
    // Its own handlers would end this process before the server and the folders are cleared away.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
      // No address outside this machine is reachable, so nothing waits for one.
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
    ],
  });
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    locale: 'en-US',
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  return context;
}

const closers = new Set<() => Promise<void>>();

/** Ends every session that is still open, for a run that is interrupted. */
export async function closeAllSessions(): Promise<void> {
  await Promise.all([...closers].map((close) => close()));
}

/** Opens the workspace in a real VS Code and waits until its workbench stands. The caller closes the session. */
export async function openVsCode(options: VsCodeOptions, log: RunLog = new RunLog()): Promise<VsCodeSession> {
  const screenshots = options.screenshotDirectory ?? join(repository, '.test-results');
  const directory = await mkdtemp(join(tmpdir(), 'rampwatch-vscode-'));
  const home = join(directory, 'home');
  await mkdir(home);
  const marker = `RAMPWATCH_TEST_SESSION=${randomUUID()}`;
  const env = {
    // A home of its own, so that a run writes nothing into a developer's.
    ...cleanEnvironment({ HOME: home, XDG_STATE_HOME: undefined, XDG_CONFIG_HOME: undefined, ...options.env }),
    RAMPWATCH_TEST_SESSION: marker.slice(marker.indexOf('=') + 1),
  };
  const directories: ServerDirectories = { data: join(directory, 'server'), extensions: join(directory, 'extensions') };

  let server: VsCodeServer | undefined;
  let context: BrowserContext | undefined;
  let closed = false;
  let closing = Promise.resolve();
  const endAll = async () => {
    await context
      ?.browser()
      ?.close()
      .catch(() => undefined);
    await server?.stop();
    await endMarkedProcesses(marker);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    closers.delete(close);
  };
  // One after the other: each ends the processes of the folder, and two at once would collide.
  const close = () => {
    closed = true;
    closing = closing.then(endAll);
    return closing;
  };
  // A bound or a signal may close a session that is still opening; what opens afterwards must not stay.
  const stillWanted = () => {
    if (closed) throw new Error('it was closed while it opened');
  };
  closers.add(close);

  const screenshot = async (name: string) => {
    await mkdir(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.png`);
    const page = context?.pages()[0];
    if (page === undefined) throw new Error('there is no page to take a screenshot of');
    await page.screenshot({ path });
    return path;
  };
  const keepEvidence = async (name: string) => {
    const kept: string[] = [];
    await screenshot(name).then(
      (path) => kept.push(path),
      () => undefined,
    );
    await mkdir(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.log`);
    await writeFile(path, `${log.lines.join('\n')}\n`);
    kept.push(path);
    return kept;
  };

  try {
    const settings = userSettings(options);
    await writeSettings([join(directories.data, 'data/User'), join(directories.data, 'data/Machine')], settings);
    if (options.vsix !== undefined) await installVsix(options.vsix, directories, env, log);
    if (options.extensionPath !== undefined && options.testModule === undefined) {
      await linkExtension(options.extensionPath, directories.extensions);
    }
    server = await startServer(directories, env, log, options.testModule !== undefined);
    stillWanted();
    context = await openContext(options);
    stillWanted();

    const { exited, port } = server;
    let ended: (code: number) => void = () => undefined;
    const testsEnded = Promise.race([
      new Promise<number>((settle) => {
        ended = settle;
      }),
      exited.then((how): never => {
        throw new Error(`VS Code's server ended by itself: ${how}\n${log.tail(15)}`);
      }),
    ]);
    // A session without a test module never awaits it, and the server's end is no news once it is being closed.
    testsEnded.catch(() => undefined);
    await context.exposeFunction('codeAutomationExit', (code: number) => ended(code));
    await context.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) =>
      log.add(type, args.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')),
    );

    context.setDefaultTimeout(WAIT_MILLISECONDS);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') log.add('page', message.text());
    });
    page.on('pageerror', (error) => log.add('page', error.message));
    const standing = () =>
      page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: OPEN_MILLISECONDS, state: 'visible' });
    await page.goto(workbenchUrl(port, options), { timeout: OPEN_MILLISECONDS });
    await standing();
    const reload = async () => {
      await page.reload({ timeout: OPEN_MILLISECONDS });
      await standing();
    };
    return { page, log, testsEnded, screenshot, keepEvidence, reload, close };
  } catch (error) {
    const kept = await keepEvidence('open-failed');
    await close();
    throw new Error(`VS Code did not open: ${error instanceof Error ? error.message : error}\nsee ${kept.join(', ')}`);
  }
}
