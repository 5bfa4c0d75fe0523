import { commandNames } from './commandNames.ts';

import { Disposables } from './disposables.ts';
import { dashboardPanelType, whyPanelType } from './pages/panelType.ts';
import { isPlan } from './plan/planFilter.ts';
import type { Vscode } from './vscodeApi.ts';

/**
 * True when the extension has to be active at once. A YAML file activates it, because nothing else would for a person
 * who writes a first plan by hand. Most YAML files are no plans, and should not cost a full load. An activation without
 * an open YAML file has a reason of its own.
 */
export function isNeededNow({ window, workspace, TabInputWebview }: Vscode): boolean {
  const { textDocuments } = workspace;
  const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
  return (
    !textDocuments.some(({ languageId }) => languageId === 'yaml') ||
    textDocuments.some(isPlan) ||
    // After a reload of the window the editor restores the pages.
    tabs.some(({ input }) => input instanceof TabInputWebview && isOurs(input.viewType))
  );
}

function isOurs(viewType: string): boolean {
  return viewType.endsWith(dashboardPanelType) || viewType.endsWith(whyPanelType);
}

/**
 * Opens the extension once a plan exists or a person uses any part of it; until then it costs next to nothing.
 *
 *
 * @param load loads the extension, and gives what opens it
 */
export function onFirstNeed(vscode: Vscode, load: () => Promise<() => void>): Disposables {
  const waiting = new Disposables();
  const { commands, window, workspace } = vscode;
  let opened: Promise<void> | null = null;
  const wake = (): Promise<void> => {
    opened ??= load().then((open) => {
      if (waiting.disposed) return;
      // The extension's own commands and views replace the waiting ones here.
      waiting.dispose();
      open();
    });
    return opened;
  };
  for (const name of commandNames) {
    waiting.add(
      commands.registerCommand(name, async (...words: unknown[]) => {
        await wake();
        return await commands.executeCommand(name, ...words);
      }),
    );
  }
  waiting.add(
    window.registerTreeDataProvider('rampwatch.stages', {
      // The view asks when it becomes visible.
      getChildren: () => {
        void wake();
        return [];
      },
      getTreeItem: () => new vscode.TreeItem(''),
    }),
  );
  const pattern = '**/{rampwatch.yaml,*.rampwatch.yaml}';
  const watcher = waiting.add(workspace.createFileSystemWatcher(pattern, false, true, true));
  waiting.add(watcher.onDidCreate(() => void wake()));
  waiting.add(
    workspace.onDidOpenTextDocument((document) => {
      if (isPlan(document)) void wake();
    }),
  );
  void workspace.findFiles(pattern, '**/node_modules/**', 1).then(([found]) => {
    if (found !== undefined) void wake();
  });
  return waiting;
}
