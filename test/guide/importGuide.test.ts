import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ImportResult, importGuides } from '../../daemon/guide/importGuide.ts';
import { Findings } from '../../daemon/guide/text/findings.ts';
import { readPassages } from '../../daemon/guide/text/markdown.ts';
import { type GuideFile, readGuide } from '../../daemon/guide/text/readGuide.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { fileSources } from '../support/fileSources.ts';
import { completed, fixtureGuide, fixtures, guideOf, master, mojibake, weekOne } from './guideFixtures.ts';

function planOf(result: ImportResult): Plan {
  return completed(result.yaml).plan;
}

function gates(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(plan.stages.map((stage) => [stage.id, stage.gate.map((condition) => condition.text)]));
}

const names = readdirSync(fixtures).filter(
  (name) => name.endsWith('.md') && !/^ledger-streaming|^MASTER|^WEEK1/.test(name),
);
const imports: readonly (readonly [string, readonly GuideFile[]])[] = [
  ['master-and-week-1', [fixtureGuide(master), fixtureGuide(weekOne)]],
  ['ledger-streaming', ['', '-week1', '-week2', '-week3'].map((part) => fixtureGuide(`ledger-streaming${part}.md`))],
  ...names.map((name) => [name, [fixtureGuide(name)]] as const),
];

/** `undefined` for a guide that is refused. */
function imported(files: readonly GuideFile[], existing?: string): ImportResult | undefined {
  try {
    return importGuides(files, existing === undefined ? {} : { existing });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe.each(imports)('%s', (_name, files) => {
  const result = imported(files);

  it('gives a plan without errors, or one line that says why not', () => {
    if (result === undefined) expect(() => importGuides(files)).toThrow(/^[^\n]+$/);
    else expect(planOf(result).stages.length).toBeGreaterThan(0);
  });

  it('rolls back by itself only where the line, or what stands above it, says so', () => {
    const lines = new Map(files.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes).split('\n')]));
    const where = [
      ...(result?.yaml ?? '').matchAll(/when: .*# ([\w.-]+\.md):(\d+)[^\n]*\n(?: {4}[^\n]*\n)*? {4}then: rollback/g),
    ];
    const said =
      /roll(?:s|ed|ing)?[ -]?back|revert|back (?:out|to)|going? back|zurück|Rücknahme|abort|kill|off immediately|ロールバック|回滚/i;
    const bare = where.filter(
      ([, file = '', line]) => !(lines.get(file) ?? []).slice(0, Number(line)).some((text) => said.test(text)),
    );
    expect(bare.map(([whole]) => whole)).toEqual([]);
  });

  it('drops nothing: every item and row stands in the plan or is listed', () => {
    if (result === undefined) return;
    const told = new Set(result.findings.map(({ file, line }) => `${file}:${line}`));
    const used = new Set(
      [...result.yaml.matchAll(/([\w.-]+\.md):(\d+(?:, \d+)*)/g)].flatMap(([, file, lines = '']) =>
        lines.split(', ').map((line) => `${file}:${line}`),
      ),
    );
    const missing = files.flatMap((file) =>
      readPassages(readGuide(file, new Findings()), 0, new Findings())
        .filter((passage) => !passage.coded && ((passage.kind === 'item' && !passage.parent) || passage.kind === 'row'))
        .filter((passage) => !/^(?:[\w -]+: )?\d+\/\d+$/.test(passage.text))
        .map((passage) => `${passage.file}:${passage.line} ${passage.text}`)
        .filter((text) => !used.has(text.split(' ')[0] ?? '') && !told.has(text.split(' ')[0] ?? '')),
    );
    expect(missing).toEqual([]);
  });

  it('twice changes nothing', () => {
    if (result === undefined) return;
    const again = imported(files, result.yaml);
    expect(again).toMatchObject({ yaml: result.yaml, outcome: 'unchanged' });
    expect(again?.findings).toEqual(result.findings);
  });

  it('is summed up in at most ten lines', () => {
    expect((result?.firstLook ?? []).length).toBeLessThanOrEqual(10);
  });
});

