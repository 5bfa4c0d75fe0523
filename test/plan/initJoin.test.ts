import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import type { InitAnswers } from '../../daemon/plan/initInterview.ts';
import { joinedFirstLook, joinGuide } from '../../daemon/plan/initJoin.ts';
import { lintText } from '../../daemon/plan/lintPlan.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { proposePlan } from '../../daemon/plan/proposePlan.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';

const records = Array.from({ length: 2000 }, (_, index) =>
  JSON.stringify({
    ts: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    checkout: index % 10 === 0 ? 'v2' : 'v1',
    took_s: 0.2 + (index % 100) / 500,
    outcome: index % 50 === 3 ? 'error' : 'ok',
  }),
).join('\n');

const file = 'logs/orders.jsonl';

const guide = `# Checkout v2 rollout

Flag: \`CHECKOUT_V2_PERCENT\` in \`.env\`. Orders are logged to \`logs/orders.jsonl\`.

## Stages
| Stage | Traffic | Duration | Success criteria |
|---|---|---|---|
| Canary | 5 % | 2 days | success rate at least 99.5 %, p95 under 800 ms, at least 200 orders |
| All | 100 % | 1 week | success rate at least 99 % |

## Roll back when
- success rate below 95 % for 5 minutes
- p95 latency above 1500 ms for 10 minutes
`;

function joined(text: string, answers: InitAnswers = {}, variables: Readonly<Record<string, string>> = {}) {
  const known = new Map(Object.entries(variables));
  const sample = readSampleRecords({ file, pieces: [new TextEncoder().encode(records)] });
  const { proposal } = importGuides([{ name: 'GUIDE.md', bytes: Buffer.from(text) }]);
  return joinGuide({
    guide: proposal,
    guides: ['GUIDE.md'],
    records: proposePlan(sample, answers, known),
    file,
    variables: known,
  });
}

function planOf(yaml: string): Plan {
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(`${parsed.problems[0]?.message}\n${yaml}`);
  return parsed.loaded.plan;
}

const answers = { arm: 'checkout=v2', success: 'outcome' };

