/** The editor's API as a value, so that the extension also runs against a stand-in that renders to text. */
export type Vscode = typeof import('vscode');

/** `vscode.l10n.t`: every text a person reads passes through it. */
export type { Translate } from '../daemon/protocol/words/factWords.ts';
