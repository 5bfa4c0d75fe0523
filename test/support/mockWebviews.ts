import { MockEventEmitter } from './mockValues.ts';

/** A webview in an editor: its document as text, and the page's side of its messages played by hand. */
export interface MockWebview {
  readonly title: string;
  readonly html: string;
  /** A message of the page. */
  send(message: unknown): void;
  /** The newest message of a type that the page was told. */
  heard(type: string): Readonly<Record<string, unknown>> | undefined;
  close(): void;
}

/** `opened`: takes every panel that is made, the newest last. */
export function mockWebviewPanel(opened: MockWebview[], title: string) {
  const received = new MockEventEmitter<unknown>();
  const disposed = new MockEventEmitter<void>();
  const posted: Readonly<Record<string, unknown>>[] = [];
  const webview = {
    html: '',
    options: {},
    cspSource: 'https://pages.test',
    asWebviewUri: (uri: unknown) => uri,
    onDidReceiveMessage: received.event,
    postMessage: async (message: Readonly<Record<string, unknown>>) => {
      posted.push(message);
      return true;
    },
  };
  const close = (): void => {
    const at = opened.indexOf(mock);
    if (at === -1) return;
    opened.splice(at, 1);
    disposed.fire();
  };
  const mock: MockWebview = {
    title,
    get html() {
      return webview.html;
    },
    send: (message) => received.fire(message),
    heard: (type) => posted.findLast((message) => message.type === type),
    close,
  };
  opened.push(mock);
  return {
    webview,
    visible: true,
    reveal: () => undefined,
    onDidChangeViewState: () => ({ dispose: () => undefined }),
    onDidDispose: disposed.event,
    dispose: close,
  };
}
