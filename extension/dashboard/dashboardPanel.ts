import type { WebviewPanel } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { DashboardHost } from './dashboardHost.ts';
import { type DashboardPorts, openDashboard } from './dashboardSurface.ts';
import { dashboardPanelType } from './panelType.ts';

/** The dashboard as an editor: one panel, shown again rather than opened twice. */
export class DashboardPanel extends Disposables {
  readonly #ports: DashboardPorts;
  #open: { readonly panel: WebviewPanel; readonly host: DashboardHost } | null = null;

  constructor(ports: DashboardPorts) {
    super();
    this.#ports = ports;
    const { window } = ports.vscode;
    this.add(
      window.registerWebviewPanelSerializer(dashboardPanelType, {
        deserializeWebviewPanel: async (panel) => this.#adopt(panel),
      }),
    );
    this.add({ dispose: () => this.#open?.panel.dispose() });
  }

  show(): void {
    if (this.#open !== null) {
      this.#open.panel.reveal();
      return;
    }
    const { vscode } = this.#ports;
    const { ViewColumn, window, l10n } = vscode;
    this.#adopt(window.createWebviewPanel(dashboardPanelType, l10n.t('Rollout Dashboard'), ViewColumn.Active, {}));
  }

  changed(): void {
    this.#open?.host.changed();
  }

  #adopt(panel: WebviewPanel): void {
    this.#open?.panel.dispose();
    const host = openDashboard(panel.webview, 'editor', this.#ports);
    const opened = { panel, host };
    this.#open = opened;
    host.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) host.hidden();
      }),
    );
    panel.onDidDispose(() => {
      host.dispose();
      if (this.#open === opened) this.#open = null;
    });
  }
}
