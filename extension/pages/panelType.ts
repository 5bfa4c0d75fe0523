/** Also in the manifest: `onWebviewPanel:` with each of them brings a panel back after a window's reload. */
export const dashboardPanelType = 'rampwatch.dashboard';
export const whyPanelType = 'rampwatch.why';
