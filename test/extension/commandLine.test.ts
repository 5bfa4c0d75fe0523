import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { importProposal, initProposal } from '../../daemon/protocol/wire/planProposal.ts';
import { planReading } from '../../daemon/protocol/wire/planReading.ts';
import {
  answerOf,
  type CommandCall,
  reasonOf,
  refusalOf,
  runCommandLine,
} from '../../extension/connection/commandLine.ts';
import { smallPlan } from '../support/smallPlan.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-command-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Every command is a process of its own, from source: without the cache most of its time goes into reading the source.
vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`));
const cli = join(import.meta.dirname, '../../daemon/cli.ts');
const guides = join(import.meta.dirname, '../fixtures/guides');

const run = (words: readonly string[], more: Partial<CommandCall> = {}) =>
  runCommandLine({ node: process.execPath, cli, stateDirectory: '' }, { words, folder, ...more });

describe('the real command line', () => {
  it('judges a plan that is not saved, and reads nothing where it belongs', async () => {
    const plan = join(folder, 'new.rampwatch.yaml');
    const words = ['lint', '--stdin', '--json', '--plan', plan];
    const sound = await run(words, { input: smallPlan });
    expect(planReading.parse(answerOf(sound)).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(sound.failure).toBeNull();
    const spoilt = await run(words, { input: smallPlan.replace('stages:', 'staged:') });
    const [finding] = planReading.parse(answerOf(spoilt)).findings;
    expect(finding).toMatchObject({ rule: 'invalid', path: 'staged', fixes: [{ title: 'Write `stages`' }] });
    expect(existsSync(plan)).toBe(false);
  });

  it('proposes a plan from a guide without writing it, beside what stands there', async () => {
    const words = ['import', '--dry-run', '--json', '--', join(guides, 'search-canary.md')];
    const proposal = importProposal.parse(answerOf(await run(words)));
    expect(proposal).toMatchObject({ file: join(folder, 'rampwatch.yaml'), outcome: 'new', existing: null });
    expect(proposal.proposal).toContain('stages:');
    expect(existsSync(proposal.file)).toBe(false);
    writeFileSync(proposal.file, smallPlan);
    const beside = importProposal.parse(answerOf(await run(words)));
    expect(beside).toMatchObject({ outcome: 'kept', existing: smallPlan, proposal: proposal.proposal });
    expect(readFileSync(proposal.file, 'utf8')).toBe(smallPlan);
  });

  it('proposes a plan from a metrics file without writing it', async () => {
    const records = Array.from({ length: 50 }, (_, index) =>
      JSON.stringify({
        timestamp: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
        kind: 'new',
        ok: index !== 3,
      }),
    );
    writeFileSync(join(folder, 'metrics.jsonl'), `${records.join('\n')}\n`);
    const words = ['init', 'metrics.jsonl', '--yes', '--dry-run', '--json', '--out', 'proposed.rampwatch.yaml'];
    const proposal = initProposal.parse(answerOf(await run(words)));
    expect(proposal).toMatchObject({ file: join(folder, 'proposed.rampwatch.yaml'), existing: null });
    expect(proposal.proposal).toContain('metrics.jsonl');
    expect(existsSync(proposal.file)).toBe(false);
  });

  it('refuses in its own line', async () => {
    const refused = await run(['import', '--dry-run', '--json', 'nothing.md']);
    expect(refusalOf(answerOf(refused))?.message).toBe('nothing.md: there is no such guide; name a Markdown file');
  });
});

describe('a run', () => {
  const waiting = join(folder, 'waiting.mjs');
  writeFileSync(waiting, `process.stdout.write('here'); setInterval(() => {}, 1000);`);
  const program = { node: process.execPath, cli: waiting, stateDirectory: '' };

  it('that is not wanted any more is ended', async () => {
    const controller = new AbortController();
    const running = runCommandLine(program, { words: [], folder, signal: controller.signal });
    controller.abort();
    const outcome = await running;
    expect({ answer: answerOf(outcome), reason: reasonOf(outcome) }).toEqual({
      answer: undefined,
      reason: 'not wanted any more',
    });
    const never = await runCommandLine(program, { words: [], folder, signal: controller.signal });
    expect(never.failure).toBe('not wanted any more');
  });

  it('of a program that reads nothing of its input ends all the same', async () => {
    const deaf = join(folder, 'deaf.mjs');
    writeFileSync(deaf, `console.log('{}'); process.exit(0);`);
    const outcome = await runCommandLine(
      { ...program, cli: deaf },
      { words: [], folder, input: 'x'.repeat(5_000_000) },
    );
    expect(answerOf(outcome)).toEqual({});
  });
});
