import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mcpProvider, registerMcpServers } from '../../extension/tools/mcpServers.ts';
import type { Vscode } from '../../extension/vscodeApi.ts';

const program = () => ({ node: '/usr/bin/node', cli: '/extension/dist/cli.mjs', stateDirectory: '/state' });

class Definition {
  readonly given: readonly unknown[];
  cwd: string | undefined;

  constructor(...given: readonly unknown[]) {
    this.given = given;
  }
}

interface Provider {
  provideMcpServerDefinitions(): Promise<Definition[]>;
}

function registered(isTrusted: boolean, folders: readonly string[]) {
  const providers = new Map<string, Provider>();
  const vscode = {
    workspace: { isTrusted },
    Uri: { file: (path: string) => path },
    McpStdioServerDefinition: Definition,
    lm: {
      registerMcpServerDefinitionProvider: (id: string, provider: Provider) => {
        providers.set(id, provider);
        return { dispose: () => providers.delete(id) };
      },
    },
  } as unknown as Vscode;
  const registration = registerMcpServers(vscode, program, {
    folders: async () => folders,
    onDidChange: () => ({ dispose: () => undefined }),
  });
  return { providers, registration };
}

describe('the servers for assistants of the editor', () => {
  it('are offered under the id of the manifest, one for each plan folder', async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
    expect(manifest.contributes.mcpServerDefinitionProviders).toEqual([{ id: mcpProvider, label: 'Rampwatch' }]);
    const { providers, registration } = registered(true, ['/work/shop', '/work/search']);
    const servers = await providers.get(mcpProvider)?.provideMcpServerDefinitions();
    expect(servers?.map(({ given, cwd }) => [given[0], cwd])).toEqual([
      ['Rampwatch: shop', '/work/shop'],
      ['Rampwatch: search', '/work/search'],
    ]);
    expect(servers?.[0]?.given.slice(1)).toEqual([
      '/usr/bin/node',
      ['/extension/dist/cli.mjs', 'mcp'],
      { ELECTRON_RUN_AS_NODE: '1', RAMPWATCH_STATE_DIRECTORY: '/state' },
    ]);
    registration.dispose();
    expect(providers.size).toBe(0);
  });

  it('are not offered in an untrusted workspace', async () => {
    const { providers } = registered(false, ['/work/shop']);
    expect(await providers.get(mcpProvider)?.provideMcpServerDefinitions()).toEqual([]);
  });

  it('are left out by an editor without them', () => {
    const vscode = { lm: {} } as unknown as Vscode;
    const known = { folders: async () => [], onDidChange: () => ({ dispose: () => undefined }) };
    registerMcpServers(vscode, program, known).dispose();
  });
});
