import type { WebviewView } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { DashboardHost } from './dashboardHost.ts';
import { type DashboardPorts, openDashboard } from './dashboardSurface.ts';

/** The dashboard in the sidebar, under the view id of the manifest. */
export class DashboardView extends Disposables {
  readonly #ports: DashboardPorts;
  #host: DashboardHost | null = null;

  constructor(viewId: string, ports: DashboardPorts) {
    super();
    this.#ports = ports;
    const resolveWebviewView = (view: WebviewView): void => this.#resolve(view);
    this.add(ports.vscode.window.registerWebviewViewProvider(viewId, { resolveWebviewView }));
    this.add({ dispose: () => this.#host?.dispose() });
  }

  changed(): void {
    this.#host?.changed();
  }

  #resolve(view: WebviewView): void {
    const host = openDashboard(view.webview, 'sidebar', this.#ports);
    this.#host = host;
    host.add(
      view.onDidChangeVisibility(() => {
        if (!view.visible) host.hidden();
      }),
    );
    view.onDidDispose(() => {
      host.dispose();
      if (this.#host === host) this.#host = null;
    });
  }
}
