/** How the pages are bundled, for the shipped extension and for their tests: one script and one style sheet each. */
export const webviewPages = {
  entryPoints: ['webview/dashboard.ts', 'webview/dashboard.css', 'webview/why.ts', 'webview/why.css'],
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
};
