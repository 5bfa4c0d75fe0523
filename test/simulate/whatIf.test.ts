import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { differenceLines, replayDifferences } from '../../daemon/cli/replayAgainst.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import { type ReplayReport, replay } from '../../daemon/replayRecording.ts';
import { parseInjection } from '../../daemon/simulate/injection.ts';

const start = Date.parse('2025-11-09T12:00:00Z');

function planText(trigger: string, gate: string): string {
  return `version: 1
id: shop
timezone: UTC
sources: [{ file: orders.jsonl, fresh: 1h }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, p95: { quantile: 0.95, field: ms, unit: ms } }
stages:
  - { id: one, percent: 50, soak: 1h, gate: ["${gate}"] }
  - { id: two, percent: 100, soak: 1h }
triggers:
  - { id: failing, when: "${trigger}", over: 10m, min: 20, then: rollback, rule: literal }
  - { id: slow, when: "p95 > 500ms", over: 10m, min: 20, then: review }
`;
}

/** Healthy orders, two a second of both arms for four hours. */
function folder() {
  const path = mkdtempSync(join(tmpdir(), 'rampwatch-whatif-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const lines = Array.from({ length: 4 * 3600 }, (_, index) =>
    JSON.stringify({
      timestamp: new Date(start + index * 1000).toISOString(),
      arm: index % 2 === 0 ? 'new' : 'old',
      ok: index % 200 !== 0,
      ms: 100 + (index % 50),
    }),
  );
  writeFileSync(join(path, 'orders.jsonl'), `${lines.join('\n')}\n`);
  const write = (name: string, text: string): string => {
    writeFileSync(join(path, name), text);
    return join(path, name);
  };
  return { path, write, file: join(path, 'orders.jsonl') };
}

function replayed(plan: string, file: string, texts: readonly string[] = [], seed = 1): Promise<ReplayReport> {
  return replay({
    loaded: loadPlan(plan),
    files: [{ file, name: 'orders.jsonl' }],
    observe: false,
    inject: (given, instrument) => {
      const all = texts.map((text, index) => parseInjection(text, given, instrument, seed + index));
      return (observation) => all.reduce((changed, inject) => inject(changed), observation);
    },
  });
}

const strict = planText('ok < 95%', 'ok >= 99%');
const loose = planText('ok < 80%', 'ok >= 90%');

describe('an injection', () => {
  it('makes the share what it says, in its time and arm alone, and the same for the same seed', async () => {
    const { write, file } = folder();
    const plan = write('loose.rampwatch.yaml', loose);
    const without = await replayed(plan, file);
    const text = 'success=0.85 from 2025-11-09T12:30 for 1h';
    const once = await replayed(plan, file, [text]);
    // 1,800 of the 7,200 treatment records are in that hour.
    const failed = without.arms.treatment.good - once.arms.treatment.good;
    expect(failed / 1800).toBeGreaterThan(0.11);
    expect(failed / 1800).toBeLessThan(0.18);
    expect(once.arms.control).toEqual(without.arms.control);
    expect(await replayed(plan, file, [text])).toEqual(once);
    expect(await replayed(plan, file, [text], 2)).not.toEqual(once);
    const both = await replayed(plan, file, ['ok=85% of both from 2025-11-09T12:30 to 2025-11-09T13:30']);
    expect(both.arms.control.good).toBeLessThan(without.arms.control.good - 150);
  });

  it('fires what it should: a drop rolls back, a slow hour asks for a review', async () => {
    const { write, file } = folder();
    const plan = write('strict.rampwatch.yaml', strict);
    expect((await replayed(plan, file)).firings).toEqual([]);
    const dropped = await replayed(plan, file, ['success=0.5 from 2025-11-09T12:30 for 10m']);
    expect(dropped.transitions.some(({ to }) => to === 'rolled-back' || to === 'rolling-back')).toBe(true);
    for (const text of ['latency=10x from 2025-11-09T12:30 for 10m', 'p95=+1s from 2025-11-09T12:30 for 10m']) {
      const slow = await replayed(plan, file, [text]);
      expect(slow.firings.map(({ trigger }) => trigger)).toContain('slow');
    }
  });

  it.each([
    ['success', 'it is `MEASURE=VALUE'],
    ['success=2 from 2025-11-09T12:30 for 1h', 'is a share: from 0 to 1'],
    ['success=0.9 from yesterday for 1h', 'yesterday is no time'],
    ['success=0.9 from 2025-11-09T12:30 for long', 'long is no length of time'],
    ['success=0.9 from 2025-11-09T12:30 to 2025-11-09T12:00', 'it ends before it begins'],
    ['orders=0.9 from 2025-11-09T12:30 for 1h', 'no measure is named `orders`; the plan has ok, p95'],
    ['latency=300ms from 2025-11-09T12:30 for 1h', '`2x` multiplies it'],
    ['latency=+3MiB from 2025-11-09T12:30 for 1h', '`2x` multiplies it'],
  ])('that says nothing is refused in one line: %s', (text, says) => {
    const { write } = folder();
    const { plan } = loadPlan(write('strict.rampwatch.yaml', strict));
    const inject = () => parseInjection(text, plan, compileInstrument(plan), 1);
    expect(inject).toThrow(says);
    expect(inject).not.toThrow('\n');
  });
});

describe('one plan against another', () => {
  it('says what differs, and nothing of the same plan', async () => {
    const { write, file } = folder();
    const one = write('strict.rampwatch.yaml', strict);
    const other = write('loose.rampwatch.yaml', loose);
    const texts = ['success=0.9 from 2025-11-09T12:30 for 1h'];
    const [first, second] = [await replayed(one, file, texts), await replayed(other, file, texts)];
    const differences = replayDifferences(first, second);
    expect(differences.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['rolled back', 'ends in', 'two entered', 'trigger failing']),
    );
    expect(differences.find(({ what }) => what === 'rolled back')).toMatchObject({ second: null });
    const lines = differenceLines(differences, ['strict', 'loose']);
    expect(lines).toHaveLength(differences.length + 1);
    expect(lines.join('\n')).toContain('never');
    expect(replayDifferences(first, first)).toEqual([]);
  });
});
