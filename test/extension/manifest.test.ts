import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandNames } from '../../extension/commands/commandNames.ts';
import { configurationDefaults } from '../../extension/configuration.ts';
import { contextKeys } from '../../extension/contextKeys.ts';
import { toolNames } from '../../extension/tools/registerTools.ts';
import { openSample } from './openSample.ts';

const root = resolve(import.meta.dirname, '../..');

interface Menu {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string; icon?: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, { default: unknown; scope: string }>> };
    readonly views: Readonly<Record<string, readonly { id: string }[]>>;
    readonly viewsWelcome: readonly { contents: string; when: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { icon: string }[] };
    readonly keybindings?: unknown;
    readonly languageModelTools: readonly {
      name: string;
      toolReferenceName: string;
      displayName: string;
      userDescription: string;
      modelDescription: string;
      icon: string;
      tags: readonly string[];
      canBeReferencedInPrompt: boolean;
      when: string;
      inputSchema: {
        properties: Readonly<Record<string, { type: string; description: string }>>;
        additionalProperties: boolean;
      };
    }[];
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: { supported: string; restrictedConfigurations: readonly string[] };
  };
}

const manifestText = readFileSync(join(root, 'package.json'), 'utf8');
const manifest: Manifest = JSON.parse(manifestText);
const texts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
const { commands, menus, configuration, views, viewsWelcome, viewsContainers, keybindings } = manifest.contributes;

describe('the commands', () => {
  it('are the same in the manifest, in the typed list and as registered', () => {
    const { mock } = openSample();
    expect(commands.map(({ command }) => command)).toEqual([...commandNames]);
    expect([...mock.commands.keys()]).toEqual([...commandNames]);
  });

  it('have a title, the category and a place in the palette that depends on the state', () => {
    for (const { command, title, category } of commands) {
      expect(texts[title.replaceAll('%', '')], command).toMatch(/^[A-Z][A-Za-z ]+…?$/);
      expect(category).toBe('Rampwatch');
      const [entry, ...others] = (menus.commandPalette ?? []).filter((menu) => menu.command === command);
      expect(entry?.when, command).toMatch(/^false$|workspaceFolderCount|rampwatch\./);
      expect(others).toEqual([]);
    }
  });

  it('have an icon wherever a menu shows them as one', () => {
    const shown = Object.values(menus)
      .flat()
      .filter(({ group }) => group?.startsWith('inline') || group?.startsWith('navigation'))
      .map(({ command }) => command);
    const without = commands.filter(({ command, icon }) => shown.includes(command) && icon === undefined);
    expect(without).toEqual([]);
  });

  it('ask for trust in the palette wherever they ask for it in code', async () => {
    const { mock } = openSample();
    mock.trusted = false;
    const refused: string[] = [];
    for (const command of commandNames) {
      mock.shown.length = 0;
      await mock.run(command);
      if (mock.shown.some((line) => line.includes('trusted workspace'))) refused.push(command);
    }
    const palette = menus.commandPalette ?? [];
    expect(refused).toEqual(
      palette.filter(({ when }) => when?.includes('isWorkspaceTrusted')).map((menu) => menu.command),
    );
  });

  it('have no keys of their own', () => {
    expect(keybindings).toBeUndefined();
  });
});

describe('the language-model tools', () => {
  const tools = manifest.contributes.languageModelTools;

  it('are the same in the manifest, in the typed list and as registered', () => {
    const { mock } = openSample();
    expect(tools.map(({ name }) => name)).toEqual([...toolNames]);
    expect([...mock.tools.keys()]).toEqual([...toolNames]);
  });

  it('tell a person and a model what they do, only in a trusted workspace with a plan', () => {
    for (const tool of tools) {
      expect(texts[tool.displayName.replaceAll('%', '')], tool.name).toMatch(/^[A-Z]/);
      expect(texts[tool.userDescription.replaceAll('%', '')], tool.name).toMatch(/\.$/);
      expect(tool.modelDescription.length, tool.name).toBeGreaterThan(150);
      expect(tool).toMatchObject({
        toolReferenceName: tool.name,
        canBeReferencedInPrompt: true,
        when: 'isWorkspaceTrusted && rampwatch.hasPlan',
        icon: expect.stringMatching(/^\$\([a-z-]+\)$/),
        tags: expect.arrayContaining(['rollout']),
        inputSchema: { additionalProperties: false },
      });
      for (const [key, property] of Object.entries(tool.inputSchema.properties)) {
        expect(property.description.length, `${tool.name}.${key}`).toBeGreaterThan(30);
      }
    }
  });
});

