'use strict';
const vscode = require('vscode');

const page = `<!doctype html><html><body><button id="hello">Hello</button><script>
const host = acquireVsCodeApi();
document.getElementById('hello').onclick = () => host.postMessage('hello');
</script></body></html>`;

exports.activate = (context) => {
  const status = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
  status.text = '$(beaker) probe ready';
  status.accessibilityInformation = { label: 'Probe is ready' };
  status.command = 'probe.ask';
  status.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
  status.show();

  const say = (text) => {
    status.text = `$(beaker) ${text}`;
  };
  let ticked = false;
  const changed = new vscode.EventEmitter();
  const tree = (checkboxes) => ({
    onDidChangeTreeData: changed.event,
    getChildren: (element) => (element === undefined ? ['one', 'ten'] : element === 'one' ? ['gate', 'soak'] : []),
    getTreeItem: (element) => {
      const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
      const item = new vscode.TreeItem(element, element === 'one' ? Expanded : element === 'ten' ? Collapsed : None);
      item.id = element;
      if (element === 'gate' || element === 'soak') item.contextValue = 'leaf';
      if (element === 'gate') item.description = '3 of 4';
      if (element === 'soak' && checkboxes) {
        item.checkboxState = ticked ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked;
      }
      return item;
    },
  });
  const view = vscode.window.createTreeView('probe.tree', {
    treeDataProvider: tree(true),
    manageCheckboxStateManually: true,
  });
  const none = { getChildren: () => [], getTreeItem: (element) => element };

  context.subscriptions.push(
    status,
    view,
    view.onDidChangeCheckboxState(({ items }) => {
      ticked = items[0][1] === vscode.TreeItemCheckboxState.Checked;
      changed.fire(undefined);
    }),
    vscode.window.registerTreeDataProvider('probe.empty', none),
    vscode.window.registerTreeDataProvider('probe.alone', tree(false)),
    vscode.commands.registerCommand('probe.ask', async () => {
      const answer = await vscode.window.showWarningMessage(
        'Roll back?',
        { modal: true, detail: 'At once.' },
        'Roll Back',
      );
      const next = await vscode.window.showInformationMessage(`answered ${answer}`, 'Why');
      if (next !== 'Why') return;
      const reason = await vscode.window.showInputBox({ title: 'Reason' });
      const level = await vscode.window.showQuickPick(['low', 'high'], { title: 'Level' });
      say(`${reason} ${level}`);
    }),
    vscode.commands.registerCommand('probe.environment', () =>
      vscode.window.showInformationMessage(
        `PROBE=${process.env.PROBE} Node ${process.versions.node} trusted=${vscode.workspace.isTrusted}`,
      ),
    ),
    vscode.commands.registerCommand('probe.touch', (element) => say(`touched ${element}`)),
    vscode.commands.registerCommand('probe.refresh', () => say('refreshed')),
    vscode.commands.registerCommand('probe.page', () => {
      const panel = vscode.window.createWebviewPanel('probe', 'Probe Page', vscode.ViewColumn.One, {
        enableScripts: true,
      });
      panel.webview.html = page;
      panel.webview.onDidReceiveMessage((message) => say(`page says ${message}`));
    }),
  );
};
