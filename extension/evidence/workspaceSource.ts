import { basename } from 'node:path';
import type { Uri } from 'vscode';
import type { Vscode } from '../vscodeApi.ts';

const excluded = '**/{node_modules,.git,.venv,dist,vendor}/**';
const mostOffered = 50;

/**
 * The files of the workspace that a stack trace may mean: it names them by their path on the machine where it failed. Those
 * that share the most of the path's end; several where they share as much.
 */
export async function workspaceSources({ workspace }: Vscode, named: string): Promise<readonly Uri[]> {
  const path = named.replaceAll('\\', '/');
  const name = basename(path);
  // In a glob these have a meaning of their own.
  const found = await workspace.findFiles(`**/${name.replaceAll(/[*?{}[\]!]/g, '?')}`, excluded, mostOffered);
  const rated = found
    .filter(({ fsPath }) => basename(fsPath) === name)
    .map((uri) => ({ uri, shared: sharedEnd(uri.path.split('/'), path.split('/')) }));
  const most = Math.max(0, ...rated.map(({ shared }) => shared));
  return rated.flatMap(({ uri, shared }) => (shared === most ? [uri] : []));
}

/** The number of last parts that two paths have in common. */
function sharedEnd(one: readonly string[], other: readonly string[]): number {
  let shared = 0;
  while (shared < Math.min(one.length, other.length) && one.at(-1 - shared) === other.at(-1 - shared)) shared += 1;
  return shared;
}
