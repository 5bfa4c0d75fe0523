import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../../daemon/plan/import/findings.ts';
import { type ImportResult, importGuides } from '../../../daemon/plan/import/importGuide.ts';
import { readPassages } from '../../../daemon/plan/import/markdown.ts';
import { type GuideFile, readGuide } from '../../../daemon/plan/import/readGuide.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import type { Plan } from '../../../daemon/protocol/domain/plan.ts';
import { fixtureGuide, fixtureNames, fixtures, guideOf, master, mojibake, weekOne } from './guideFixtures.ts';

function planOf(result: ImportResult): Plan {
  const parsed = parsePlan(result.yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems.map((each) => each.message).join('\n'));
  return parsed.loaded.plan;
}

function gates(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(plan.stages.map((stage) => [stage.id, stage.gate.map((condition) => condition.text)]));
}

const imports: readonly (readonly [string, readonly GuideFile[]])[] = [
  ['master-and-week-1', [fixtureGuide(master), fixtureGuide(weekOne)]],
  ['ledger-streaming', ['', '-week1', '-week2', '-week3'].map((part) => fixtureGuide(`ledger-streaming${part}.md`))],
  ...fixtureNames.map((name) => [name.replace('.md', ''), [fixtureGuide(name)]] as const),
];

describe.each(imports)('%s', (name, files) => {
  const result = importGuides(files);
  const golden = resolve(fixtures, `${name}.rampwatch.yaml`);

  it('gives the plan reviewed by eye', () => {
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, result.yaml);
    expect(result.yaml).toBe(readFileSync(golden, 'utf8'));
  });

  it('gives a plan without errors', () => {
    expect(parsePlan(result.yaml, 'rampwatch.yaml')).toMatchObject({ kind: 'plan' });
  });

  it('drops nothing: every item and row stands in the plan or is listed', () => {
    const told = new Set(result.findings.map(({ file, line }) => `${file}:${line}`));
    const used = new Set(
      [...result.yaml.matchAll(/([\w.-]+\.md):(\d+(?:, \d+)*)/g)].flatMap(([, file, lines = '']) =>
        lines.split(', ').map((line) => `${file}:${line}`),
      ),
    );
    const missing = files.flatMap((file) =>
      readPassages(readGuide(file, new Findings()), 0, new Findings())
        .filter((passage) => (passage.kind === 'item' && !passage.parent) || passage.kind === 'row')
        .filter((passage) => !/^(?:[\w -]+: )?\d+\/\d+$/.test(passage.text))
        .map((passage) => `${passage.file}:${passage.line} ${passage.text}`)
        .filter((text) => !used.has(text.split(' ')[0] ?? '') && !told.has(text.split(' ')[0] ?? '')),
    );
    expect(missing).toEqual([]);
  });

  it('twice changes nothing', () => {
    const again = importGuides(files, { existing: result.yaml });
    expect(again).toMatchObject({ yaml: result.yaml, outcome: 'unchanged' });
    expect(again.findings).toEqual(result.findings);
  });
});

