/** Also in the manifest: `onWebviewPanel:rampwatch.dashboard` brings the panel back after a window's reload. */
export const dashboardPanelType = 'rampwatch.dashboard';
