import { basename } from 'node:path';
import type { DocumentFilter, TextDocument } from 'vscode';

const pattern = '**/{rampwatch.yaml,*.rampwatch.yaml}';
/** Plans on disk, and those that are not saved yet. */
export const planFilter: readonly DocumentFilter[] = [
  { scheme: 'file', pattern },
  { scheme: 'untitled', pattern },
];

export function isPlan({ uri }: Pick<TextDocument, 'uri'>): boolean {
  const here = uri.scheme === 'file' || uri.scheme === 'untitled';
  return here && /^(?:.+\.)?rampwatch\.yaml$/.test(basename(uri.fsPath));
}
