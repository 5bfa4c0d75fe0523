import { basename } from 'node:path';
import type { Event, McpServerDefinition } from 'vscode';
import { addedEnvironment, type DaemonProgram } from '../connection/commandLine.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';

/** The id of the provider in the manifest. */
export const mcpProvider = 'rampwatch';

interface KnownFolders {
  /** The folders that have a plan, by their absolute paths, once the workspace has been searched. */
  readonly folders: () => Promise<readonly string[]>;
  readonly onDidChange: Event<void>;
}

/**
 * Offers `rampwatch mcp` of each plan folder to the editor's own assistants. The editor asks the person before it starts
 * one. An untrusted workspace offers none.
 */
export function registerMcpServers(vscode: Vscode, program: () => DaemonProgram, known: KnownFolders): Disposables {
  const registered = new Disposables();
  // Editors that share the API may lack this part.
  if (typeof vscode.lm?.registerMcpServerDefinitionProvider !== 'function') return registered;
  registered.add(
    vscode.lm.registerMcpServerDefinitionProvider(mcpProvider, {
      onDidChangeMcpServerDefinitions: known.onDidChange,
      async provideMcpServerDefinitions(): Promise<McpServerDefinition[]> {
        if (!vscode.workspace.isTrusted) return [];
        const folders = await known.folders();
        return folders.map((folder) => {
          const started = program();
          const label = folders.length === 1 ? 'Rampwatch' : `Rampwatch: ${basename(folder)}`;
          const words = [started.cli, 'mcp'];
          const server = new vscode.McpStdioServerDefinition(label, started.node, words, addedEnvironment(started));
          server.cwd = vscode.Uri.file(folder);
          return server;
        });
      },
    }),
  );
  return registered;
}
