import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseJunit } from '../../daemon/ingest/junit/junitReport.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import type { FoundReport } from '../../daemon/protocol/domain/testReport.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { RecordedRollout } from '../support/recordedRollout.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const plan = loadPlan(`${fixtures}plans/async-upload.rampwatch.yaml`);

function junit(name: string): FoundReport {
  const parsed = parseJunit(readFileSync(`${fixtures}junit/${name}.xml`), 'UTC');
  if (parsed.kind !== 'report') throw new Error(parsed.detail);
  // The reports were made later than the rollout was recorded.
  const ran = Date.UTC(2025, 9, 28, 12);
  return { kind: 'report', report: { ...parsed.report, ran: ran as never, commits: [] }, written: wallTime(ran) };
}

/** The recorded incident, played through the judge and the state machine: what the report says, word for word. */
describe('the report of the recorded incident', () => {
  const suites = ['phase1', 'phase2', 'phase3'].map(junit);
  let rollout: RecordedRollout;

  beforeAll(async () => {
    rollout = new RecordedRollout(plan, `${fixtures}recorded/incident/metrics.jsonl.gz`);
    await rollout.play(Date.UTC(2025, 9, 30, 8));
    rollout.tests(suites);
    rollout.tick('before/review-all-documentation');
    rollout.tick('daily/review-overnight-logs');
    await rollout.play(Date.UTC(2025, 10, 6, 8, 20));
    rollout.tick('daily/check-metrics');
    await rollout.play(Date.UTC(2025, 10, 10));
  });

  it('is this as Markdown', async () => {
    const { text } = await rollout.report('markdown', { kind: 'whole' });
    await expect(text).toMatchFileSnapshot('golden/incident.md');
  });

  it('is this as HTML', async () => {
    const { text } = await rollout.report('html', { kind: 'whole' });
    await expect(text).toMatchFileSnapshot('golden/incident-html.txt');
  });

  it('is this for the day of the rollback, and for a quiet day before it', async () => {
    const day = await rollout.report('markdown', { kind: 'day', date: '2025-11-08' });
    await expect(day.text).toMatchFileSnapshot('golden/incident-day.md');
    const quiet = await rollout.report('markdown', { kind: 'day', date: '2025-11-03' });
    expect(quiet.text).toContain('Daily report, Mon 2025-11-03');
    expect(quiet.text).toContain('Under way at 1 %');
    expect(quiet.text).not.toContain('Rolled back');
    // The tests appear as they were known on that day, whatever their reports say now.
    expect(quiet.text).toContain('| Phase 3 | **passing** | 29 | 29 | 0 | 0 |');
    const first = await rollout.report('markdown', { kind: 'day', date: '2025-10-29' });
    expect(first.text).toContain('| Phase 3 | **missing** | 0 | 29 | 0 | 0 |');
    expect(first.text).toContain('no report had been looked at by then');
  });

  it('is this for the week, whichever of its days is named', async () => {
    const week = await rollout.report('markdown', { kind: 'week', date: '2025-11-08' });
    const same = await rollout.report('markdown', { kind: 'week', date: '2025-11-03' });
    expect(same.text).toBe(week.text);
    expect(week.name).toBe('async-upload-report-2025-W45');
    await expect(week.text).toMatchFileSnapshot('golden/incident-week.md');
  });

  it('is the same text again, wherever the machine believes to be', async () => {
    const once = await rollout.report('html', { kind: 'whole' });
    const zone = process.env.TZ;
    try {
      for (const elsewhere of ['Pacific/Kiritimati', 'America/St_Johns']) {
        process.env.TZ = elsewhere;
        expect((await rollout.report('html', { kind: 'whole' })).text === once.text).toBe(true);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('fits through the wire with room to spare', async () => {
    const { text } = await rollout.report('html', { kind: 'whole' });
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
  });
});
