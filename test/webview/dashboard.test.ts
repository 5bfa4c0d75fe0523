/// <reference lib="dom" />
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { type HostMessage, pageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import bundle from '../../l10n/bundle.l10n.json' with { type: 'json' };
import { lookedAt } from '../extension/sampleViews.ts';
import { DashboardBrowser, type OpenDashboard } from '../support/dashboardPage.ts';
import { editorThemes, type ThemeName } from '../support/editorThemes.ts';
import { fullRollout, journalEntry, sampleSeries, snapshot } from './dashboardSamples.ts';
import { dashboardStates, hostileSnapshot } from './dashboardStates.ts';

const name = { folder: 'app', rollout: 'async-upload' };
let browser: DashboardBrowser;
let dashboard: OpenDashboard;

beforeAll(async () => {
  browser = await DashboardBrowser.start();
});
afterAll(async () => {
  await browser.close();
});

/**
 * After every test, the page was never stopped by its own policy, never complained, and sent only messages that the
 * host knows.
 */
afterEach(async () => {
  expect(await dashboard.violations()).toEqual([]);
  expect(dashboard.complaints).toEqual([]);
  const odd = (await dashboard.sent()).filter((message) => !pageMessage.safeParse(message).success);
  expect(odd).toEqual([]);
  await dashboard.close();
});

async function open(options: Parameters<DashboardBrowser['open']>[0] = {}): Promise<OpenDashboard['page']> {
  dashboard = await browser.open({ now: lookedAt, ...options });
  return dashboard.page;
}

async function answerSeries(buckets?: number): Promise<void> {
  const asked = (await dashboard.sentOf('series-wanted')).at(-1);
  if (asked === undefined) throw new Error('the page has not asked for figures');
  await dashboard.tell({ type: 'series', id: asked.id, answer: { kind: 'series', series: sampleSeries(buckets) } });
}

function parts(changed: Partial<RolloutView>): HostMessage {
  return { type: 'parts', rollout: name, parts: changed };
}

const soaking = snapshot(fullRollout());

describe('the page says', () => {
  it('how things stand, in every state', async () => {
    const page = await open();
    for (const [state, message] of Object.entries(dashboardStates)) {
      // The earlier state has left no trace on the page.
      await dashboard.tell(snapshot(null));
      await dashboard.tell(message);
      const text = await page.locator('body').ariaSnapshot();
      await expect(`${text}\n`).toMatchFileSnapshot(`golden/${state.replaceAll(' ', '-')}.txt`);
    }
  });

  it('the charts in words, and as tables', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries();
    await page.locator('.chart-success summary').click();
    await page.locator('.chart-success table').waitFor();
    await expect(`${await page.locator('.charts').ariaSnapshot()}\n`).toMatchFileSnapshot('golden/charts.txt');
  });

  it('why there are no charts', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    const [asked] = await dashboard.sentOf('series-wanted');
    const answer = { kind: 'refused', message: 'the daemon is older than this page' } as const;
    await dashboard.tell({ type: 'series', id: asked?.id ?? 0, answer });
    expect(await page.locator('.charts').textContent()).toContain('No charts: the daemon is older than this page');
  });

  it('its words in the editor’s language', async () => {
    const page = await open();
    await dashboard.tell({
      ...soaking,
      language: { Triggers: 'Auslöser', Hold: 'Anhalten' },
    } as HostMessage);
    expect(await page.getByRole('heading', { name: 'Auslöser' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Anhalten' }).count()).toBe(1);
  });

  it('every heading, button and caption of its own from the translated bundle', async () => {
    const page = await open();
    const language = Object.fromEntries(Object.keys(bundle).map((text) => [text, `‹${text}›`]));
    await dashboard.tell({ ...soaking, language } as HostMessage);
    await answerSeries();
    const own = page.locator('h2, button:not([hidden]), th[scope=col], summary').filter({ visible: true });
    const texts = (await own.allInnerTexts()).map((text) => text.trim()).filter((text) => text !== '');
    expect(texts.length).toBeGreaterThan(10);
    // The only untranslated text is the plan's own word.
    expect(texts.filter((text) => !text.includes('‹'))).toEqual(['low-success']);
  });
});

describe('a checklist that is due', () => {
  it('asks the host for the daily review, and only while somebody could answer', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await page.getByRole('button', { name: 'Daily review…' }).click();
    expect(await dashboard.sentOf('daily-review')).toMatchObject([{ type: 'daily-review' }]);
    await dashboard.tell(parts({ checklists: [] }));
    expect(await page.getByRole('button', { name: 'Daily review…' }).count()).toBe(0);
  });
});

describe('live', () => {
  it('draws what changed and nothing else: focus, scroll, selection and open tables stay', async () => {
    const page = await open({ height: 500 });
    await dashboard.tell(soaking);
    await answerSeries();
    await page.locator('.chart-success summary').click();
    const checklist = await page.locator('section:has(#checklists)').elementHandle();
    await page.locator('.chart-success summary').focus();
    await page.evaluate(() => {
      scrollTo(0, 300);
      getSelection()?.selectAllChildren(document.querySelector('.sentence') ?? document.body);
    });
    const view = fullRollout();
    for (let uploads = 0; uploads < 20; uploads += 1) {
      const stages = view.stages.map((stage) => ({
        ...stage,
        gate: stage.gate.map((verdict) => ({ ...verdict, figure: { ...verdict.figure, n: 2000 + uploads } })),
      }));
      const standing = { ...view.standing, watermark: eventTime(lookedAt + uploads) };
      await dashboard.tell(parts({ stages, standing }));
    }
    expect(await page.locator('.gate td.number').allTextContents()).toContain('1,202 of 2,019');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Table');
    expect(await page.evaluate(() => scrollY)).toBe(300);
    expect(await page.evaluate(() => String(getSelection()))).toContain('10\u00a0% for 1\u00a0d 4\u00a0h');
    expect(await page.locator('.chart-success details').getAttribute('open')).not.toBeNull();
    expect(await page.evaluate((before) => before?.isConnected ?? false, checklist)).toBe(true);
  });

  it('asks for newer figures as data arrives, and shows them', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await page.getByRole('radio', { name: '1 hour' }).check({ force: true });
    await answerSeries();
    const before = (await dashboard.sentOf('series-wanted')).length;
    await page.clock.setFixedTime(lookedAt + 2000);
    await dashboard.tell(parts({ standing: { ...fullRollout().standing, watermark: eventTime(lookedAt) } }));
    expect((await dashboard.sentOf('series-wanted')).length).toBe(before + 1);
    await answerSeries(12);
    expect(await page.locator('.chart-success [role=slider]').getAttribute('aria-valuemax')).toBe('11');
  });

  it('speaks once when something happens, and not when only time passes', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    const spoken = page.locator('[role=status]');
    await page.clock.setFixedTime(lookedAt + 120_000);
    await dashboard.tell(parts({ checklists: [] }));
    expect(await page.locator('.sentence').textContent()).toContain('10\u00a0% for 1\u00a0d 4\u00a0h');
    expect(await spoken.textContent()).toBe('');
    const { standing } = fullRollout({}, { phase: { kind: 'ready' }, gateMet: 4, missing: [] });
    await dashboard.tell(parts({ standing }));
    expect(await spoken.textContent()).toBe(await page.locator('.sentence').textContent());
  });

  it('keeps no memory of what it was told before', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries(400);
    const session = await page.context().newCDPSession(page);
    const heap = async (): Promise<number> => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    // A few hundred changes show the same leaks as an hour of ten changes a second.
    const round = (times: number) =>
      page.evaluate(
        async ([view, series, count]) => {
          for (let turn = 0; turn < count; turn += 1) {
            const copy = structuredClone(view);
            const say = (data: unknown) => window.dispatchEvent(new MessageEvent('message', { data }));
            say({ type: 'parts', rollout: { folder: 'app', rollout: view.rollout }, parts: copy });
            if (turn % 10 === 0) {
              const answer = { kind: 'series', series: structuredClone(series) };
              say({ type: 'series', id: 1_000_000 + Date.now() + performance.now(), answer });
            }
            await new Promise((drawn) => requestAnimationFrame(drawn));
          }
          window.sentToHost.length = 0;
        },
        [fullRollout(), sampleSeries(400), times] as const,
      );
    await round(40);
    const before = await heap();
    await round(200);
    expect((await heap()) - before).toBeLessThan(1_500_000);
    expect(await page.locator('canvas').count()).toBe(5);
  });
});

