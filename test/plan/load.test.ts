import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPlans, loadPlan, parsePlan } from '../../daemon/plan/load.ts';
import { PlanError } from '../../daemon/plan/problem.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { asNobody } from '../support/asNobody.ts';
import { placeOf, problemsOf, soundPlan, spoilt } from './planText.ts';

const fixtures = join(import.meta.dirname, '../fixtures/plans');
let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-plan-')));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a sound plan', () => {
  it.each(['design', 'async-upload'])('%s is loaded whole', (name) => {
    const file = join(fixtures, `${name}.rampwatch.yaml`);
    const loaded = loadPlan(file);
    expect(loaded).toMatchObject({ file, root: fixtures });
    expect(loaded.hash).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(loaded.plan.triggers).toHaveLength(6);
    expect(loaded.plan.baseline?.otherwise?.window).toEqual(['2025-10-31T12:00Z', '2025-11-01T12:00Z']);
    expect(parsePlan(readFileSync(file, 'utf8'), file)).toEqual({ kind: 'plan', loaded });
  });

  it('the guide’s ladder, and the event that drives it in a replay', () => {
    const { plan } = loadPlan(join(fixtures, 'async-upload.rampwatch.yaml'));
    expect(plan.stages.map(({ id, percent }) => [id, percent])).toEqual([
      ['off', 0],
      ['one', 1],
      ['ten', 10],
      ['fifty', 50],
      ['full', 100],
    ]);
    expect(plan.stages.map(({ gate }) => gate.at(-1)?.text)).toEqual([
      'critical_errors == 0',
      'uploads >= 100',
      'uploads >= 500',
      'uploads >= 2000',
      'uploads >= 5000',
    ]);
    expect(plan.sources[0]?.stage_event).toEqual({ match: { event_type: 'rollout_stage' }, percent: 'percentage' });
  });

  it('knows the line of every part', () => {
    const result = parsePlan(soundPlan, 'rampwatch.yaml');
    if (result.kind !== 'plan') throw new Error('refused');
    const { lines } = result.loaded;
    const line = (piece: string) => placeOf(soundPlan, piece).line;
    expect(lines).toMatchObject({
      version: 1,
      'sources.1.format': line('format: text'),
      'arms.treatment.kind': line('kind: new'),
      'measures.memory.process.pid_file': line('pid_file'),
      stages: line('stages:'),
      'stages.1': line('id: one'),
      'stages.1.gate': line('gate:'),
      'stages.1.gate.1': line('"n >= 450"'),
      'triggers.0.when': line('when:'),
      'flag.set.PERCENT': line('PERCENT'),
    });
  });

  it.each([
    ['a byte order mark', `\ufeff${soundPlan}`],
    ['CRLF', soundPlan.replaceAll('\n', '\r\n')],
    ['comments and a document start', `# a plan\n---\n${soundPlan}`],
  ])('%s does no harm', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('a file', () => {
  function thrown(file: string): PlanError {
    try {
      loadPlan(file);
    } catch (error) {
      if (error instanceof PlanError) return error;
      throw error;
    }
    throw new Error('loaded');
  }

  it('with problems is one line about the first, and carries all', () => {
    const file = join(folder, 'bad.rampwatch.yaml');
    writeFileSync(file, spoilt('soak: 1h', 'soak: 1').replace('version: 1', 'version: 9'));
    const error = thrown(file);
    expect(error).toBeInstanceOf(UserError);
    expect(error.code).toBe('plan-invalid');
    expect(error.message).toBe(`${file}:1:10: \`version\` must be \`1\`, not \`9\` (and 1 more problem)`);
    expect(error.place).toEqual({ file, line: 1, column: 10 });
    expect(error.problems).toHaveLength(2);
  });

  it('that is not there, is a folder, or is not text', () => {
    expect(thrown(join(folder, 'none.yaml'))).toMatchObject({ code: 'plan-not-found', problems: [], place: undefined });
    expect(thrown(join(folder, 'none.yaml')).message).toMatch(/rampwatch init/);
    expect(thrown(folder)).toMatchObject({ code: 'plan-unreadable', message: expect.stringContaining('is a folder') });
    const file = join(folder, 'binary.yaml');
    writeFileSync(file, Buffer.from([0x76, 0xff, 0xfe]));
    expect(thrown(file).message).toBe(`${file}:1:1: not UTF-8: save the plan in UTF-8`);
    writeFileSync(file, Buffer.from('version: 1\n', 'utf16le'));
    expect(thrown(file).message).toMatch(/not a text file/);
    writeFileSync(file, '#'.repeat(300 * 1024));
    expect(thrown(file).message).toMatch(/larger than 256 KiB/);
  });

  it('that may not be read', async () => {
    const file = join(folder, 'secret.yaml');
    writeFileSync(file, soundPlan);
    chmodSync(file, 0);
    const error = await asNobody(async () => thrown(file));
    expect(error).toMatchObject({ code: 'plan-unreadable', message: expect.stringContaining('EACCES') });
  });

  it('is found by its name', () => {
    const place = join(folder, 'several');
    mkdirSync(join(place, 'sub.rampwatch.yaml'), { recursive: true });
    for (const name of [
      'rampwatch.yaml',
      'b.rampwatch.yaml',
      'a.rampwatch.yaml',
      'other.yaml',
      'rampwatch.yaml.bak',
      'xrampwatch.yaml',
    ]) {
      writeFileSync(join(place, name), soundPlan);
    }
    expect(findPlans(place)).toEqual(
      ['a.rampwatch.yaml', 'b.rampwatch.yaml', 'rampwatch.yaml'].map((name) => join(place, name)),
    );
    expect(findPlans(join(folder, 'none'))).toEqual([]);
  });
});
