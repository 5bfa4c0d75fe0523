import { describe, expect, it } from 'vitest';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import { lintText } from '../../daemon/plan/lintPlan.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { proposePlan } from '../../daemon/plan/proposePlan.ts';
import { Random } from '../../daemon/simulate/random.ts';

interface Drawn {
  readonly arm: 'async' | 'sync';
  readonly large: boolean;
}

/** The strata that are proposed for 4,000 records, of which large ones fail in 8 % and small ones in 0.5 %. */
function strataOf(field: string, more: (record: Drawn) => object, large = (_: Drawn['arm']) => 0.2) {
  const random = new Random(11);
  const lines = Array.from({ length: 4000 }, (_, index) => {
    const arm = random.uniform() < 0.5 ? 'async' : 'sync';
    const drawn = { arm, large: random.uniform() < large(arm) } as const;
    return JSON.stringify({
      timestamp: new Date(1.7e12 + index * 20_000).toISOString(),
      execution_type: arm,
      success: random.uniform() >= (drawn.large ? 0.08 : 0.005),
      ...more(drawn),
    });
  });
  const sample = readSampleRecords({ file: 'm.jsonl', pieces: [new TextEncoder().encode(lines.join('\n'))] });
  const { yaml, findings } = proposePlan(sample, { treatment: 'async' });
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  expect(lintText(yaml, 'rampwatch.yaml').filter(({ severity }) => severity === 'error')).toEqual([]);
  const strata = parsed.kind === 'problems' ? null : parsed.loaded.plan.strata;
  expect(findings.some(({ message }) => message.includes(`fail unlike by \`${field}\``))).toBe(strata !== undefined);
  return strata;
}

describe('the strata of a proposed plan', () => {
  const size = ({ large }: Drawn) => ({ size_class: large ? 'large' : 'small' });

  it('are the fields of the work by which records fail unlike', () => {
    expect(strataOf('size_class', size)).toEqual(['size_class']);
    expect(strataOf('provider', ({ large }) => ({ provider: large ? 'gemini' : 'kimi' }))).toEqual(['provider']);
  });

  it('leave out a field by which nothing fails, and one that is not of the work', () => {
    let turn = 0;
    const odd = () => {
      turn += 1;
      return { size_class: turn % 2 === 0 ? 'large' : 'small' };
    };
    expect(strataOf('size_class', odd)).toBeUndefined();
    expect(strataOf('colour', ({ large }) => ({ colour: large ? 'red' : 'blue' }))).toBeUndefined();
  });

  it('leave out what the arms have unlike each other: the new code may decide it', () => {
    expect(strataOf('size_class', size, (arm) => (arm === 'async' ? 0.6 : 0.2))).toBeUndefined();
  });
});