describe('by keyboard alone', () => {
  it('everything is reached, in the order it is read, and shows that it is', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['one of two rollouts'] ?? soaking);
    await answerSeries();
    const stops: string[] = [];
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const focused = document.activeElement;
        if (!(focused instanceof HTMLElement) || focused === document.body) return null;
        const shown = focused.matches('input[type=radio]') ? (focused.nextElementSibling ?? focused) : focused;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        const what = focused.getAttribute('aria-label') ?? focused.textContent ?? '';
        return `${focused.localName} ${what.trim().slice(0, 40)} ${outlineStyle === 'none' || outlineWidth === '0px' ? 'NO OUTLINE' : ''}`.trim();
      });
      if (stop === null) break;
      stops.push(stop);
    }
    const focusable = await page.locator('button, select, summary, input:checked, [tabindex="0"]').count();
    expect(stops.length).toBe(focusable);
    await expect(`${stops.join('\n')}\n`).toMatchFileSnapshot('golden/focus-order.txt');
  });

  it('one cursor moves through all charts', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries();
    await page.locator('.chart-error [role=slider]').focus();
    await page.keyboard.press('Home');
    for (let step = 0; step < 18; step += 1) await page.keyboard.press('ArrowRight');
    await dashboard.tell();
    expect(await page.locator('.chart-success .reading .number').allTextContents()).toEqual(['69.6 %', '99.5 %']);
    expect(await page.locator('.chart-error .reading .number').allTextContents()).toEqual(['30.4 %', '0.5 %']);
    expect(await page.locator('.charts .span').textContent()).toBe('2025-11-04 06:00 – 06:10 UTC');
    const cursors = await page
      .locator('.u-cursor-x')
      .evaluateAll((all) => all.map((each) => getComputedStyle(each).transform));
    expect(cursors.every((transform) => !transform.includes('-10'))).toBe(true);
    await page.keyboard.press('Escape');
    await dashboard.tell();
    expect(await page.locator('.chart-success .reading .number').first().textContent()).toBe('100 %');
  });

  it('a table is paged', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries();
    await page.locator('.chart-uploads summary').focus();
    await page.keyboard.press('Enter');
    const table = page.locator('.chart-uploads table');
    await table.waitFor();
    expect(await table.locator('tbody tr').count()).toBe(20);
    await page.locator('.chart-uploads').getByRole('button', { name: 'Earlier' }).press('Enter');
    await dashboard.tell();
    expect(await page.locator('.chart-uploads .pages').textContent()).toContain('page 2 of 2');
    expect(await table.locator('tbody tr').count()).toBe(15);
  });
});

