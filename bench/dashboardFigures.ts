/// <reference lib="dom" />

import { eventTime } from '../daemon/protocol/domain/units.ts';
import type { HostMessage } from '../daemon/protocol/wire/dashboardMessages.ts';
import type { SeriesResult } from '../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../daemon/protocol/wire/view.ts';
import { DashboardBrowser } from '../test/support/dashboardPage.ts';
import { fullRollout, sampleSeries, snapshot } from '../test/webview/dashboardSamples.ts';

/** An hour at one update a second. */
const updates = 3600;
/** Three weeks of minutes. */
const minutes = 21 * 24 * 60;
const mebibyte = 1024 * 1024;

/** The dashboard's page in Chromium, its host played by hand: memory over an hour of updates, and the time to draw. */
export async function dashboardFigures(say: (line: string) => void): Promise<void> {
  const browser = await DashboardBrowser.start();
  try {
    await memory(browser, say);
    await drawing(browser, say);
  } finally {
    await browser.close();
  }
}

async function memory(browser: DashboardBrowser, say: (line: string) => void): Promise<void> {
  const dashboard = await browser.open({});
  const { page } = dashboard;
  const session = await page.context().newCDPSession(page);
  const heap = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / mebibyte;
  };
  const view = fullRollout();
  await dashboard.tell(snapshot(view));
  await page.evaluate(update, [view, sampleSeries(320), 60] as const);
  const before = await heap();
  await page.evaluate(update, [view, sampleSeries(320), updates] as const);
  const after = await heap();
  say(
    `dashboard, an hour of updates (${updates}, each with its figures and its charts): heap ${before.toFixed(1)} → ${after.toFixed(1)} MiB after collection`,
  );
  await dashboard.close();
}

/** Runs in the page: draws this many updates, one after the other. */
async function update([view, series, times]: readonly [RolloutView, SeriesResult, number]): Promise<void> {
  const tell = (message: HostMessage) => window.dispatchEvent(new MessageEvent('message', { data: message }));
  for (let turn = 0; turn < times; turn += 1) {
    const changed = structuredClone(view);
    const answer = { kind: 'series', series: structuredClone(series) } as const;
    tell({ type: 'parts', rollout: { folder: 'app', rollout: view.rollout }, parts: changed });
    tell({ type: 'series', id: 1_000_000 + performance.now() * 1000, answer });
    await new Promise((drawn) => requestAnimationFrame(drawn));
  }
  window.sentToHost.length = 0;
}

async function drawing(browser: DashboardBrowser, say: (line: string) => void): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const dashboard = await browser.open({});
    await dashboard.tell(snapshot(fullRollout()));
    await dashboard.page.getByRole('radio', { name: 'Rollout' }).check({ force: true });
    const asked = (await dashboard.sentOf('series-wanted')).at(-1);
    if (asked === undefined) throw new Error('the page has not asked for figures');
    const answer: HostMessage = { type: 'series', id: asked.id, answer: { kind: 'series', series: threeWeeks() } };
    times.push(
      await dashboard.page.evaluate(async (message) => {
        const started = performance.now();
        window.dispatchEvent(new MessageEvent('message', { data: message }));
        while (document.querySelectorAll('figure.chart canvas').length < 5) {
          await new Promise((drawn) => requestAnimationFrame(drawn));
        }
        await new Promise((drawn) => requestAnimationFrame(drawn));
        return performance.now() - started;
      }, answer),
    );
    await dashboard.close();
  }
  const sorted = times.toSorted((one, other) => one - other);
  say(
    `dashboard, drawing three weeks of minutes (5 charts, ${minutes} points a line): ${sorted[2]?.toFixed(0)} ms (${times.length} pages)`,
  );
}

/** Both arms, every minute, with a day's swell and something happening. */
function threeWeeks(): SeriesResult {
  const sample = sampleSeries(4);
  const end = sample.times.at(-1) ?? 0;
  const times = Array.from({ length: minutes }, (_, index) => eventTime(end - (minutes - 1 - index) * 60_000));
  const arm = (base: number) => {
    const n = times.map((_, index) => Math.round(base * (1.2 + Math.sin(index / 229))));
    return {
      n,
      good: n.map((count, index) => count - (index % 97 === 0 ? 1 : 0)),
      quantiles: [
        { at: 0.5, values: n.map((_, index) => 300 + (index % 53)) },
        { at: 0.95, values: n.map((_, index) => 800 + 5 * (index % 61)) },
      ],
    };
  };
  return { ...sample, step: 60_000, times, arms: { treatment: arm(9), control: arm(90) } };
}
