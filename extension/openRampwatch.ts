import './withoutEval.ts';
import type { ExtensionContext } from 'vscode';
import { Rampwatch, systemPorts } from './rampwatch.ts';
import type { Vscode } from './vscodeApi.ts';

/** All of the extension, in a bundle of its own: loaded when somebody needs it. */
export function openRampwatch(vscode: Vscode, context: ExtensionContext): void {
  const rampwatch = new Rampwatch(vscode, context, systemPorts);
  context.subscriptions.push(rampwatch);
  rampwatch.activate();
}
