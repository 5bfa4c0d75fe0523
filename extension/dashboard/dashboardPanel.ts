import type { WebviewPanel } from 'vscode';
import type { RolloutName } from '../../daemon/protocol/wire/dashboardMessages.ts';
import { Disposables } from '../disposables.ts';
import { hiddenWith } from '../pages/loadPage.ts';
import { dashboardPanelType } from '../pages/panelType.ts';
import type { DashboardHost } from './dashboardHost.ts';
import { type DashboardPorts, openDashboard } from './dashboardSurface.ts';

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
        deserializeWebviewPanel: async (panel) => void this.#adopt(panel),
      }),
    );
    this.add({ dispose: () => this.#open?.panel.dispose() });
  }

  /** `wanted`: the rollout to show; `null` leaves what is shown, or shows the most urgent one. */
  show(wanted: RolloutName | null): void {
    if (this.#open !== null) {
      if (wanted !== null) this.#open.host.choose({ folder: wanted.folder, rollout: wanted.rollout });
      this.#open.panel.reveal();
      return;
    }
    const { vscode } = this.#ports;
    const { ViewColumn, window, l10n } = vscode;
    const panel = window.createWebviewPanel(dashboardPanelType, l10n.t('Rollout Dashboard'), ViewColumn.Active, {});
    const host = this.#adopt(panel);
    if (wanted !== null) host.choose({ folder: wanted.folder, rollout: wanted.rollout });
  }

  changed(): void {
    this.#open?.host.changed();
  }

  #adopt(panel: WebviewPanel): DashboardHost {
    this.#open?.panel.dispose();
    const host = openDashboard(panel.webview, 'editor', this.#ports);
    const opened = { panel, host };
    this.#open = opened;
    hiddenWith(panel, host);
    panel.onDidDispose(() => {
      host.dispose();
      if (this.#open === opened) this.#open = null;
    });
    return host;
  }
}
