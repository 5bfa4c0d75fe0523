import './withoutEval.ts';
import * as vscode from 'vscode';
import { Rampwatch, systemPorts } from './rampwatch.ts';

export function activate(context: vscode.ExtensionContext): void {
  const rampwatch = new Rampwatch(vscode, context, systemPorts);
  context.subscriptions.push(rampwatch);
  rampwatch.activate();
}

/** The subscriptions end the connections; the daemon lives on by its own rules. */
export function deactivate(): void {}
