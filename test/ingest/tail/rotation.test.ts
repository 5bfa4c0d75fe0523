import { describe, expect, it } from 'vitest';
import { parseGlob, roleOf } from '../../../daemon/ingest/tail/discover.ts';
import { byAge, stampedNames } from '../../../daemon/ingest/tail/rotation.ts';

const family = (pattern: string, path: string) => roleOf(parseGlob(pattern), path)?.family ?? null;

describe('the role of a name', () => {
  it.each([
    'metrics.jsonl.1',
    'metrics.jsonl.12.gz',
    'metrics.jsonl-20251101',
    'metrics.jsonl-20251101.gz',
    'metrics.jsonl-2025110123-2.gz',
    'metrics.jsonl-1730419200',
    'metrics.jsonl.2025-11-01',
    'metrics.jsonl.2025-11-01_12-30-00.gz',
    'metrics-20251101.jsonl',
    'metrics-2025-11-01-3.jsonl.gz',
    'metrics.1.jsonl',
    'metrics.jsonl.old',
    'metrics.jsonl.gz',
    'metrics.jsonl-202511',
    'metrics.jsonl-2025-W48.gz',
    'metrics.jsonl-20251130-1796000000',
    'metrics.jsonl.2025-11-30T10:00:00Z',
    'metrics__2025-11-30_00-00-00.jsonl',
    'metrics20251130_001.jsonl',
    'metrics_r00001.jsonl',
  ])('%s is a generation of metrics.jsonl', (name) => {
    const role = roleOf(parseGlob('logs/metrics.jsonl'), `logs/${name}`);
    expect(role?.family).toBe('logs/metrics.jsonl');
    expect(role?.age).not.toBeNull();
  });

  it.each([
    'metrics.jsonl.tmp',
    'metrics.jsonl~',
    'other.jsonl.1',
    'metrics.jsonl.1.gz.tmp',
    'metrics.jsonl1',
    'xmetrics.jsonl',
    'metrics-2.jsonl',
    'metrics2.jsonl',
    'metrics-other.jsonl',
  ])('%s is nothing to it', (name) => {
    expect(family('logs/metrics.jsonl', `logs/${name}`)).toBeNull();
  });

  it('is live when the glob alone names it', () => {
    expect(roleOf(parseGlob('app-*.log'), 'app-20251101.log')).toEqual({ family: 'app-20251101.log', age: null });
    expect(roleOf(parseGlob('rec.jsonl.gz'), 'rec.jsonl.gz')).toEqual({ family: 'rec.jsonl.gz', age: null });
    expect(roleOf(parseGlob('*.log'), 'server-1.log')).toEqual({ family: 'server-1.log', age: null });
    expect(family('logs/*.jsonl*', 'logs/m.jsonl.1')).toBe('logs/m.jsonl');
  });

  it('follows globs over folders', () => {
    expect(family('logs/**/*.jsonl', 'logs/a/b/m.jsonl.2.gz')).toBe('logs/a/b/m.jsonl');
    expect(family('./logs/*.log', 'logs/app.log')).toBe('logs/app.log');
    expect(family('logs/*.log', 'logs/deep/app.log')).toBeNull();
    expect(parseGlob('logs/*/x-*.log')).toMatchObject({ base: 'logs', depth: 1 });
    expect(parseGlob('*.log')).toMatchObject({ base: '', depth: 0 });
    expect(parseGlob('metrics.jsonl')).toMatchObject({ base: '', depth: 0 });
  });
});

it('ages sort oldest first', () => {
  const sorted = (...names: string[]) =>
    names
      .map((name) => ({ name, age: roleOf(parseGlob('m.log'), name)?.age ?? { kind: 'none' as const } }))
      .sort((one, other) => byAge(one.age, other.age))
      .map(({ name }) => name);
  expect(sorted('m.log.1', 'm.log.10.gz', 'm.log.2')).toEqual(['m.log.10.gz', 'm.log.2', 'm.log.1']);
  expect(sorted('m.log-20251101-10', 'm.log-20251101-2.gz', 'm.log-20251031', 'm.log-20251101')).toEqual([
    'm.log-20251031',
    'm.log-20251101',
    'm.log-20251101-2.gz',
    'm.log-20251101-10',
  ]);
});

it('a name of many digits is told at once', () => {
  // Each way to part them would be tried where parts need nothing between them: 2^60.
  expect(stampedNames(`metrics.jsonl-${'1'.repeat(60)}x`)).toEqual([]);
  expect(stampedNames(`metrics.jsonl-${'1'.repeat(60)}`).map(({ base }) => base)).toEqual(['metrics.jsonl']);
});
