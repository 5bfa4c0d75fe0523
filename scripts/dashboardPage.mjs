/** How the dashboard page is bundled, for the shipped extension and for its tests: one script and one style sheet. */
export const dashboardPage = {
  entryPoints: ['webview/dashboard.ts', 'webview/dashboard.css'],
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
};
