import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandNames } from '../../extension/commandNames.ts';
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
  readonly name: string;
  readonly publisher: string;
  readonly main: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string; icon?: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly configuration: {
      readonly properties: Readonly<
        Record<string, { default: unknown; scope: string; order: number; markdownDescription: string }>
      >;
    };
    readonly views: Readonly<Record<string, readonly { id: string; visibility?: string; initialSize?: number }[]>>;
    readonly viewsWelcome: readonly { contents: string; when: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { icon: string }[] };
    readonly keybindings?: unknown;
    readonly walkthroughs: readonly {
      id: string;
      title: string;
      description: string;
      icon: string;
      steps: readonly {
        id: string;
        title: string;
        description: string;
        media: { svg: string; altText: string };
        completionEvents: readonly string[];
      }[];
    }[];
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
const { commands, menus, configuration, views, viewsWelcome, viewsContainers, keybindings, walkthroughs } =
  manifest.contributes;
const textOf = (placeholder: string) => texts[placeholder.replaceAll('%', '')] ?? '';

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
      expect(entry?.when, command).toMatch(/^false$|^isWorkspaceTrusted$|workspaceFolderCount|rampwatch\./);
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

describe('the walkthrough', () => {
  const [walkthrough, ...others] = walkthroughs;
  const steps = walkthrough?.steps ?? [];

  it('is one, of at most six steps', () => {
    expect(others).toEqual([]);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThanOrEqual(6);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });

  it('says in each step what it is for, with a command that does it', () => {
    for (const { id, title, description, media } of steps) {
      expect(textOf(title), id).toMatch(/^[A-Z].*[^.]$/);
      expect(textOf(media.altText), id).toMatch(/^[A-Z].*\.$/);
      const commands = linkedCommands(textOf(description));
      expect(commands, id).not.toEqual([]);
      expect(
        commands.filter((command) => !(commandNames as readonly string[]).includes(command)),
        id,
      ).toEqual([]);
    }
  });

  it('knows by itself when a step is done', () => {
    const known = {
      onCommand: commandNames,
      onContext: contextKeys,
      onView: Object.values(views)
        .flat()
        .map(({ id }) => id),
    } satisfies Record<string, readonly string[]>;
    const events = new Set(
      Object.entries(known).flatMap(([event, names]) => names.map((name: string) => `${event}:${name}`)),
    );
    for (const { id, completionEvents } of steps) {
      expect(completionEvents, id).not.toEqual([]);
      expect(
        completionEvents.filter((event) => !events.has(event)),
        id,
      ).toEqual([]);
    }
  });

  it('has a packaged picture for each step, in the colours of the theme alone and without words to translate', () => {
    const packaged = readFileSync(join(root, '.vscodeignore'), 'utf8');
    expect(packaged).toContain('\n!resources/walkthrough/*.svg\n');
    const drawn = readdirSync(join(root, 'resources/walkthrough')).map((file) => `resources/walkthrough/${file}`);
    expect(steps.map(({ media }) => media.svg).sort()).toEqual(drawn.sort());
    for (const file of drawn) {
      const picture = readFileSync(join(root, file), 'utf8');
      const colours = [...picture.matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map((match) => match[1] ?? '');
      expect(
        colours.filter((colour) => !/^(none|var\(--vscode-.*\))$/.test(colour)),
        file,
      ).toEqual([]);
      // The page it is shown in allows neither.
      expect(picture, file).not.toMatch(/<style|style=|<script|href/);
    }
  });

  it('is a link away from a workspace without a plan', () => {
    const [, words] = /openWalkthrough\?([^)]+)\)/.exec(texts['welcome.noPlan'] ?? '') ?? [];
    expect(JSON.parse(decodeURIComponent(words ?? ''))).toEqual([
      `${manifest.publisher}.${manifest.name}#${walkthrough?.id}`,
    ]);
  });
});

describe('the manifest', () => {
  it('uses only context keys that the code sets, and the code sets none that it does not use', () => {
    const used = new Set([...manifestText.matchAll(/rampwatch\.[a-zA-Z]+/g)].map(([key]) => key));
    const conditions = [...Object.values(menus).flat(), ...viewsWelcome].map(({ when }) => when ?? '');
    const events = walkthroughs.flatMap(({ steps }) => steps).flatMap(({ completionEvents }) => completionEvents);
    const clauses = [...conditions, ...events.filter((event) => event.startsWith('onContext:'))].join('\n');
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

  it('says of each setting what it does, for whom it holds and where it stands', () => {
    const settings = Object.entries(configuration.properties);
    for (const [key, { scope, markdownDescription }] of settings) {
      expect(textOf(markdownDescription), key).toMatch(/^[A-Z].*\.$/);
      // A program and the place of its state are a machine's. The rest is one choice for all folders of a window.
      expect(scope, key).toMatch(/^(machine|window)$/);
    }
    expect(new Set(settings.map(([, { order }]) => order)).size).toBe(settings.length);
  });

  it('has every text in package.nls.json, and no text too many', () => {
    const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? '');
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('gives the room of the side bar to the trees that are open, most of it to the stages', () => {
    const all = Object.values(views).flat();
    const room = ({ initialSize }: (typeof all)[number]) => initialSize ?? 0;
    const [stages, ...others] = all;
    const closed = others.filter(({ visibility }) => visibility === 'collapsed').map(room);
    const open = others.filter(({ visibility }) => visibility !== 'collapsed').map(room);
    expect(stages === undefined ? 0 : room(stages)).toBeGreaterThan(Math.max(...open));
    // The editor distributes the room by these weights, whether a view is open or not, and gives the rest to another
    // view.
    expect(closed).toEqual([1, 1, 1]);
    expect(Math.min(...open)).toBeGreaterThan(10);
  });

  it('links in welcome texts to commands that exist', () => {
    const links = Object.values(texts).flatMap(linkedCommands);
    const ofTheEditor = ['vscode.openFolder', 'workbench.action.openWalkthrough', 'workbench.trust.manage'];
    const known: readonly string[] = [...commandNames, ...ofTheEditor];
    expect(links.filter((link) => !known.includes(link))).toEqual([]);
  });

  it('names files that exist', () => {
    const [container] = viewsContainers.activitybar;
    const icons = [manifest.icon, container?.icon ?? '', ...walkthroughs.map(({ icon }) => icon)];
    expect(icons.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

/** The source text of the extension, of its page, and of the rooms that both share with the daemon. */
function textSources(): string {
  const sources = ['extension', 'webview', 'daemon/protocol'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  );
  return sources.join('\n');
}

const literalText = /\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;

function linkedCommands(text: string): readonly string[] {
  return [...text.matchAll(/\(command:([^)?]+)/g)].map((match) => match[1] ?? '');
}

describe('the texts of the code', () => {
  it('are written where they are translated: what is put together cannot be collected', () => {
    const calls = [...textSources().matchAll(/(?<!function )\bt\((?!message: )/g)].length;
    expect([...textSources().matchAll(literalText)].length).toBe(calls);
  });

  // `npx vitest run test/extension/manifest.test.ts -u` writes the bundle anew.
  it('are all in the bundle that translations start from, and no text too many', async () => {
    const calls = [...textSources().matchAll(literalText)];
    const used = calls.map((match) => (match[1] ?? match[2] ?? '').replaceAll(/\\n/g, '\n').replaceAll(/\\(.)/g, '$1'));
    const bundle = Object.fromEntries([...new Set(used)].sort().map((text) => [text, text]));
    const file = join(root, 'l10n/bundle.l10n.json');
    await expect(`${JSON.stringify(bundle, null, 2)}\n`).toMatchFileSnapshot(file);
  });
});