describe('the real guides', () => {
  const result = importGuides([fixtureGuide(master), fixtureGuide(weekOne)]);
  const plan = planOf(result);

  it('stages, percentages, soaks and days', () => {
    expect(plan.stages.map(({ id, percent, soak, days }) => [id, percent, soak / 3_600_000, days])).toEqual([
      ['off', 0, 24, [1, 4]],
      ['one', 1, 48, [5, 7]],
      ['ten', 10, 48, [8, 10]],
      ['fifty', 50, 48, [11, 14]],
      ['full', 100, 48, [15, 18]],
    ]);
  });

  it('criteria of each stage, merged over both guides', () => {
    expect(gates(plan)).toEqual({
      off: ['critical_errors == 0'],
      one: [
        'uploads >= 100',
        'success_rate >= 99.5%',
        'latency <= 110% of baseline',
        'error_rate <= 0.5%',
        'critical_errors == 0',
      ],
      ten: ['success_rate >= 99.0%', 'uploads >= 500'],
      fifty: ['uploads >= 2000', 'success_rate >= 98.5%'],
      full: ['uploads >= 5000', 'success_rate >= 98.0%'],
    });
  });

  it('triggers', () => {
    const minutes = (length: number | undefined) => (length === undefined ? undefined : length / 60_000);
    expect(
      plan.triggers.map((each) => [
        each.then,
        each.when.text,
        minutes(each.over),
        minutes(each.for),
        minutes(each.within),
      ]),
    ).toEqual([
      ['rollback', 'success_rate < 95%', 5, undefined, 5],
      ['rollback', 'error_rate > 5%', 5, undefined, 5],
      ['rollback', 'critical_errors > 0', 5, undefined, 5],
      ['rollback', 'memory > 120% of baseline', 5, undefined, 5],
      ['review', 'success_rate < 97%', 30, 30, undefined],
      ['review', 'latency > 120% of baseline', 30, 30, undefined],
      ['review', 'complaints > 0', 30, 30, undefined],
    ]);
  });

  it('flag, sources, dates, tests, targets, deliverables, documents, escalation', () => {
    expect(plan).toMatchObject({
      id: 'async-upload',
      start: '2025-10-29',
      end: '2025-11-18',
      arms: { treatment: { execution_type: ['async', 'sync_fallback'] }, control: { execution_type: 'sync' } },
      flag: { set: { ASYNC_UPLOAD_ENABLED: '$' + '{enabled}', ASYNC_UPLOAD_ROLLOUT: '$' + '{percent}' } },
      escalation: { contact: 'EXAI', reference: 'f5cd392b-019f-41e2-a439-a5fd6112b46d' },
      targets: [
        { measure: 'memory', change: '-80..-90%' },
        { measure: 'throughput', change: '5..10x' },
        { measure: 'latency', change: '-30..-50%' },
        { measure: 'timeout_rate', change: '-95%' },
      ],
    });
    expect(plan.sources.map(({ file }) => file)).toEqual([
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

  it('checklists: before, per week, daily, evening', () => {
    const list = (id: string) => plan.checklists.find((each) => each.id === id);
    expect(list('before-week-1-starts')).toMatchObject({ due: '2025-10-29' });
    expect(list('before-week-1-starts')?.items[1]).toEqual({ title: 'Verify all 57 tests passing', evidence: 'tests' });
    expect(list('daily')).toMatchObject({ every: 'day', items: expect.arrayContaining(['Review overnight logs']) });
    expect(list('evening')).toMatchObject({ every: 'evening' });
    expect(list('day-5-morning-phase-2-preparation')).toMatchObject({ stage: 'one', due: '2025-11-02' });
  });

  it('what contradicts is told', () => {
    const told = result.findings.filter(({ kind }) => kind === 'contradiction').map(({ message }) => message);
    expect(told).toContainEqual(expect.stringMatching(/`error_rate > 5%` and `success_rate < 95%` .* are one event/));
    expect(told).toContainEqual(expect.stringContaining('`uploads >= 100` at 1 % takes about 10 000 uploads in all'));
    expect(told).toContainEqual(expect.stringMatching(/10 % asks for less, `success_rate >= 99.0%`, than 1 % did/));
    expect(told.some((message) => /tests here/.test(message))).toBe(false);
  });

  it('the damaged guide imports as the clean one', () => {
    const clean = importGuides([fixtureGuide(master)]);
    const damaged = importGuides([fixtureGuide(mojibake)]);
    const named = damaged.yaml.replaceAll(mojibake, master);
    expect(named.split('\n').filter((line) => !line.startsWith('# content'))).toEqual(
      clean.yaml.split('\n').filter((line) => !line.startsWith('# content')),
    );
    expect(damaged.findings.filter(({ kind }) => kind === 'repaired')).toEqual([
      expect.objectContaining({ line: 4, message: expect.stringContaining('windows-1254') }),
    ]);
    const others = damaged.findings.filter(({ kind }) => kind !== 'repaired');
    expect(others.map(({ line, message }) => [line, message.replaceAll(mojibake, master)])).toEqual(
      clean.findings.map(({ line, message }) => [line, message]),
    );
  });
});

describe('two guides that disagree', () => {
  const result = importGuides([fixtureGuide(master), fixtureGuide('week-two-of-the-guide.md')]);
  const told = result.findings.filter(({ file }) => file === 'week-two-of-the-guide.md');

  it('the stricter is kept, and both are told with their lines', () => {
    expect(gates(planOf(result)).ten).toContain('success_rate >= 99.0%');
    expect(planOf(result).stages.find(({ id }) => id === 'ten')?.soak).toBe(72 * 3_600_000);
    expect(told).toContainEqual(
      expect.objectContaining({ kind: 'conflict', line: 9, message: expect.stringContaining(`${master}:135`) }),
    );
    expect(told).toContainEqual(expect.objectContaining({ kind: 'conflict', line: 12 }));
    expect(told).toContainEqual(expect.objectContaining({ kind: 'conflict', line: 23 }));
  });

  it("a stage's own figure does not stand for that of another thing", () => {
    const { findings } = importGuides([fixtureGuide('android-halt.md')]);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'conflict', line: 17, message: expect.stringContaining('android-halt.md:21') }),
    );
  });

  it('28 tests here, 57 there', () => {
    expect(told).toContainEqual(
      expect.objectContaining({
        kind: 'contradiction',
        line: 17,
        message: expect.stringContaining('28 tests here, 16 + 12 + 29 = 57'),
      }),
    );
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

describe('rough edges, each told with its line', () => {
  const { findings } = importGuides([fixtureGuide('rough-edges.md')]);
  it.each([
    [5, 'is HTML'],
    [10, 'a table without a header row'],
    [17, 'two stages have the same percentage'],
    [22, 'a table without a header row'],
    [25, 'lets through what `success_rate < 96%` rolls back'],
    [30, 'tells of the good case'],
    [31, 'no measure and figure were found'],
    [32, 'the one that fires first'],
    [36, 'is not a date'],
    [41, 'has no place in a plan'],
  ])('line %i: %s', (line, message) => {
    expect(findings).toContainEqual(expect.objectContaining({ line, message: expect.stringContaining(message) }));
  });
});

it('a sentence that asks for a person is no rollback, whatever heading it stands under', () => {
  const text =
    '# Rollout\n\n- Increase to 10% rollout\n\n## Rollback policy\n\nSomeone must look when the success rate lies between 97 % and 98.5 % for more than 15 minutes.\n';
  const [only] = planOf(importGuides([guideOf(text)])).triggers;
  expect([only?.then, only?.when.text]).toEqual(['review', 'success_rate < 98.5%']);
});