describe('the manifest', () => {
  it('uses only context keys that the code sets, and the code sets none that it does not use', () => {
    const used = new Set([...manifestText.matchAll(/rampwatch\.[a-zA-Z]+/g)].map(([key]) => key));
    const clauses = [...Object.values(menus).flat(), ...viewsWelcome].map(({ when }) => when ?? '').join('\n');
    const named = new Set([...clauses.matchAll(/rampwatch\.[a-zA-Z]+/g)].map(([key]) => key));
    for (const { id } of Object.values(views).flat()) named.delete(id);
    expect([...named].sort()).toEqual([...contextKeys].sort());
    expect(used.size).toBeGreaterThan(named.size);
  });

  it('offers in rows only what the rows can say', () => {
    const clauses = (menus['view/item/context'] ?? []).map(({ when }) => when ?? '').join('\n');
    const words = [...clauses.matchAll(/\\b([a-zA-Z]+)\\b/g)].map((match) => match[1] ?? '');
    const source = readdirSync(join(root, 'extension/views'))
      .map((file) => readFileSync(join(root, 'extension/views', file), 'utf8'))
      .join('\n');
    expect(words.filter((word) => !source.includes(`'${word}'`))).toEqual([]);
  });

  it('has the settings of the code, with their defaults, and keeps what could run something from a workspace', () => {
    const defaults = Object.fromEntries(
      Object.entries(configuration.properties).map(([key, property]) => [key, property.default]),
    );
    expect(defaults).toEqual(configurationDefaults);
    expect(configuration.properties['rampwatch.nodePath']?.scope).toBe('machine');
    expect(configuration.properties['rampwatch.stateDirectory']?.scope).toBe('machine');
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
    expect([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort()).toEqual(
      Object.keys(configurationDefaults).sort(),
    );
  });

  it('has every text in package.nls.json, and no text too many', () => {
    const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? '');
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('links in welcome texts to commands that exist', () => {
    const links = Object.values(texts).flatMap((text) =>
      [...text.matchAll(/\(command:([^)]+)\)/g)].map((match) => match[1] ?? ''),
    );
    const known: readonly string[] = [...commandNames, 'vscode.openFolder', 'workbench.trust.manage'];
    expect(links.filter((link) => !known.includes(link))).toEqual([]);
  });

  it('names files that exist', () => {
    const [container] = viewsContainers.activitybar;
    expect([manifest.icon, container?.icon ?? ''].filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('the texts of the code', () => {
  // `npx vitest run test/extension/manifest.test.ts -u` writes the bundle anew.
  it('are all in the bundle that translations start from, and no text too many', async () => {
    const sources = readdirSync(join(root, 'extension'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, 'extension', file), 'utf8'))
      .concat(readFileSync(join(root, 'daemon/protocol/triggerDistance.ts'), 'utf8'))
      .join('\n');
    const calls = [...sources.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
    const used = calls.map((match) => (match[1] ?? match[2] ?? '').replaceAll(/\\n/g, '\n').replaceAll(/\\(.)/g, '$1'));
    const bundle = Object.fromEntries([...new Set(used)].sort().map((text) => [text, text]));
    const file = join(root, 'l10n/bundle.l10n.json');
    await expect(`${JSON.stringify(bundle, null, 2)}\n`).toMatchFileSnapshot(file);
  });
});
