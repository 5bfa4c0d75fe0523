import { expect, it } from 'vitest';
import { Rejects } from '../../daemon/judge/rejects.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';

const text = `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: on, percent: 50 }]
`;

it.each([
  'no-match',
  'no-header',
  'no-records',
  'no-count',
  'no-key',
  'no-exposure',
  'too-many-keys',
  'invalid-json',
] as const)('records that are refused as %s make their source an error like any others', (reason) => {
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error('the plan is not taken');
  const { plan } = parsed.loaded;
  const rejects = new Rejects(plan, new Ledger(plan, compileInstrument(plan)));
  const now = eventTime(Date.UTC(2026, 0, 5, 10));
  rejects.note(0, now, 100, { [reason]: 60 });
  expect(rejects.recent(0, now)).toMatchObject({ share: 0.6, rejected: { [reason]: 60 } });
});
