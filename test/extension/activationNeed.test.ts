import { describe, expect, it } from 'vitest';
import { isNeededNow, onFirstNeed } from '../../extension/activationNeed.ts';
import { commandNames } from '../../extension/commandNames.ts';
import type { Vscode } from '../../extension/vscodeApi.ts';

interface Document {
  readonly languageId: string;
  readonly uri: { readonly scheme: string; readonly fsPath: string };
}

const yaml = (fsPath: string): Document => ({ languageId: 'yaml', uri: { scheme: 'file', fsPath } });

class Webview {
  readonly viewType: string;

  constructor(viewType: string) {
    this.viewType = viewType;
  }
}

/** As much of the editor as the first look sees. */
function editor(open: readonly Document[], tabs: readonly unknown[] = [], plans: readonly string[] = []) {
  const commands = new Map<string, (...words: unknown[]) => unknown>();
  const created: (() => void)[] = [];
  const opened: ((document: Document) => void)[] = [];
  const views: { getChildren(): unknown }[] = [];
  const nothing = { dispose: () => undefined };
  const vscode = {
    TabInputWebview: Webview,
    TreeItem: Object,
    window: {
      tabGroups: { all: [{ tabs: tabs.map((input) => ({ input })) }] },
      registerTreeDataProvider: (_id: string, provider: { getChildren(): unknown }) => {
        views.push(provider);
        return { dispose: () => views.splice(views.indexOf(provider), 1) };
      },
    },
    workspace: {
      textDocuments: open,
      findFiles: async () => plans,
      onDidOpenTextDocument: (listener: (document: Document) => void) => {
        opened.push(listener);
        return nothing;
      },
      createFileSystemWatcher: () => ({
        ...nothing,
        onDidCreate: (listener: () => void) => {
          created.push(listener);
          return nothing;
        },
      }),
    },
    commands: {
      registerCommand: (name: string, act: (...words: unknown[]) => unknown) => {
        if (commands.has(name)) throw new Error(`${name} is there already`);
        commands.set(name, act);
        return { dispose: () => commands.delete(name) };
      },
      executeCommand: (name: string, ...words: unknown[]) => commands.get(name)?.(...words),
    },
  } as unknown as Vscode;
  let loads = 0;
  const waiting = onFirstNeed(vscode, async () => {
    loads += 1;
    return () => {
      for (const name of commandNames) {
        vscode.commands.registerCommand(name, async (...words: unknown[]) => [name, ...words]);
      }
    };
  });
  return { vscode, commands, created, opened, views, waiting, loads: () => loads };
}

/** Until no work is left. */
const settled = () => new Promise((next) => setImmediate(next));

describe('the first look', () => {
  it('sees whether the extension was activated for more than a YAML file', () => {
    expect(isNeededNow(editor([]).vscode)).toBe(true);
    expect(isNeededNow(editor([yaml('/app/docker-compose.yaml')]).vscode)).toBe(false);
    expect(isNeededNow(editor([yaml('/app/docker-compose.yaml'), yaml('/app/rampwatch.yaml')]).vscode)).toBe(true);
    const dashboard = new Webview('mainThreadWebview-rampwatch.dashboard');
    expect(isNeededNow(editor([yaml('/app/docker-compose.yaml')], [dashboard]).vscode)).toBe(true);
  });

  it('loads nothing while nobody asks', async () => {
    const { loads, opened } = editor([yaml('/app/docker-compose.yaml')]);
    for (const tell of opened) tell(yaml('/app/other.yaml'));
    await settled();
    expect(loads()).toBe(0);
  });

  it.each([
    ['a plan is opened', ({ opened }: ReturnType<typeof editor>) => opened[0]?.(yaml('/app/rampwatch.yaml'))],
    ['a plan is written', ({ created }: ReturnType<typeof editor>) => created[0]?.()],
    ['the view is seen', ({ views }: ReturnType<typeof editor>) => views[0]?.getChildren()],
  ])('opens the extension once, when %s', async (_what, happens) => {
    const sample = editor([yaml('/app/docker-compose.yaml')]);
    happens(sample);
    happens(sample);
    await settled();
    expect([sample.loads(), sample.views.length, sample.waiting.disposed]).toEqual([1, 0, true]);
  });

  it('opens it for a plan that is there already', async () => {
    const { loads } = editor([yaml('/app/docker-compose.yaml')], [], ['/app/rampwatch.yaml']);
    await settled();
    expect(loads()).toBe(1);
  });

  it('hands a command on to the extension', async () => {
    const { vscode, loads } = editor([yaml('/app/docker-compose.yaml')]);
    expect(await vscode.commands.executeCommand('rampwatch.importGuide', 'a', 'b')).toEqual([
      'rampwatch.importGuide',
      'a',
      'b',
    ]);
    expect(loads()).toBe(1);
  });

  it('opens nothing after the window has let go of it', async () => {
    const { created, waiting, commands } = editor([yaml('/app/docker-compose.yaml')]);
    created[0]?.();
    waiting.dispose();
    await settled();
    expect(commands.size).toBe(0);
  });
});
