import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { describe, it } from '../launch/in-host.ts';

describe('the extension', () => {
  it('is found and activates', async () => {
    const extension = vscode.extensions.getExtension('rampwatch.rampwatch');
    assert.ok(extension, 'rampwatch.rampwatch is not loaded');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
