import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { sourceErrors } from '../../extension/flagUses/sourceErrors.ts';
import { openSample } from './openSample.ts';
import { sampleExplanation, sampleSignature } from './sampleExplanation.ts';
import { firing, sampleRollout, sampleWorkspace, withPhase } from './sampleViews.ts';

const explanation = sampleExplanation(firing, {
  signatures: [
    sampleSignature(firing.at, 'error.stack', { kind: 'frame', text: 'checkoutV2.mjs:9' }),
    sampleSignature(firing.at, 'error.type', { kind: 'value', text: 'TypeError:12' }),
  ],
});
const rolledBack: RolloutView = {
  ...withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing } }),
  explanations: [explanation],
};
const text = 'Async upload rollout: 35 of 37 failures of the treatment come from here, and none of the control';

describe('the lines that failures come from', () => {
  it('are those of the frames that explain what holds the rollout now', () => {
    expect(sourceErrors(rolledBack, english)).toEqual([
      {
        place: { file: 'checkoutV2.mjs', line: 9 },
        text,
        why: { kind: 'fired', trigger: firing.trigger, at: firing.at },
      },
    ]);
    // What is over says nothing about the code as it is.
    expect(sourceErrors({ ...sampleRollout(), explanations: [explanation] }, english)).toEqual([]);
  });

  it('have a warning that leads to why, where a person has asked for it and one file is meant', async () => {
    const { mock, until, daemon } = openSample((made, sample) => {
      sample.view = sampleWorkspace([rolledBack]);
      made.configuration.set('rampwatch.errorsInSource', true);
      made.files.push('/workspace/src/checkoutV2.mjs');
    });
    const file = mock.vscode.Uri.file('/workspace/src/checkoutV2.mjs');
    const found = () => mock.vscode.languages.getDiagnostics(file);
    await until('the warning', () => found().length > 0);
    expect(found().map(({ message, range }) => [message, range.start.line])).toEqual([[text, 8]]);
    expect(JSON.stringify(found()[0]?.code)).toContain(`trigger=${firing.trigger}`);
    daemon.show(sampleRollout());
    await until('the end of it', () => found().length === 0);
  });

  it('have none by themselves, and none where several files may be meant', async () => {
    for (const [wanted, more] of [
      [false, []],
      [true, ['/workspace/other/checkoutV2.mjs']],
    ] as const) {
      const { mock, until } = openSample((made, sample) => {
        sample.view = sampleWorkspace([rolledBack]);
        made.configuration.set('rampwatch.errorsInSource', wanted);
        made.files.push('/workspace/src/checkoutV2.mjs', ...more);
      });
      await until('the tree', () => mock.tree('rampwatch.stages') !== '');
      await new Promise(setImmediate);
      expect(mock.vscode.languages.getDiagnostics(mock.vscode.Uri.file('/workspace/src/checkoutV2.mjs'))).toEqual([]);
    }
  });
});
