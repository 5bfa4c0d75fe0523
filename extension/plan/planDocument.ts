import { basename } from 'node:path';
import type { DocumentFilter, TextDocument, Uri } from 'vscode';

const pattern = '**/{rampwatch.yaml,*.rampwatch.yaml}';
/** Plans on disk, and those that are not saved yet. */
export const planFilter: readonly DocumentFilter[] = [
  { scheme: 'file', pattern },
  { scheme: 'untitled', pattern },
];

export function isPlan({ uri }: Pick<TextDocument, 'uri'>): boolean {
  return (uri.scheme === 'file' || uri.scheme === 'untitled') && isPlanName(uri);
}

export function isPlanName({ fsPath }: Pick<Uri, 'fsPath'>): boolean {
  return /^(?:.+\.)?rampwatch\.yaml$/.test(basename(fsPath));
}