describe('a guide and records', () => {
  it('the guide says what is asked for, the records which fields hold it, in their unit', () => {
    const { yaml } = joined(guide, answers);
    const plan = planOf(yaml);
    expect(plan).toMatchObject({
      sources: [{ file, time: { field: 'ts' } }],
      arms: { treatment: { checkout: 'v2' }, control: { checkout: 'v1' } },
      measures: { success_rate: { share: { outcome: 'ok' } }, latency: { quantile: 0.95, field: 'took_s', unit: 's' } },
      stages: [{ percent: 5 }, { percent: 100 }],
    });
    expect(yaml).toContain('- latency < 0.8s # GUIDE.md:8');
    expect(yaml).toContain('when: latency > 1.5s # GUIDE.md:13');
    expect(yaml).toContain(`# GUIDE.md:8, 9, 12; the field is of ${file}`);
    expect(yaml).not.toContain('sha256');
    expect(lintText(yaml, 'rampwatch.yaml').filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('what the guide answers is not asked', () => {
    const ids = joined(guide).questions.map(({ id }) => id);
    expect(ids).not.toContain('stages');
    expect(ids).not.toContain('flag');
  });

  it('each finding stands at its line', () => {
    const { yaml, findings } = joined(guide, answers, { CHECKOUT_V2_ENABLED: 'false', CHECKOUT_V2_PERCENT: '0' });
    const lines = yaml.split('\n');
    const at = (words: string) => lines[(findings.find(({ message }) => message.includes(words))?.line ?? 0) - 1];
    expect(at('is how long it took')).toContain('latency:');
    expect(at('tells the arms')).toBe('arms:');
    expect(at('the flag sets both')).toContain('set:');
  });

  it('what is decided later stays as the guide would have it', () => {
    const { yaml } = joined(guide, { arm: 'later', success: 'later' });
    expect(planOf(yaml).measures.success_rate).toMatchObject({ share: { success: true } });
    expect(yaml).toContain('# decide which records are of the new way, and which of the old: assumed\narms:');
  });

  it('the records that were read are watched, whatever file the guide names', () => {
    const { yaml, findings } = joined(guide.replace('logs/orders.jsonl', 'logs/old.jsonl'), answers);
    expect(planOf(yaml).sources).toMatchObject([{ file }]);
    expect(findings.map(({ message }) => message)).toContainEqual(expect.stringContaining('names `logs/old.jsonl`'));
  });
});

it('the first look tells of the joined plan', () => {
  const silent = guide.replace(/^Flag: .*$/m, '');
  const { firstLook } = importGuides([{ name: 'GUIDE.md', bytes: Buffer.from(silent) }]);
  expect(firstLook).toContain('flag: none was found; a person sets it');
  expect(firstLook).toContainEqual(expect.stringContaining('missing: a file of records'));
  const { yaml } = joined(silent, answers, { CHECKOUT_V2_PERCENT: '0' });
  const told = joinedFirstLook(firstLook, yaml);
  expect(told).toContain('flag: writes CHECKOUT_V2_PERCENT in .env');
  expect(told.filter((line) => line.startsWith('missing'))).toEqual([]);
});

describe('the variables of the .env', () => {
  const both = { CHECKOUT_V2_ENABLED: 'false', CHECKOUT_V2_PERCENT: '0' };
  const setOf = (yaml: string) => {
    const { flag } = planOf(yaml);
    return flag !== undefined && 'set' in flag ? flag.set : undefined;
  };

  it('the switch beside the percentage is set with it', () => {
    expect(setOf(joined(guide, answers, both).yaml)).toEqual({
      CHECKOUT_V2_ENABLED: '$' + '{enabled}',
      CHECKOUT_V2_PERCENT: '$' + '{percent}',
    });
  });

  it('no switch is invented, nor is one set that says something else', () => {
    for (const variables of [{ CHECKOUT_V2_PERCENT: '0' }, { ...both, CHECKOUT_V2_ENABLED: 'eu-only' }])
      expect(setOf(joined(guide, answers, variables).yaml)).toEqual({ CHECKOUT_V2_PERCENT: '$' + '{percent}' });
  });

  it('a name that the file does not have is told', () => {
    const { findings } = joined(guide, answers, { CHECKOUT_PERCENT: '0' });
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('.env has no `CHECKOUT_V2_PERCENT`'),
    );
  });

  it('a guide without a flag takes the one of the file, also without a guide', () => {
    const silent = guide.replace(/^Flag: .*$/m, '');
    expect(setOf(joined(silent, answers, both).yaml)).toEqual({
      CHECKOUT_V2_ENABLED: '$' + '{enabled}',
      CHECKOUT_V2_PERCENT: '$' + '{percent}',
    });
    const sample = readSampleRecords({ file, pieces: [new TextEncoder().encode(records)] });
    const { yaml } = proposePlan(sample, answers, new Map(Object.entries({ ...both, PORT: '80', CPU_PERCENT: '300' })));
    expect(Object.keys(setOf(yaml) ?? {})).toEqual(['CHECKOUT_V2_ENABLED', 'CHECKOUT_V2_PERCENT']);
  });
});

const guides = join(import.meta.dirname, '../fixtures/guides');
const names = readdirSync(guides).filter((name) => name.endsWith('.md'));

it.each(names)('joins %s: as valid as the guide’s own plan, every line of the guide still named', (name) => {
  const text = readFileSync(join(guides, name), 'utf8');
  let own: string;
  try {
    own = importGuides([{ name: 'GUIDE.md', bytes: Buffer.from(text) }]).proposal;
  } catch {
    return;
  }
  const { yaml } = joined(text, answers);
  const errors = (plan: string) =>
    lintText(plan, 'rampwatch.yaml')
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);
  if (errors(own).length === 0) expect(errors(yaml)).toEqual([]);
  const cited = (plan: string) => new Set(plan.split('\n').flatMap((line) => line.match(/GUIDE\.md:\d+/g) ?? []));
  // The guide's source and arms give way to those of the records.
  const gone = [...cited(own)].filter((place) => !cited(yaml).has(place));
  expect(gone.length).toBeLessThanOrEqual(2);
});