describe('what a person wants', () => {
  it('is said to the host, which asks and acts', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['one of two rollouts'] ?? soaking);
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByRole('button', { name: 'Advance…' }).click();
    await page.getByRole('button', { name: 'Roll Back' }).click();
    await page.getByRole('button', { name: 'latency ≤ 105 % of baseline' }).first().click();
    await page.getByRole('button', { name: 'Show why: latency ≤ 105 % of baseline' }).click();
    await page.getByRole('button', { name: 'Show why: slow' }).click();
    await page.getByRole('combobox').selectOption({ index: 1 });
    const said = (await dashboard.sent()).filter(({ type }) => type !== 'ready' && type !== 'series-wanted');
    expect(said).toEqual([
      { type: 'command', rollout: name, kind: 'hold' },
      { type: 'command', rollout: name, kind: 'advance' },
      { type: 'command', rollout: name, kind: 'rollback' },
      { type: 'open-plan-line', rollout: name, part: 'stages.2.gate.2' },
      {
        type: 'show-why',
        rollout: name,
        about: { kind: 'condition', stage: 'ten', condition: 'latency <= 105% of baseline' },
      },
      { type: 'show-why', rollout: name, about: { kind: 'trigger', trigger: 'slow' } },
      { type: 'choose', rollout: { folder: 'app', rollout: 'search' } },
    ]);
  });

  it('leads from a rollback to the very records', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['rolled back'] ?? soaking);
    await page.getByRole('button', { name: 'logs/metrics.jsonl:1207' }).click();
    const [opened] = await dashboard.sentOf('open-evidence');
    expect(opened?.place).toEqual({ file: 'logs/metrics.jsonl', line: 1207, offset: 88_000 });
  });

  it('is only a way back while the daemon is away', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['daemon gone'] ?? soaking);
    await page.getByRole('button', { name: 'Hold' }).click({ force: true });
    await page.getByRole('button', { name: 'Advance…' }).click({ force: true });
    await page.getByRole('button', { name: 'Roll Back' }).click();
    expect((await dashboard.sentOf('command')).map(({ kind }) => kind)).toEqual(['rollback']);
    await dashboard.tell({ type: 'link', link: { kind: 'live' } });
    await page.getByRole('button', { name: 'Hold' }).click();
    expect((await dashboard.sentOf('command')).map(({ kind }) => kind)).toEqual(['rollback', 'hold']);
  });

  it('of a page with nothing to show, is the way on', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['no plan'] ?? soaking);
    await page.getByRole('button', { name: 'Create Plan' }).click();
    expect(await dashboard.sentOf('help')).toEqual([{ type: 'help', with: 'create-plan' }]);
  });

  it('opens the plan that cannot be used, whether anything else is shown or not', async () => {
    const page = await open();
    await dashboard.tell(dashboardStates['unusable plan'] ?? soaking);
    await page.getByRole('button', { name: 'Open Plan' }).click();
    await dashboard.tell(dashboardStates['plan edited badly'] ?? soaking);
    await page.getByRole('listitem').getByRole('button', { name: 'Open Plan' }).click();
    expect((await dashboard.sentOf('open-faulty-plan')).map(({ file }) => file)).toEqual([
      'rampwatch.yaml',
      '/workspace/rampwatch.yaml',
    ]);
  });
});

