import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../extension/connection/commandLine.ts';
import { openSample } from './openSample.ts';

// Every command is a process of its own, from source: without the cache most of its time goes into reading the source.
vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`));
const cli = join(import.meta.dirname, '../../daemon/cli.ts');

const guide = `# Launch of the new reader

The first wave is one user in twenty, which is watched for 24 hours.

- Stage 1: 5 % of users
- Stage 2: 100 % of users

The watchdog flips it back by itself as soon as wrecks climb past 4 %: an error rate above 4 % is rolled back automatically.
`;

interface FakeModel {
  readonly answer: (question: string) => string | Error;
  readonly maxInputTokens?: number;
  /** Called before each part of the answer, counted from 0. */
  readonly onPart?: (part: number) => unknown;
}

async function workspace({ answer, maxInputTokens = 100_000, onPart }: FakeModel, models = 1) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-model-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'launch.md');
  writeFileSync(file, guide);
  const asked: string[] = [];
  const model = {
    name: 'Model One',
    vendor: 'somebody',
    family: 'one',
    maxInputTokens,
    countTokens: async (text: string) => Math.ceil(text.length / 4),
    sendRequest: async (messages: readonly { readonly content: string }[]) => {
      const question = messages.map(({ content }) => content).join('');
      asked.push(question);
      const said = answer(question);
      if (said instanceof Error) throw said;
      return {
        text: (async function* () {
          for (let at = 0; at < said.length; at += 50) {
            onPart?.(at / 50);
            yield said.slice(at, at + 50);
          }
        })(),
      };
    },
  };
  const sample = openSample(
    (mock) => {
      mock.files = [file];
      mock.configuration.set('rampwatch.autoStart', false);
      Object.assign(mock.vscode, {
        lm: { selectChatModels: async () => Array.from({ length: models }, () => model) },
        LanguageModelChatMessage: { User: (content: string) => ({ role: 1, content }) },
      });
    },
    (call) => runCommandLine({ node: process.execPath, cli, stateDirectory: join(folder, '.state') }, call),
    folder,
  );
  await sample.until('a look around', () => sample.mock.contextKeys.get('rampwatch.looked') === true);
  const importing = async (...answers: string[]) => {
    sample.mock.answers.push(...answers);
    await sample.mock.run('rampwatch.importGuideWithModel', sample.mock.vscode.Uri.file(file));
  };
  const drafted = () =>
    sample.mock.vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'untitled')?.getText();
  return { ...sample, folder, asked, importing, drafted };
}

const soak = { stage: 5, length: '24h', line: 3, quote: 'watched for 24 hours' };
const stages = [
  { percent: 5, line: 5, quote: 'Stage 1: 5 % of users' },
  { percent: 100, line: 6, quote: 'Stage 2: 100 % of users' },
];

describe('Import Execution Guide with a Language Model', () => {
  it('sends the guide only to the model that a person has chosen and agreed to, and shows what it becomes', async () => {
    const { mock, asked, importing, folder, drafted } = await workspace({
      answer: () => `\`\`\`json\n${JSON.stringify({ stages })}\n\`\`\``,
    });
    await importing('Model One', 'Send');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('5| - Stage 1: 5 % of users');
    const [question] = mock.shown.filter((line) => line.includes('Send the text of the guides'));
    expect(question).toMatch(/Send the text of the guides to Model One \(somebody\)\?/);
    expect(drafted()).toContain('percent: 5');
    // Nothing is left of the answer, and nothing was written.
    expect(readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual(['launch.md']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('rampwatch-draft-'))).toEqual([]);
  });

  it('sends nothing where a person does not agree', async () => {
    const { asked, importing, drafted } = await workspace({ answer: () => '{}' });
    await importing('Model One');
    expect([asked, drafted()]).toEqual([[], undefined]);
  });

  it('takes nothing over from an answer that lies', async () => {
    const { importing, drafted } = await workspace({
      answer: () =>
        JSON.stringify({
          stages: [...stages, { percent: 50, line: 5, quote: 'Stage 1: 50 % of users' }],
          soaks: [soak, { stage: 100, length: '1h', line: 4, quote: 'an hour is enough' }],
          triggers: [
            {
              measure: 'latency',
              comparison: '>',
              figure: 1,
              unit: 'ms',
              consequence: 'automatic',
              line: 8,
              quote: 'latency above 1 ms is rolled back automatically',
            },
          ],
        }),
    });
    await importing('Model One', 'Send');
    expect(drafted()).not.toMatch(/percent: 50\b|latency > 1ms|soak: 1h/);
    expect(drafted()).toContain('error_rate > 4%');
  });

  it.each<[string, FakeModel, number, string[], RegExp]>([
    ['there is no model', { answer: () => '{}' }, 0, [], /the editor offers no language model/],
    [
      'the guide is too long',
      { answer: () => '{}', maxInputTokens: 100 },
      1,
      ['Model One'],
      /the guides are [\d,]+ tokens, and Model One takes at most 100/,
    ],
    [
      'the model refuses',
      { answer: () => new Error('quota\nexceeded') },
      1,
      ['Model One', 'Send'],
      /Model One did not answer: quota.exceeded/,
    ],
    ['the answer is none', { answer: () => 'Sorry, I cannot.' }, 1, ['Model One', 'Send'], /not JSON/],
    [
      'the answer has no end',
      { answer: () => 'x'.repeat(1_100_000) },
      1,
      ['Model One', 'Send'],
      /does not come to an end/,
    ],
  ])('says in one line that %s', async (_, model, count, answers, says) => {
    const { mock, importing, drafted } = await workspace(model, count);
    await importing(...answers);
    expect(mock.shown.at(-1)).toMatch(says);
    expect(drafted()).toBeUndefined();
  });

  it.each([
    ['before it answers', 0],
    ['in the middle of its answer', 2],
  ])('a model that is cancelled %s leaves no half plan', async (_, parts) => {
    let cancel = () => {};
    const answer = JSON.stringify({ stages });
    const sample = await workspace({ answer: () => answer, onPart: (part) => part === parts && cancel() });
    const { mock, asked, importing, folder, drafted } = sample;
    cancel = () => mock.cancelProgress();
    const shown = mock.shown.length;
    await importing('Model One', 'Send');
    expect(asked).toHaveLength(1);
    expect(drafted()).toBeUndefined();
    expect(mock.diffs()).toEqual([]);
    expect(mock.contextKeys.get('rampwatch.hasImport')).not.toBe(true);
    expect(mock.shown.slice(shown).filter((line) => line.startsWith('error'))).toEqual([]);
    expect(readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual(['launch.md']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('rampwatch-draft-'))).toEqual([]);
  });
});
