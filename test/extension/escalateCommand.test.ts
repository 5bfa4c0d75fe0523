import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';
import { openSample, type Sample } from './openSample.ts';

interface Opened extends Sample {
  readonly workspace: TestWorkspace;
  readonly client: Client;
  /** The arguments with which the chat was opened. */
  readonly chats: unknown[];
  /** The Markdown that is shown. */
  preview(): Promise<string>;
}

const command = `escalation:
  contact: "[on-call](https://elsewhere.example)"
  reference: INC-7
  command: ["${process.execPath}", "-e", "console.log('told', process.argv[1])", "\${bundle}"]
`;

/** The extension over a hub whose escalation is a real daemon's. */
async function opened(escalation: string): Promise<Opened> {
  const workspace = testWorkspace(smallPlan.replace('id: uploads', 'id: async-upload') + escalation);
  workspace.write('.env', flagOff);
  workspace.startDaemon();
  const client = await workspace.connect();
  const chats: unknown[] = [];
  let preview = '';
  const sample = openSample((mock, daemon) => {
    daemon.forward = async (method, params) => await client.request(method as never, params as never);
    mock.commands.set('markdown.showPreview', async (uri) => {
      preview = (await mock.vscode.workspace.openTextDocument(uri as never)).getText();
    });
    mock.commands.set('workbench.action.chat.open', (options) => chats.push(options));
  });
  await sample.until('the connection', () => sample.mock.contextKeys.get('rampwatch.running') === true);
  await sample.until('the tree', () => sample.mock.tree('rampwatch.stages') !== '');
  return { ...sample, workspace, client, chats, preview: async () => preview };
}

const bundles = ({ folder }: TestWorkspace) => readdirSync(folder).filter((name) => name.startsWith('bundle'));
const escalated = async (client: Client) =>
  (await client.request('journal', { rollout: null, before: null, limit: 100 })).entries.filter(
    ({ body }) => body.kind === 'escalated',
  );

