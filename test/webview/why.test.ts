/// <reference lib="dom" />

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { whyPageMessage } from '../../daemon/protocol/wire/whyMessages.ts';
import { DashboardBrowser, type OpenDashboard } from '../support/dashboardPage.ts';
import { editorThemes, type ThemeName } from '../support/editorThemes.ts';
import { sampleSeries } from './dashboardSamples.ts';
import { blame, failures, record, whySnapshot } from './whySamples.ts';

let browser: DashboardBrowser;
let opened: OpenDashboard;

beforeAll(async () => {
  browser = await DashboardBrowser.start();
});
afterAll(async () => {
  await browser.close();
});
afterEach(async () => {
  expect(await opened.violations()).toEqual([]);
  expect(opened.complaints).toEqual([]);
  const odd = (await opened.sent()).filter((message) => !whyPageMessage.safeParse(message).success);
  expect(odd).toEqual([]);
  await opened.close();
});

async function openWhy(options: { theme?: ThemeName; width?: number } = {}) {
  opened = await browser.open({ name: 'why', ...options });
  await opened.tell(whySnapshot(), { type: 'failures', answer: { kind: 'failures', failures } });
  const [asked] = await opened.sentOf('series-wanted');
  await opened.tell({
    type: 'series',
    id: asked?.id ?? 0,
    answer: { kind: 'series', series: sampleSeries() },
  });
  return opened.page;
}

const stackPlace = { file: '/srv/shop/src/checkoutV2.mjs', line: 9 };

