import * as vscode from 'vscode';
import { isNeededNow, onFirstNeed } from './activationNeed.ts';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const load = async () => {
    const { openRampwatch } = await import('./openRampwatch.ts');
    return () => openRampwatch(vscode, context);
  };
  if (isNeededNow(vscode)) (await load())();
  else context.subscriptions.push(onFirstNeed(vscode, load));
}

/** The subscriptions end the connections; the daemon lives on by its own rules. */
export function deactivate(): void {}
