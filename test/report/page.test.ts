/// <reference lib="dom" />
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../daemon/live/renderReport.ts';
import { hostileFacts } from '../support/reportFacts.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    timeout: 180_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
});
afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** The page's requests for other files, and the refusals of its policy. */
  readonly complaints: string[];
}

async function open(
  said: string,
  options: { readonly dark?: boolean; readonly width?: number; readonly audit?: boolean } = {},
): Promise<Opened> {
  const file = join(temporaryDirectory(), 'report.html');
  writeFileSync(file, renderReport(hostileFacts(said), 'html').text);
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1100, height: 900 },
    colorScheme: options.dark === true ? 'dark' : 'light',
    bypassCSP: options.audit === true,
  });
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== address) complaints.push(`asked for ${request.url()}`);
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  return { page, complaints };
}

describe('the HTML report in a browser', () => {
  it('has its own style in force and nothing to complain of, whatever it says', async () => {
    const { page, complaints } = await open(
      '</style><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>',
    );
    expect(await page.evaluate(() => getComputedStyle(document.body).maxWidth)).toBe('960px');
    expect(await page.locator('h1').textContent()).toContain('<script>alert(1)</script>');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is as well to read with other means than eyes and mouse, in light and in dark', async () => {
    for (const dark of [false, true]) {
      const { page } = await open('word', { dark, width: 390, audit: true });
      await page.addScriptTag({ content: axe.source });
      const found = await page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
      });
      expect(found).toEqual([]);
      await page.close();
    }
  });

  it('is no wider than a small window', async () => {
    const { page } = await open('a-word-without-any-place-to-break-it-'.repeat(8), { width: 360 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.close();
  });
});