describe('the page', () => {
  it('comes back after a reload where the reader was', async () => {
    const page = await open({ height: 500 });
    await dashboard.tell(soaking);
    await answerSeries();
    await page.getByRole('radio', { name: 'Rollout' }).check({ force: true });
    await page.locator('.rail button').nth(1).click();
    await page.evaluate(() => scrollTo(0, 240));
    await page.waitForFunction(() => (sessionStorage.getItem('state') ?? '').includes('"scroll":240'));
    await page.reload();
    expect(await dashboard.sentOf('ready')).toEqual([{ type: 'ready', shown: name }]);
    await dashboard.tell(soaking);
    await answerSeries();
    expect(await page.getByRole('radio', { name: 'Rollout' }).isChecked()).toBe(true);
    expect(await page.getByRole('heading', { name: 'Gate of one (1 %)' }).count()).toBe(1);
    expect(await page.evaluate(() => scrollY)).toBe(240);
  });

  it('takes hostile text for text', async () => {
    const page = await open();
    await dashboard.tell(hostileSnapshot());
    await answerSeries();
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    expect(await page.locator('img, script:not([nonce])').count()).toBe(0);
    const text = (await page.locator('body').textContent()) ?? '';
    expect(text).toContain('<img src=x onerror="window.harmed=1">\\u202e\\u0007<script>');
    expect(text).not.toContain('\u202e');
    expect(text).not.toContain('\u0007');
  });

  it('ignores what is no message of its host', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    const before = await page.locator('body').textContent();
    const nonsense = [null, 3, 'snapshot', {}, { type: 'snapshot' }, { type: 'parts' }, { type: 'other' }];
    await dashboard.tell(...(nonsense as unknown as HostMessage[]));
    expect(await page.locator('body').textContent()).toBe(before);
  });

  it('wears another theme as soon as the editor does, charts too', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries();
    const drawn = () =>
      page
        .locator('canvas')
        .first()
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const before = await drawn();
    await dashboard.useTheme('light');
    await dashboard.tell();
    expect(await drawn()).not.toBe(before);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
  });

  it('keeps the charts in sight beneath thirty triggers, and its figures in one column beneath six', async () => {
    const page = await open({ width: 900 });
    const view = fullRollout();
    const [trigger] = view.triggers;
    if (trigger === undefined) throw new Error('the sample has no trigger');
    const lefts = async (count: number) => {
      const triggers = Array.from({ length: count }, (_, index) => ({ ...trigger, id: `trigger-${index}` }));
      await dashboard.tell(snapshot({ ...view, triggers }));
      const boxes = await page
        .locator('.trigger')
        .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().x));
      return new Set(boxes).size;
    };
    expect(await lefts(6)).toBe(1);
    expect(await lefts(30)).toBe(2);
    const widths = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    expect(widths[1]).toBe(widths[0]);
  });

  it('never scrolls sideways at 300 px, whatever the state', async () => {
    const page = await open({ width: 300, place: 'sidebar' });
    for (const [state, message] of Object.entries(dashboardStates)) {
      await dashboard.tell(message);
      if ((await page.locator('.charts').count()) > 0) await answerSeries();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(`${state}: ${width}`).toBe(`${state}: 300`);
    }
  });

  for (const theme of Object.keys(editorThemes) as ThemeName[]) {
    it(`gives axe nothing serious to find: ${theme}`, async () => {
      const page = await open({ theme });
      await dashboard.tell(soaking);
      await answerSeries();
      if (theme === 'dark') {
        await page.locator('.chart-success summary').click();
        await page.locator('.chart-success table').waitFor();
      }
      expect(await dashboard.seriousFindings()).toEqual([]);
      await dashboard.tell(dashboardStates['rolled back'] ?? soaking);
      await page.setViewportSize({ width: 300, height: 900 });
      expect(await dashboard.seriousFindings()).toEqual([]);
      if (theme !== 'dark') return;
      for (const state of ['daemon gone', 'one of two rollouts', 'no plan']) {
        await dashboard.tell(dashboardStates[state] ?? soaking);
        expect(await dashboard.seriousFindings()).toEqual([]);
      }
    });
  }

  it('tells a chosen range and how far a way is without backgrounds, in forced colours', async () => {
    const page = await open();
    await page.emulateMedia({ forcedColors: 'active' });
    await dashboard.tell(soaking);
    const backgrounds = await page
      .locator('.ranges span')
      .evaluateAll((all) => all.map((each) => getComputedStyle(each).backgroundColor));
    expect(new Set(backgrounds).size).toBe(2);
    const [track] = await page.locator('.meter').evaluateAll((all) => all.map((each) => getComputedStyle(each).border));
    expect(track).toMatch(/^1px solid/);
  });

  it('moves nothing by itself', async () => {
    const page = await open({ reducedMotion: true });
    await dashboard.tell(soaking);
    await answerSeries();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

describe('a chart under the pointer', () => {
  it('explains a mark that is clicked, zooms where it is dragged over, and shows all again', async () => {
    const page = await open();
    const at = lookedAt - 3 * 3_600_000;
    const body = { kind: 'rollback-started', cause: { kind: 'person', by: 'ada', reason: null }, to: 0, at } as never;
    const view = fullRollout();
    await dashboard.tell(snapshot({ ...view, journal: [journalEntry(99, at, body), ...view.journal] }));
    await answerSeries();
    await dashboard.tell();
    const box = await page.locator('.chart-success .u-over').boundingBox();
    if (box === null) throw new Error('there is no plot');
    // The series covers six hours: the rollback is in its middle.
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    expect(await dashboard.sentOf('show-why')).toMatchObject([{ about: { kind: 'moment', at } }]);
    await page.mouse.move(box.x + box.width * 0.2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
    await page.mouse.up();
    const all = page.getByRole('button', { name: 'Show all' });
    await all.click();
    await all.waitFor({ state: 'detached' });
  });
});

describe('a chart by keyboard', () => {
  it('goes from mark to mark with n and p, says what each is, and asks why with Enter', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await answerSeries();
    const deploys = [3, 2].map((hours) => ({
      kind: 'deploy' as const,
      at: lookedAt - hours * 3_600_000,
      name: `v1.${hours}`,
    }));
    await dashboard.tell({ type: 'events', rollout: name, events: deploys });
    const chart = page.getByRole('slider', { name: /^Success rate/ });
    await chart.focus();
    const said = async () => {
      await dashboard.tell();
      return await chart.getAttribute('aria-valuetext');
    };
    await page.keyboard.press('n');
    expect(await said()).toMatch(/^2025-11-04 06:00.*, tag v1\.3$/);
    await page.keyboard.press('n');
    expect(await said()).toMatch(/, tag v1\.2$/);
    await page.keyboard.press('n');
    expect(await said()).toMatch(/, tag v1\.2$/);
    await page.keyboard.press('p');
    expect(await said()).toMatch(/, tag v1\.3$/);
    await page.keyboard.press('Enter');
    // No mark: the window at that time.
    await page.keyboard.press('ArrowLeft');
    expect(await said()).not.toContain('tag');
    await page.keyboard.press('Enter');
    expect((await dashboard.sentOf('show-why')).map(({ about }) => about)).toEqual([
      { kind: 'moment', at: lookedAt - 3 * 3_600_000 },
      { kind: 'moment', at: lookedAt - 3 * 3_600_000 - 1 },
    ]);
  });

  it('copies the rollout for a chat', async () => {
    const page = await open();
    await dashboard.tell(soaking);
    await page.getByRole('button', { name: 'Copy for Chat' }).click();
    expect(await dashboard.sentOf('copy-for-chat')).toEqual([{ type: 'copy-for-chat', rollout: name }]);
  });
});

describe('what the host waits for', () => {
  it('is told once the page has drawn, and only of the newest mark', async () => {
    await open();
    await dashboard.tell(soaking, { type: 'mark', mark: 7 }, { type: 'mark', mark: 8 });
    expect(await dashboard.sentOf('read')).toEqual([{ type: 'read', mark: 8 }]);
  });
});