describe('Escalate', () => {
  it('shows exactly what would go in, and writes nothing before it is agreed to', async () => {
    const { mock, workspace, client, preview } = await opened(command);
    mock.answers.push('too | slow');
    await mock.run('rampwatch.escalate');
    const listing = await client.request('escalation', { rollout: 'async-upload', reason: null });
    const text = await preview();
    for (const { path } of listing.files) expect(text).toContain(`| ${path.replace('.', '\\.')} |`);
    expect(text).toContain('Reason: too \\| slow');
    expect(text).toContain('\\[on\\-call\\]\\(https\\:');
    expect(text).toContain(`\n"\${bundle}"\n\`\`\``);
    expect(text).toContain(`sha256 \`${listing.command?.sha256}\`, not approved on this machine yet`);
    expect(mock.shown.at(-1)).toMatch(
      /^information: .* Nothing is written yet\. \[Write Bundle…\] \[Write as Folder…\]$/,
    );
    expect(bundles(workspace)).toEqual([]);
    mock.answers.push('', 'Write Bundle…');
    await mock.run('rampwatch.escalate');
    expect(mock.shown.at(-1)).toMatch(/^save: Write Bundle \| \/workspace\/escalation-async-upload-\d+T\d+Z\.tgz$/);
    expect(bundles(workspace)).toEqual([]);
  });

  it('writes an archive or a folder, overwrites neither, and opens it in chat with the tools', async () => {
    const { mock, workspace, chats, preview } = await opened('');
    const file = join(workspace.folder, 'bundle.tgz');
    mock.answers.push('', 'Write Bundle…', file, 'Open in Chat');
    await mock.run('rampwatch.escalate', mock.element('rampwatch.stages', '10 %'));
    expect(existsSync(file)).toBe(true);
    expect(mock.shown.at(-1)).toMatch(/^information: Wrote .*bundle\.tgz .* \[Open in Chat\] \[Reveal in Explorer\]$/);
    expect(chats).toEqual([
      { query: expect.stringMatching(/#rollout_status .*#explain_verdict .*bundle\.tgz/), isPartialQuery: true },
    ]);
    mock.commands.delete('workbench.action.chat.open');
    const folder = join(workspace.folder, 'bundle');
    mock.answers.push('', 'Write Bundle…', file, 'Write as Folder…', folder, 'Reveal in Explorer');
    await mock.run('rampwatch.escalate');
    expect(mock.shown.filter((line) => line.startsWith('warning'))).toEqual([
      `warning: ${file} exists and is not overwritten. [Write Bundle…] [Write as Folder…]`,
    ]);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const text = await preview();
    for (const { parentPath, name } of files) {
      const sha256 = createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex');
      expect(text, name).toMatch(new RegExp(`^${sha256}  .*${name}$`, 'm'));
    }
    expect(text).toContain(`These ${files.length} files,`);
    expect(mock.shown.slice(-2)).toEqual([
      expect.stringMatching(/^information: Wrote .*bundle \(.* bytes\)\. \[Reveal in Explorer\]$/),
      'command: revealFileInOS',
    ]);
  });

  it("runs the plan's command only after its very words were shown and approved", async () => {
    const { mock, workspace, client } = await opened(command);
    const file = join(workspace.folder, 'bundle.tgz');
    mock.answers.push('', 'Write Bundle…', file, 'Run Command…');
    await mock.run('rampwatch.escalate');
    const { command: shown } = await client.request('escalation', { rollout: 'async-upload', reason: null });
    expect(mock.shown.at(-1)).toMatch(/^modal warning: Run the plan's command .* \[Approve and Run\]$/);
    for (const word of shown?.argv ?? []) expect(mock.shown.at(-1)).toContain(JSON.stringify(word));
    expect(mock.shown.at(-1)).toContain(`sha256 ${shown?.sha256}, not approved`);
    expect(await escalated(client)).toEqual([]);
    const other = join(workspace.folder, 'bundle-2.tgz');
    mock.answers.push('', 'Write Bundle…', other, 'Run Command…', 'Approve and Run');
    await mock.run('rampwatch.escalate');
    expect(mock.documents.text()).toBe(`told ${other}`);
    expect(mock.shown.at(-1)).toMatch(
      /^information: The command is done\. The answer is in the journal\. \[Open in Chat\]/,
    );
    expect(await escalated(client)).toMatchObject([
      { body: { reference: 'INC-7', command: { sha256: shown?.sha256 } } },
    ]);
  });

  it('never runs another command than the one that was shown, even if that one is approved', async () => {
    const asked: Params<'runEscalation'>[] = [];
    const { mock, workspace, client, daemon } = await opened(command);
    const forward = daemon.forward;
    daemon.forward = async (method, params) => {
      if (method !== 'runEscalation') return await forward?.(method, params);
      asked.push(params as Params<'runEscalation'>);
      return await forward?.(method, { ...(params as Params<'runEscalation'>), approve: 'f'.repeat(64) });
    };
    mock.answers.push('', 'Write Bundle…', join(workspace.folder, 'bundle.tgz'), 'Run Command…', 'Approve and Run');
    await mock.run('rampwatch.escalate');
    const { command: shown } = await client.request('escalation', { rollout: 'async-upload', reason: null });
    expect(asked.map(({ approve }) => approve)).toEqual([shown?.sha256]);
    expect(mock.shown.at(-1)).toMatch(
      /^error: Rampwatch: the plan's command, or a file that it names, is not what was approved/,
    );
    expect(await escalated(client)).toEqual([]);
  });

  it('does nothing in a workspace that is not trusted, or when the reason is left', async () => {
    const { mock, workspace, preview } = await opened(command);
    await mock.run('rampwatch.escalate');
    mock.trusted = false;
    mock.answers.push('');
    await mock.run('rampwatch.escalate');
    expect(mock.shown.at(-1)).toContain('it needs a trusted workspace');
    expect(await preview()).toBe('');
    expect(bundles(workspace)).toEqual([]);
  });
});
