/// <reference lib="dom" />
// Pictures of the dashboard for people to look at: at moments of the recorded incident in every theme, and in each state
// that it is designed for:
//   node test/webview/pictures.ts [folder] [name…]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPlan } from '../../daemon/plan/load.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { HostMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { lookedAt } from '../extension/sampleViews.ts';
import { DashboardBrowser } from '../support/dashboardPage.ts';
import type { ThemeName } from '../support/editorThemes.ts';
import { RecordedRollout } from '../support/recordedRollout.ts';
import { sampleSeries } from './dashboardSamples.ts';
import { dashboardStates } from './dashboardStates.ts';
import { blame, failures, whySnapshot } from './whySamples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'build', 'pictures');
const wanted = process.argv.slice(3);
const recording = join(root, 'test', 'fixtures', 'recorded', 'incident', 'metrics.jsonl.gz');
const plan = loadPlan(join(root, 'test', 'fixtures', 'plans', 'async-upload.rampwatch.yaml'));

const moments: readonly { readonly name: string; readonly at: number; readonly range: 'hour' | 'day' | 'whole' }[] = [
  { name: 'ten-percent', at: Date.UTC(2025, 10, 6, 13, 20), range: 'whole' },
  { name: 'rolled-back', at: Date.UTC(2025, 10, 8, 11, 10), range: 'day' },
];
const sizes = [
  { width: 1600, place: 'editor' },
  { width: 720, place: 'editor' },
  { width: 1200, place: 'editor' },
  { width: 300, place: 'sidebar' },
] as const;
const themes: readonly ThemeName[] = ['dark', 'light', 'high contrast', 'high contrast light'];
const isWanted = (picture: string) => wanted.length === 0 || wanted.some((word) => picture.includes(word));

mkdirSync(folder, { recursive: true });
const played = new RecordedRollout(plan, recording);
const browser = await DashboardBrowser.start();
for (const { name, at, range } of moments) {
  await played.play(at);
  played.tick('before/review-all-documentation');
  for (const { width, place } of sizes) {
    for (const theme of themes) {
      const picture = `${name}-${theme.replaceAll(' ', '-')}-${width}`;
      if (!isWanted(picture)) continue;
      const dashboard = await browser.open({ theme, width, height: 900, place, now: at });
      const { page } = dashboard;
      await dashboard.tell(snapshot(played.view, at));
      const label = { hour: '1 hour', day: '1 day', whole: 'Rollout' }[range];
      await page.getByRole('radio', { name: label }).check({ force: true });
      const asked = (await dashboard.sentOf('series-wanted')).at(-1);
      if (asked !== undefined) {
        const answer = { kind: 'series', series: played.series(asked.params) } as const;
        await dashboard.tell({ type: 'series', id: asked.id, answer });
        const name = { folder: 'app', rollout: played.view.rollout };
        const deploys = [0.2, 0.55, 0.6].map((part, index) => ({
          kind: 'deploy' as const,
          at: at - (1 - part) * 24 * 3_600_000,
          name: `v1.${index + 2}`,
        }));
        await dashboard.tell({ type: 'events', rollout: name, events: deploys });
      }
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(folder, `${picture}.png`), fullPage: true });
      const complaints = [...dashboard.complaints, ...(await dashboard.violations())];
      if (complaints.length > 0) process.stderr.write(`${picture}: ${complaints.join('\n')}\n`);
      await dashboard.close();
    }
  }
}
for (const [state, message] of Object.entries(dashboardStates)) {
  for (const [theme, width] of [
    ['dark', 1200],
    ['light', 300],
  ] as const) {
    const picture = `state-${state.replaceAll(' ', '-')}-${theme}-${width}`;
    if (!isWanted(picture)) continue;
    const dashboard = await browser.open({ theme, width, height: 700, now: lookedAt });
    await dashboard.tell(message);
    const asked = (await dashboard.sentOf('series-wanted')).at(-1);
    if (asked !== undefined) {
      await dashboard.tell({ type: 'series', id: asked.id, answer: { kind: 'series', series: sampleSeries() } });
    }
    await dashboard.page.screenshot({ path: join(folder, `${picture}.png`), fullPage: true });
    await dashboard.close();
  }
}
for (const theme of themes) {
  for (const width of [300, 700, 1400]) {
    const picture = `why-${theme.replaceAll(' ', '-')}-${width}`;
    if (!isWanted(picture)) continue;
    const why = await browser.open({ name: 'why', theme, width, height: 900, now: lookedAt });
    await why.tell(whySnapshot(), { type: 'failures', answer: { kind: 'failures', failures } }, blame);
    const [asked] = await why.sentOf('series-wanted');
    const answer = { kind: 'series', series: sampleSeries() } as const;
    await why.tell({ type: 'series', id: asked?.id ?? 0, answer });
    if (width > 300) await why.page.getByRole('checkbox').check();
    await why.page.screenshot({ path: join(folder, `${picture}.png`), fullPage: true });
    await why.close();
  }
}
for (const width of [300, 700, 1400]) {
  const picture = `moment-${width === 700 ? 'light' : 'dark'}-${width}`;
  if (!isWanted(picture)) continue;
  const theme = width === 700 ? 'light' : 'dark';
  const why = await browser.open({ name: 'why', theme, width, height: 900, now: lookedAt });
  const at = lookedAt - 3 * 3_600_000;
  await why.tell(
    whySnapshot({
      title: 'At 06:00',
      sentence: 'Treatment 48 of 52 good (92.3 %), control 398 of 400 good (99.5 %) in the 5\u00a0m until then.',
      tone: 'quiet',
      rule: null,
      sections: [
        {
          title: 'The window at that time',
          facts: ['Window: 05:56:00 to 06:01:00 (5 m)', 'Stage ten at 10 %, attempt 2'],
        },
        {
          title: 'Around this time',
          facts: ['05:22: tag v1.4', '05:59: low-success fired: success_rate was 92.3 % (48 of 52), below 95 %'],
        },
      ],
      explanation: null,
      figure: { measure: 'success_rate', condition: null, firedAt: at },
      records: [],
    }),
    { type: 'failures', answer: { kind: 'failures', failures: { groups: [], passed: [], gone: [] } } },
  );
  const [asked] = await why.sentOf('series-wanted');
  await why.tell(
    { type: 'series', id: asked?.id ?? 0, answer: { kind: 'series', series: sampleSeries() } },
    { type: 'events', events: [{ kind: 'deploy', at: at - 38 * 60_000, name: 'v1.4' }] },
  );
  await why.page.screenshot({ path: join(folder, `${picture}.png`), fullPage: true });
  await why.close();
}
await browser.close();

function snapshot(view: RolloutView, now: number): HostMessage {
  return {
    type: 'snapshot',
    now: wallTime(now),
    rollouts: [],
    shown: { folder: 'app', view },
    empty: null,
    problems: [],
    faults: [],
    link: { kind: 'live' },
    language: {},
  };
}
