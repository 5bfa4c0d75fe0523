import type { Uri, Webview } from 'vscode';
import type { Clock } from '../clock.ts';
import type { Vscode } from '../vscodeApi.ts';
import { pageHtml } from './pageHtml.ts';

/** What every page of ours needs. */
export interface PagePorts {
  readonly vscode: Vscode;
  readonly clock: Clock;
  readonly extensionUri: Uri;
  /** A fresh, unguessable text. */
  newNonce(): string;
}

/** Puts a page into a webview. Whoever listens to it must do so before: its `ready` must not be missed. */
export function loadPage(
  webview: Webview,
  name: 'dashboard' | 'why',
  place: 'editor' | 'sidebar',
  { vscode, extensionUri, newNonce }: PagePorts,
): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const fileOf = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  webview.html = pageHtml(
    {
      script: fileOf(`${name}.js`),
      style: fileOf(`${name}.css`),
      source: webview.cspSource,
      nonce: newNonce(),
      language: vscode.env.language,
    },
    place,
  );
}
