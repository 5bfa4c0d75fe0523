import type { Uri, Webview } from 'vscode';
import type { Clock } from '../clock.ts';
import type { Vscode } from '../vscodeApi.ts';
import { type DashboardActions, DashboardHost } from './dashboardHost.ts';
import { dashboardHtml } from './dashboardHtml.ts';

/** The common face of the two places that can hold a dashboard. */
export interface DashboardPorts {
  readonly vscode: Vscode;
  readonly clock: Clock;
  readonly extensionUri: Uri;
  readonly actions: DashboardActions;
  /** A fresh, unguessable text. */
  newNonce(): string;
}

/** Puts the page into a webview and connects it. The caller disposes the host with the webview. */
export function openDashboard(webview: Webview, place: 'editor' | 'sidebar', ports: DashboardPorts): DashboardHost {
  const { vscode, clock, extensionUri, actions, newNonce } = ports;
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const fileOf = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
  const host = new DashboardHost((message) => void webview.postMessage(message), actions, clock);
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  // Listening before there is a page: its `ready` must not be missed.
  host.add(webview.onDidReceiveMessage((data: unknown) => host.receive(data)));
  webview.html = dashboardHtml(
    {
      script: fileOf('dashboard.js'),
      style: fileOf('dashboard.css'),
      source: webview.cspSource,
      nonce: newNonce(),
      language: vscode.env.language,
    },
    place,
  );
  return host;
}
