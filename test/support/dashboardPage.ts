/// <reference lib="dom" />
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { HostMessage, PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { WhyHostMessage, WhyPageMessage } from '../../daemon/protocol/wire/whyMessages.ts';
import { pageHtml } from '../../extension/pages/pageHtml.ts';
import { webviewPages } from '../../scripts/webviewPages.mjs';
import { editorThemes, type ThemeName } from './editorThemes.ts';

type Sent = PageMessage | WhyPageMessage;

const root = fileURLToPath(new URL('../..', import.meta.url));
const origin = 'https://dashboard.test';

/** The stand-in for the editor's side inside the page; put there before any script of the page runs. */
declare global {
  interface Window {
    sentToHost: Sent[];
    violations: string[];
  }
}

/** A Chromium that opens the dashboard as the editor would: same document, same policy, a host that is played by hand. */
export class DashboardBrowser {
  readonly #browser: Browser;
  readonly #files: ReadonlyMap<string, { readonly type: string; readonly body: string }>;

  private constructor(browser: Browser, files: ReadonlyMap<string, { readonly type: string; readonly body: string }>) {
    this.#browser = browser;
    this.#files = files;
  }

  static async start(): Promise<DashboardBrowser> {
    const outdir = join(root, 'dist');
    const bundled = await build({ ...webviewPages, absWorkingDir: root, outdir, write: false as const });
    const files = new Map(
      bundled.outputFiles.map(({ path, text }) => {
        const type = path.endsWith('.css') ? 'text/css' : 'text/javascript';
        return [`/${path.slice(path.lastIndexOf('/') + 1)}`, { type, body: text }] as const;
      }),
    );
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      timeout: 180_000,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    return new DashboardBrowser(browser, files);
  }

  async open(options: {
    /** Which of the pages. */
    readonly name?: 'dashboard' | 'why';
    readonly theme?: ThemeName;
    readonly width?: number;
    readonly height?: number;
    readonly place?: 'editor' | 'sidebar';
    readonly reducedMotion?: boolean;
    /** The page's clock stands still here; its timers run on. */
    readonly now?: number;
  }): Promise<OpenDashboard> {
    const { name = 'dashboard' } = options;
    const { theme = 'dark', width = 1200, height = 900, place = 'editor', reducedMotion = false, now } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      locale: 'en-GB',
      timezoneId: 'America/New_York',
    });
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const html = pageHtml(
      { script: `/${name}.js`, style: `/${name}.css`, source: origin, nonce: 'only-this-once', language: 'en' },
      place,
    );
    await context.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = pathname === '/' ? { type: 'text/html', body: html } : this.#files.get(pathname);
      if (file === undefined) await route.abort();
      else await route.fulfill({ contentType: `${file.type}; charset=utf-8`, body: file.body });
    });
    await context.addInitScript(standInHost, editorThemes[theme]);
    if (now !== undefined) await page.clock.setFixedTime(now);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${origin}/`);
    return new OpenDashboard(page, complaints);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** One page, and the host's side of its messages. */
export class OpenDashboard {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions that nothing caught. */
  readonly complaints: readonly string[];

  constructor(page: Page, complaints: readonly string[]) {
    this.page = page;
    this.complaints = complaints;
  }

  /** Tells the page something and waits until it has drawn. */
  async tell(...messages: readonly (HostMessage | WhyHostMessage)[]): Promise<void> {
    await this.page.evaluate(async (all) => {
      for (const message of all) window.dispatchEvent(new MessageEvent('message', { data: message }));
      // The draw itself, then the tasks that its effects requested: they run after the frame, which a busy machine may
      // put behind several frames.
      for (let frames = 0; frames < 4; frames += 1) {
        await new Promise((drawn) => requestAnimationFrame(drawn));
        await new Promise((ran) => setTimeout(ran));
      }
    }, messages);
  }

  sent(): Promise<Sent[]> {
    return this.page.evaluate(() => window.sentToHost);
  }

  async sentOf<T extends Sent['type']>(type: T): Promise<Extract<Sent, { type: T }>[]> {
    const all = await this.sent();
    return all.filter((message): message is Extract<Sent, { type: T }> => message.type === type);
  }

  violations(): Promise<string[]> {
    return this.page.evaluate(() => window.violations);
  }

  async useTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(wearTheme, editorThemes[theme]);
  }

  /** The findings of axe that are serious or worse. */
  async seriousFindings(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    return await this.page.evaluate(async () => {
      const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
      const { violations } = await inPage.run({ resultTypes: ['violations'] });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
    });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

type Worn = { readonly kind: string; readonly colors: Readonly<Record<string, string>> };

/** Runs in the page: what VS Code does to a webview's document when the theme changes. */
function wearTheme({ kind, colors }: Worn): void {
  const { style } = document.documentElement;
  for (const name of [...style]) if (name.startsWith('--vscode-')) style.removeProperty(name);
  for (const [name, value] of Object.entries(colors)) style.setProperty(`--vscode-${name}`, value);
  document.body.classList.remove(...[...document.body.classList].filter((name) => name.startsWith('vscode-')));
  document.body.classList.add(kind);
}

/** Runs in the page before its own script. `sessionStorage` keeps what VS Code would keep over a reload. */
function standInHost(theme: Worn): void {
  window.sentToHost = [];
  window.violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    window.violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
  let acquired = false;
  Object.assign(window, {
    acquireVsCodeApi: () => {
      if (acquired) throw new Error('acquireVsCodeApi may be called once');
      acquired = true;
      return {
        postMessage: (message: Sent) => window.sentToHost.push(structuredClone(message)),
        getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
        setState: (state: unknown) => sessionStorage.setItem('state', JSON.stringify(state)),
      };
    },
  });
  // The document is not there yet; the theme is set before the page's own script runs.
  new MutationObserver((_changes, observer) => {
    if (document.body === null) return;
    observer.disconnect();
    document.body.classList.add(theme.kind);
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(theme.colors)) style.setProperty(`--vscode-${name}`, value);
  }).observe(document, { childList: true, subtree: true });
}
