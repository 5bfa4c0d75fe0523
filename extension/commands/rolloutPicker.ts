import type { Translate, Vscode } from '../vscodeApi.ts';

/** A rollout in the list from which a person chooses. The texts are safe for the editor's quick pick. */
export interface OfferedRollout<Value> {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  /** It exposes users or waits for somebody. */
  readonly running: boolean;
  readonly value: Value;
}

/** The one list of every command that asks for a rollout: those that run first, the rest behind a line. */
export async function pickRollout<Value>(
  { vscode, t }: { readonly vscode: Vscode; readonly t: Translate },
  title: string,
  offered: readonly OfferedRollout<Value>[],
): Promise<Value | undefined> {
  const running = offered.filter((each) => each.running);
  const rest = offered.filter((each) => !each.running);
  const line = { label: t('not begun, or over'), kind: vscode.QuickPickItemKind.Separator };
  const items = [...running, ...(running.length > 0 && rest.length > 0 ? [line] : []), ...rest];
  const options = { title, placeHolder: t('Which rollout?'), matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(items, options);
  return chosen !== undefined && 'value' in chosen ? chosen.value : undefined;
}
