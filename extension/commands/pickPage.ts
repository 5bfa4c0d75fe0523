import type { QuickPickItem } from 'vscode';
import type { Vscode } from '../vscodeApi.ts';

/** One page of a dialog of several. Rows without a `choice` are there to be read. */
export interface Page<Choice> {
  readonly title: string;
  readonly placeholder: string;
  readonly rows: readonly PageRow<Choice>[];
  /** True when there is a page before this one. */
  readonly back: boolean;
}

export interface PageRow<Choice> extends QuickPickItem {
  readonly choice?: Choice;
}

export type Picked<Choice> =
  | { readonly kind: 'chosen'; readonly choice: Choice }
  | { readonly kind: 'back' }
  /** Closed, by Escape or by a click elsewhere. */
  | { readonly kind: 'closed' };

/**
 * Shows the page until a person chooses something on it. Read-only rows can be walked through; choosing one does
 * nothing.
 */
export function pickPage<Choice>(
  vscode: Vscode,
  { title, placeholder, rows, back }: Page<Choice>,
): Promise<Picked<Choice>> {
  const pick = vscode.window.createQuickPick<PageRow<Choice>>();
  pick.title = title;
  pick.placeholder = placeholder;
  pick.items = rows;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  // The person looks up a figure elsewhere: the page stays open.
  pick.ignoreFocusOut = true;
  if (back) pick.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    let picked: Picked<Choice> = { kind: 'closed' };
    const end = (how: Picked<Choice>): void => {
      picked = how;
      pick.hide();
    };
    pick.onDidAccept(() => {
      const [row] = pick.selectedItems;
      if (row?.choice !== undefined) end({ kind: 'chosen', choice: row.choice });
    });
    pick.onDidTriggerButton(() => end({ kind: 'back' }));
    pick.onDidHide(() => {
      pick.dispose();
      resolve(picked);
    });
    pick.show();
  });
}
