import { describe, expect, it } from 'vitest';
import { keptFrom } from '../../daemon/live/keptFromPlan.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { parsePlan } from '../../daemon/plan/load.ts';

const since = '$' + '{since}';

function read(source: string, arms = 'arms: { treatment: { arm: new } }\n') {
  return parsePlan(
    `version: 1\nid: outside\nsources: [${source}]\n${arms}measures: { ok: { share: { bad: bad, total: total } } }\nstages: [{ id: off, percent: 0 }]\n`,
    'rampwatch.yaml',
  );
}

function problemsOf(source: string, arms?: string): readonly string[] {
  const parsed = read(source, arms);
  return parsed.kind === 'plan' ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

const engine = (inside: string) =>
  `{ prometheus: { url: "https://prometheus.test", arms: { treatment: { total: up } }, ${inside} } }`;

describe('a source that runs or connects to something', () => {
  it.each([
    ['{ command: [] }', '`command` has too few items'],
    [`{ command: ["${since}", -f] }`, 'cannot be the program'],
    [`{ command: [logs, "--since=$\{since:days}"] }`, 'is no form of the time'],
    ['{ command: [logs], format: json }', 'a `json` file is read as a whole'],
    ['{ command: [logs], environment: ["A B"] }', 'a variable is letters'],
    ['{ command: [logs], file: a.jsonl }', 'a source is of one kind'],
    [engine('headers: { Authorization: Bearer abc }'), 'a credential does not belong into a plan'],
    [engine('headers: { X-Api-Key: abc }'), 'a credential does not belong into a plan'],
    [
      '{ prometheus: { url: "https://me:pw@prometheus.test", arms: { treatment: { total: up } } } }',
      'a credential does not belong into a plan',
    ],
    ['{ prometheus: { url: "ftp://prometheus.test", arms: { treatment: { total: up } } } }', 'an address begins with'],
    [
      '{ prometheus: { url: "http://prometheus.test", arms: { treatment: { total: "sum(rate(up[1m]))" } } } }',
      '`rate` gives no counter',
    ],
    [
      '{ prometheus: { url: "http://prometheus.test", arms: { treatment: { total: a, bad: b, good: c } } } }',
      'not both',
    ],
    [
      '{ prometheus: { url: "http://prometheus.test", arms: { treatment: { total: a } } }, weight: rate }',
      'leave `weight` out',
    ],
  ])('is refused in one line: %s', (source, says) => {
    const problems = problemsOf(source);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain(says);
  });

  it('is taken with a credential that lies elsewhere, and without arms of the plan', () => {
    expect(problemsOf(engine(`headers: { Authorization: "Bearer $\{env:TOKEN}", X-Scope-OrgID: team }`), '')).toEqual(
      [],
    );
    expect(problemsOf(`{ command: [kubectl, logs, "--since-time=${since}"] }`)).toEqual([]);
  });

  it('keeps its counts over an edit of what decides none of them, and not over one of its query', () => {
    const counters = { records: 5, ignored: 0, rejected: {}, gaps: [], gapCount: 0 };
    const keeps = (before: string, after: string) => {
      const [old, now] = [before, after].map((source) => {
        const parsed = read(source, '');
        if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
        const { plan } = parsed.loaded;
        return { plan, instrument: compileInstrument(plan) };
      });
      if (old === undefined || now === undefined) throw new Error('two plans');
      return keptFrom(old, now, [], [counters]).records;
    };
    expect(keeps(engine('step: 15s'), engine('step: 30s'))).toBe(true);
    expect(keeps(engine('step: 15s'), engine('step: 15s').replace('total: up', 'total: down'))).toBe(false);
    const command = (inside: string) => `{ command: [logs, -f], arm: treatment, ${inside} }`;
    expect(keeps(command('overlap: 10s'), command('overlap: 1m, first: 1h, environment: [KUBECONFIG]'))).toBe(true);
    expect(keeps(command('weight: rate'), command('weight: samplerate'))).toBe(false);
  });
});
