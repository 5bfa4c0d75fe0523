import type { StatusBarItem } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import { type StatusText, tooltipCommands } from './statusBarText.ts';

/** The one status bar item; touched only when what it shows has changed. */
export class StatusBar extends Disposables {
  readonly #vscode: Vscode;
  readonly #item: StatusBarItem;
  #shown: StatusText | null = null;

  constructor(vscode: Vscode) {
    super();
    this.#vscode = vscode;
    this.#item = this.add(vscode.window.createStatusBarItem('rampwatch.status', vscode.StatusBarAlignment.Left, 40));
    this.#item.name = vscode.l10n.t('Rampwatch rollout');
    this.#item.command = 'rampwatch.showStatus';
  }

  show(status: StatusText | null): void {
    if (status === null) {
      if (this.#shown !== null) this.#item.hide();
      this.#shown = null;
      return;
    }
    const before = this.#shown;
    if (before?.text !== status.text) this.#item.text = status.text;
    if (before?.spoken !== status.spoken)
      this.#item.accessibilityInformation = { label: status.spoken, role: 'button' };
    if (before?.alarm !== status.alarm) {
      this.#item.backgroundColor = status.alarm
        ? new this.#vscode.ThemeColor('statusBarItem.errorBackground')
        : undefined;
    }
    if (before?.tooltip !== status.tooltip) {
      const tooltip = new this.#vscode.MarkdownString(status.tooltip);
      tooltip.isTrusted = { enabledCommands: tooltipCommands };
      this.#item.tooltip = tooltip;
    }
    if (before === null) this.#item.show();
    this.#shown = status;
  }
}
