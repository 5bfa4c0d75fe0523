import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { describe, it } from '../launch/in-host.ts';

describe('the extension', () => {
  it('is found and activates', async () => {
    const extension = vscode.extensions.getExtension('rampwatch.rampwatch');
    assert.ok(extension, 'rampwatch.rampwatch is not loaded');
    assert.equal(extension.isActive, false, 'it activates by itself in a workspace without a plan');
    const started = performance.now();
    await extension.activate();
    const took = performance.now() - started;
    assert.equal(extension.isActive, true);
    // For the bench, which prints it; a test asserts no time.
    const { RAMPWATCH_FIGURES: figures } = process.env;
    if (figures !== undefined) appendFileSync(figures, `${took}\n`);
  });
});