describe('the page "Why"', () => {
  it('says the rule, what explains the failures, and shows the first record with its fields', async () => {
    const page = await openWhy();
    await expect(`${await page.locator('body').ariaSnapshot()}\n`).toMatchFileSnapshot('golden/why.txt');
  });

  it('opens at its headline, however low and long the list of records is', async () => {
    const page = await openWhy();
    await page.setViewportSize({ width: 700, height: 300 });
    await page.reload();
    await opened.tell(whySnapshot(), { type: 'failures', answer: { kind: 'failures', failures } });
    await page.locator('[role=tree]').waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  it('draws the figure with the limit of its own rule and the firing', async () => {
    const page = await openWhy();
    expect(await page.locator('.over-time canvas').count()).toBe(1);
    const [asked] = await opened.sentOf('series-wanted');
    const at = whySnapshot().content?.figure?.firedAt ?? 0;
    expect(asked?.params.from).toBe(at - 30 * 60_000);
    expect(await page.locator('.over-time .plot').getAttribute('aria-label')).toContain('Success rate');
  });

  it('leads from the first record to its source line with one click, and to the change of that line', async () => {
    const page = await openWhy();
    expect((await opened.sentOf('blame-wanted')).map(({ place }) => place)).toEqual([stackPlace]);
    await opened.tell(blame);
    expect(await page.locator('.blame').textContent()).toBe('a1b2c3d Mia 2025-10-31 sum in one go Open Change');
    await page.getByRole('button', { name: 'checkoutV2.mjs:9', exact: true }).click();
    expect(await opened.sentOf('open-source')).toEqual([{ type: 'open-source', place: stackPlace }]);
    await page.getByRole('button', { name: 'Open Change' }).click();
    expect(await opened.sentOf('open-change')).toEqual([{ type: 'open-change', place: stackPlace }]);
    // A frame of the program's own source is a link, one of the runtime is not.
    expect(await page.locator('.trace button').allTextContents()).toEqual([
      'at price (file:///srv/shop/src/checkoutV2.mjs:9:49)',
      'at checkoutV2 (file:///srv/shop/src/checkoutV2.mjs:3:37)',
    ]);
  });

  it('walks the records with n and p, and with the arrows of the tree, which opens and closes groups', async () => {
    const page = await openWhy();
    const shown = async () => {
      await opened.tell();
      return page.locator('.fields tr', { hasText: 'order' }).locator('td').first().textContent();
    };
    expect(await shown()).toBe('ord-1001');
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    await page.keyboard.press('p');
    expect(await shown()).toBe('ord-1002');
    await page.locator('[role=treeitem][aria-selected=true]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await shown()).toBe('ord-1003');
    const focused = async () => {
      await opened.tell();
      return page.evaluate(() => document.activeElement?.textContent);
    };
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toContain('error.type = TypeError');
    await page.keyboard.press('ArrowLeft');
    await opened.tell();
    const first = page.getByRole('treeitem').first();
    expect(await first.getAttribute('aria-expanded')).toBe('false');
    expect(await page.getByRole('treeitem').count()).toBe(3);
    // The way to the next record opens its group again.
    await page.keyboard.press('n');
    await opened.tell();
    expect(await first.getAttribute('aria-expanded')).toBe('true');
    expect(await shown()).toBe('ord-1004');
    await page.keyboard.press('End');
    expect(await shown()).toBe('ord-1008');
  });

  it('compares with the passing record that is most alike', async () => {
    const page = await openWhy();
    await page.getByRole('checkbox', { name: 'Compare with a passing record' }).check();
    const cells = (path: string) => page.locator('.fields tr', { hasText: path }).locator('td').allTextContents();
    await expect.poll(() => cells('provider')).toEqual(['klarna', 'differs: stripe']);
    await expect.poll(() => cells('region')).toEqual(['eu-west-1', 'eu-west-1']);
    await page.getByRole('button', { name: 'Another one' }).click();
    await expect.poll(() => cells('region')).toEqual(['eu-west-1', 'differs: us-east-1']);
  });

  it('shows a hostile record as text', async () => {
    const page = await openWhy();
    const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const groups = [
      { of: null, records: [record(1, { order: evil, 'error.stack': `${evil}\n    at f (${evil}:9:1)` })] },
    ];
    await opened.tell({ type: 'failures', answer: { kind: 'failures', failures: { ...failures, groups } } });
    expect(await page.locator('.fields tr', { hasText: 'order' }).locator('td').textContent()).toBe(evil);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Rampwatch');
  });

  it('keeps what it has when that is not so any more, and says so; without fields it lists the places', async () => {
    opened = await browser.open({ name: 'why' });
    const { page } = opened;
    await opened.tell(whySnapshot());
    await opened.tell({ type: 'failures', answer: { kind: 'refused', message: 'the daemon is older' } });
    expect(await page.locator('.places li').allTextContents()).toEqual([
      'logs/orders.jsonl:121',
      'kubectl logs:7{"outcome":"error"}',
    ]);
    expect(await page.locator('body').textContent()).toContain('Their fields are not known: the daemon is older');
    await opened.tell(whySnapshot(null));
    expect(await page.locator('.banner').textContent()).toContain('This is not so any more');
    expect(await page.locator('h1').textContent()).toBe('Rollback');
    await page.getByRole('button', { name: 'Roll Back' }).click();
    await page.getByRole('button', { name: 'Copy for Chat' }).click();
    expect((await opened.sent()).map(({ type }) => type)).toEqual(expect.arrayContaining(['command', 'copy-for-chat']));
  });

  it('offers what the dashboard does, in its words: no blue Roll Back while all is well, none after a rollback', async () => {
    opened = await browser.open({ name: 'why' });
    const { page } = opened;
    const snapshot = whySnapshot();
    const inState = async (standing: Partial<RolloutView['standing']>) => {
      const view = { ...snapshot.view, standing: { ...snapshot.view?.standing, ...standing } } as RolloutView;
      await opened.tell({ ...snapshot, view });
      const buttons = await page
        .locator('.top .actions button')
        .evaluateAll((all) =>
          all.map((each) => `${each.textContent}${each.classList.contains('primary') ? ' (blue)' : ''}`),
        );
      return buttons.slice(2);
    };
    expect(await inState({ health: { kind: 'fine' } as never, may: ['rollback', 'hold'] })).toEqual(['Roll Back']);
    expect(await inState({ health: { kind: 'alarm', detail: 'x' } as never, may: ['rollback'] })).toEqual([
      'Roll Back (blue)',
    ]);
    const rolledBack = { phase: { kind: 'rolled-back' } as never, health: { kind: 'fine' } as never };
    expect(await inState({ ...rolledBack, may: ['begin'] })).toEqual(['Begin']);
    expect(await inState({ ...rolledBack, may: [] })).toEqual([]);
  });

  it.each(Object.keys(editorThemes) as ThemeName[])('has no serious accessibility finding: %s', async (theme) => {
    const page = await openWhy({ theme });
    await page.getByRole('checkbox').check();
    expect(await opened.seriousFindings()).toEqual([]);
  });

  it.each([300, 700, 1400])('gives values room, and never scrolls sideways, at %i px', async (width) => {
    const page = await openWhy({ width });
    const values = page.locator('.fields td');
    const narrowest = async () => Math.min(...(await values.evaluateAll((all) => all.map((cell) => cell.clientWidth))));
    expect(await narrowest()).toBeGreaterThan(200);
    await page.getByRole('checkbox').check();
    await opened.tell();
    expect(await narrowest()).toBeGreaterThan(100);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});