describe('the known guides', () => {
  const result = importGuides([fixtureGuide(master), fixtureGuide(weekOne)]);
  const plan = planOf(result);
  const golden = resolve(fixtures, 'master-and-week-1.rampwatch.yaml');

  it('give the plan reviewed by eye', () => {
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, result.yaml);
    expect(result.yaml).toBe(readFileSync(golden, 'utf8'));
  });

  it('stages and days; only the soaks that they say', () => {
    expect(plan.stages.map(({ percent, soak, days }) => [percent, soak / 3_600_000, days])).toEqual([
      [0, 0, undefined],
      [1, 0, [5, 7]],
      [10, 48, [8, 10]],
      [50, 0, [11, 14]],
      [100, 0, [15, 18]],
    ]);
  });

  it('criteria of each stage, merged over both guides', () => {
    expect(Object.fromEntries(Object.entries(gates(plan)).map(([id, gate]) => [id, [...gate].sort()]))).toEqual({
      off: [],
      one: [
        'critical_errors == 0',
        'error_rate <= 0.5%',
        'latency <= 110% of baseline',
        'success_rate >= 99.5%',
        'uploads >= 100',
      ],
      ten: ['success_rate >= 99.0%', 'uploads >= 500'],
      fifty: ['success_rate >= 98.5%', 'uploads >= 2000'],
      full: ['success_rate >= 98.0%', 'uploads >= 5000'],
    });
  });

  it('triggers', () => {
    const minutes = (length: number | undefined) => (length === undefined ? undefined : length / 60_000);
    expect(plan.triggers.map((each) => [each.then, each.when.text, minutes(each.over), minutes(each.within)])).toEqual([
      ['rollback', 'success_rate < 95%', 5, 5],
      ['rollback', 'error_rate > 5%', 5, 5],
      ['rollback', 'critical_errors > 0', 5, 5],
      ['rollback', 'memory > 120% of baseline', 5, 5],
      ['review', 'success_rate < 97%', 30, undefined],
      ['review', 'latency > 120% of baseline', 5, undefined],
      ['review', 'complaints > 0', 5, undefined],
    ]);
  });

  it('flag, sources, dates, tests, targets, deliverables, documents, escalation', () => {
    expect(plan).toMatchObject({
      id: 'async-upload',
      start: '2025-10-29',
      end: '2025-11-18',
      flag: { set: { ASYNC_UPLOAD_ENABLED: '$' + '{enabled}', ASYNC_UPLOAD_ROLLOUT: '$' + '{percent}' } },
      escalation: { contact: 'EXAI', reference: 'f5cd392b-019f-41e2-a439-a5fd6112b46d' },
      targets: [
        { measure: 'memory', change: '-80..-90%' },
        { measure: 'throughput', change: '5..10x' },
        { measure: 'latency', change: '-30..-50%' },
        { measure: 'timeout_rate', change: '-95%' },
      ],
    });
    expect(fileSources(plan).map(({ file }) => file)).toEqual([
      'logs/async_upload_rollout/metrics.jsonl',
      'logs/async_upload_rollout/*.log',
    ]);
    expect(
      plan.tests.map(({ name, expect: count, groups }) => [name, count, Object.keys(groups ?? {}).length]),
    ).toEqual([
      ['Phase 1', 16, 4],
      ['Phase 2', 12, 6],
      ['Phase 3', 29, 7],
    ]);
    expect(plan.deliverables).toHaveLength(7);
    expect(plan.documents).toHaveLength(6);
    expect(plan.documents[0]).toEqual({ path: weekOne, purpose: 'Week 1 tasks', minutes: 15 });
    expect(plan.milestones).toContainEqual({ date: '2025-11-04', title: 'Week 1 End' });
  });

  it('checklists: before, daily, evening', () => {
    const list = (id: string) => plan.checklists.find((each) => each.id === id);
    expect(list('before-week-1-starts')?.items[1]).toEqual({ title: 'Verify all 57 tests passing', evidence: 'tests' });
    expect(list('daily')).toMatchObject({ every: 'day', items: expect.arrayContaining(['Review overnight logs']) });
    expect(list('evening')).toMatchObject({ every: 'evening' });
  });

  it('what contradicts is told', () => {
    const told = result.findings.filter(({ kind }) => kind === 'contradiction').map(({ message }) => message);
    expect(told).toContainEqual(expect.stringMatching(/`error_rate > 5%` and `success_rate < 95%` .* are one event/));
    expect(told).toContainEqual(expect.stringContaining('`uploads >= 100` at 1 % takes about 10 000 uploads in all'));
    expect(told).toContainEqual(expect.stringMatching(/10 % asks for less, `success_rate >= 99.0%`, than 1 % did/));
  });

  it('the damaged guide imports as the clean one', () => {
    const clean = importGuides([fixtureGuide(master)]);
    const damaged = importGuides([fixtureGuide(mojibake)]);
    const named = damaged.yaml.replaceAll(mojibake, master);
    const lines = (yaml: string) => yaml.split('\n').filter((line) => !line.startsWith('# content'));
    expect(lines(named)).toEqual(lines(clean.yaml));
    expect(damaged.findings.filter(({ kind }) => kind === 'repaired')).toEqual([
      expect.objectContaining({ line: 4, message: expect.stringContaining('windows-1254') }),
    ]);
  });
});

