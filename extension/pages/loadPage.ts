import type { Uri, Webview, WebviewPanel } from 'vscode';
import type { Clock } from '../clock.ts';
import type { Disposables } from '../disposables.ts';
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

/** The host of one page; disposed with its webview. */
export interface PageHost extends Disposables {
  /** A message of the page, as it came. */
  receive(data: unknown): void | Promise<void>;
  /** The page's content is gone until it says `ready` again. */
  hidden(): void;
}

/** Puts a page into a webview and connects it; the listener comes first, because the page's `ready` must not be missed. */
export function connectPage(
  webview: Webview,
  host: PageHost,
  name: 'dashboard' | 'why',
  place: 'editor' | 'sidebar',
  { vscode, extensionUri, newNonce }: PagePorts,
): void {
  host.add(webview.onDidReceiveMessage((data: unknown) => host.receive(data)));
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

/** The editor discards the content of a panel that is not in front. */
export function hiddenWith(panel: WebviewPanel, host: PageHost): void {
  host.add(
    panel.onDidChangeViewState(() => {
      if (!panel.visible) host.hidden();
    }),
  );
}
