import type { Webview } from 'vscode';
import { connectPage, type PagePorts } from '../pages/loadPage.ts';
import { type DashboardActions, DashboardHost } from './dashboardHost.ts';

/** The common face of the two places that can hold a dashboard. */
export interface DashboardPorts extends PagePorts {
  readonly actions: DashboardActions;
}

/** Puts the page into a webview and connects it. The caller disposes the host with the webview. */
export function openDashboard(webview: Webview, place: 'editor' | 'sidebar', ports: DashboardPorts): DashboardHost {
  const host = new DashboardHost((message) => void webview.postMessage(message), ports.actions, ports.clock);
  connectPage(webview, host, 'dashboard', place, ports);
  return host;
}