describe('what stands there already', () => {
  const first = importGuides([fixtureGuide(master)]).yaml;

  it('a plan as it was imported is replaced when the guides change', () => {
    const both = importGuides([fixtureGuide(master), fixtureGuide(weekOne)], { existing: first });
    expect(both.outcome).toBe('updated');
    expect(both.yaml).toBe(both.proposal);
  });

  it('a plan edited by hand stays, byte for byte', () => {
    const edited = first.replace('uploads >= 100', 'uploads >= 600');
    const result = importGuides([fixtureGuide(master)], { existing: edited, out: 'rampwatch.yaml' });
    expect(result).toMatchObject({ outcome: 'kept', yaml: edited, proposal: first });
    expect(result.findings).toContainEqual(
      expect.objectContaining({
        kind: 'kept',
        message: expect.stringContaining('rampwatch.yaml was written or edited by hand'),
      }),
    );
  });

  it('a plan written by hand stays', () => {
    expect(importGuides([fixtureGuide(master)], { existing: 'version: 1\nid: mine\n' }).outcome).toBe('kept');
  });

  it('other line ends are no edit', () => {
    expect(importGuides([fixtureGuide(master)], { existing: first.replaceAll('\n', '\r\n') }).outcome).toBe('updated');
  });
});

describe('no guide', () => {
  const refused = (file: GuideFile): unknown => {
    try {
      importGuides([file]);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const bytes = (size: number, value: number) => ({ name: 'GUIDE.md', bytes: new Uint8Array(size).fill(value) });

  it.each([
    ['empty', guideOf(''), 'guide-empty'],
    ['blank', guideOf(' \n\t\n'), 'guide-empty'],
    ['binary', bytes(1000, 0), 'guide-binary'],
    ['control characters', bytes(1000, 7), 'guide-binary'],
    ['50 MB', bytes(50 * 1024 * 1024, 97), 'guide-too-large'],
    ['a log', guideOf('- 10% rollout\n'.repeat(30_000)), 'guide-too-large'],
    ['no rollout', guideOf('# Shopping\n\n- Milk\n- 2 % fat yoghurt\n'), 'not-a-guide'],
    ['phases without shares', guideOf('# Plan\n\n1. Phase 1 - canary\n2. Phase 2 - full rollout\n'), 'not-a-guide'],
    ['a catalogue', guideOf('# Deployment strategies\n\n- Canary: 5 % of traffic\n'), 'not-a-guide'],
    ['a KEP', guideOf('# KEP-1234: graduated rollout\n\n- 5 % of traffic\n'), 'not-a-guide'],
    ['a roadmap', guideOf('# Roadmap\n\n- Q1: 5 % of users\n- Q2: 50 % of users\n'), 'not-a-guide'],
    [
      'a template',
      guideOf('# Rollout of <service>\n\n- 5 % of <audience>\n- Owner: <name>\n- Flag: <flag>\n- Start: <date>\n'),
      'not-a-guide',
    ],
    ['quotes in quotes', guideOf(`${'>'.repeat(5000)} 10% rollout`), 'guide-too-deep'],
    [
      'lists in lists',
      guideOf(Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- 10% rollout`).join('\n')),
      'guide-too-deep',
    ],
    ['brackets', guideOf('['.repeat(40_000)), 'guide-too-deep'],
    ['one endless line', guideOf('10% rollout '.repeat(20_000)), 'guide-too-deep'],
  ])('%s: one line that says why', (_name, file, code) => {
    const error = refused(file);
    expect(error).toMatchObject({ name: 'UserError', code });
    expect((error as Error).message).toMatch(/^GUIDE\.md/);
    expect((error as Error).message).not.toContain('\n');
  });

  it('a guide longer than the parser takes at once keeps its lines', () => {
    const long = `${'## Part\n\n| a | b |\n|---|---|\n| c | d |\n\n'.repeat(2500)}## Stages\n\n- Increase to 10% rollout\n`;
    const { yaml } = importGuides([guideOf(long)]);
    expect(yaml).toContain(`percent: 10 # GUIDE.md:${long.split('\n').length - 1}\n`);
  });

  it('a byte order mark, UTF-16 and windows-1252 are text', () => {
    const text = '# Rollout\n\n- Increase to 10% rollout – success rate ≥ 99%\n';
    const little = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));
    const western = new Uint8Array(Buffer.from(text.replace('–', '\u0096').replace('≥', '>='), 'latin1'));
    for (const guide of [guideOf(`\ufeff${text}`), { name: 'a.md', bytes: little }, { name: 'a.md', bytes: western }]) {
      expect(gates(planOf(importGuides([guide]))).ten).toEqual(['success_rate >= 99%']);
    }
  });
});

it('an end before the start is told, and left out of the plan', () => {
  const text = '# Rollout\n\n**Start**: 2026-03-09\n\n**End**: 2026-03-02\n\n- Increase to 10% rollout\n';
  const result = importGuides([guideOf(text)]);
  expect(planOf(result).start).toBe('2026-03-09');
  expect(planOf(result).end).toBeUndefined();
  expect(result.findings).toContainEqual(
    expect.objectContaining({
      kind: 'contradiction',
      line: 5,
      message: expect.stringContaining('lies before the start'),
    }),
  );
});
