import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { describe, it, until } from '../launch/in-host.ts';

const names = ['rollout_status', 'explain_verdict', 'propose_advance', 'roll_back'];

async function answer(name: string, input: object = {}): Promise<string> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('\n');
}

describe('the language-model tools', () => {
  it('are known to the editor, with their input schemas', async () => {
    await vscode.extensions.getExtension('rampwatch.rampwatch')?.activate();
    const known = await until('the tools', () => {
      const ours = vscode.lm.tools.filter(({ name }) => names.includes(name));
      return ours.length === names.length && ours;
    });
    for (const { name, description, inputSchema } of known) {
      assert.ok(description.length > 150, name);
      assert.ok(inputSchema !== undefined, name);
    }
  });

  it('answer with the sentence of a real daemon', async () => {
    const status = await answer('rollout_status');
    assert.match(status, /Rollout "uploads" \("Async upload rollout"\)/);
    assert.match(status, /Standing: "Not begun\. Begin starts with one at 1 %\./);
    assert.match(await answer('propose_advance'), /Nothing was advanced/);
    assert.match(await answer('explain_verdict'), /nothing to explain|Condition of the gate/);
  });

  it('refuse what cannot be, in one sentence', async () => {
    await assert.rejects(answer('rollout_status', { rollout: 'other' }), /There is no such rollout here/);
    await assert.rejects(answer('roll_back'), /There is nothing to roll back/);
  });
});
