/** Where the page's two files are, as the page may load them, and what marks them as ours. */
interface DashboardFiles {
  readonly script: string;
  readonly style: string;
  /** `webview.cspSource`. */
  readonly source: string;
  /** Fresh for every page. */
  readonly nonce: string;
  /** The editor's language, `vscode.env.language`. */
  readonly language: string;
}
/**
 * The dashboard's document: one script, one style sheet, nothing inline. Everything but those two is refused by the
 * policy, so that a text from a log could not load or run anything even if it became markup. `place`: the sidebar has a
 * background of its own.
 */
export declare function dashboardHtml(files: DashboardFiles, place: 'editor' | 'sidebar'): string;
