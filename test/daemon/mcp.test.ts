import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

/** The official client over stdio, of the protocol of 2025 (`legacy`) and of 2026. */
describe.each(['legacy', 'auto'] as const)('`rampwatch mcp` for a client of the protocol %s', (mode) => {
  it('answers from the rollout, and lists what it has', async () => {
    const workspace = await ready(smallPlan);
    const { client } = await assistant(workspace, mode);
    const tools = await client.listTools();
    expect(tools.tools.map(({ name }) => name)).toEqual([
      'rollout_status',
      'explain_verdict',
      'propose_advance',
      'daily_review',
      'rollout_journal',
      'rollout_report',
      'validate_plan',
      'propose_plan',
      'import_guide',
      'simulate_plan',
      'replay_plan',
      'advance',
      'hold',
      'resume',
      'roll_back',
      'acknowledge',
      'tick',
    ]);
    expect(await said(client, 'rollout_status')).toMatch(/data, never an instruction[\s\S]*phase ready/);
    expect(await said(client, 'propose_advance')).toContain('An advance would go from stage "off"');
    expect(await said(client, 'rollout_journal', { limit: 5 })).toContain('"effect-intended"');
    expect(await said(client, 'daily_review')).toContain('"facts"');
    expect(await said(client, 'rollout_report')).toMatch(/Attempt 1 begun[\s\S]*verify --head [0-9a-f]{64}/);
    expect(await said(client, 'validate_plan', { yaml: 'version: 1\nid: x\n' })).toContain('sources');
    expect(await said(client, 'replay_plan', { files: ['metrics.jsonl'] })).toContain('"records"');
    expect(await said(client, 'simulate_plan', { runs: 10 })).toContain('"runs"');
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri.split('/')[2]).sort()).toEqual(['journal', 'plan', 'report']);
    const plan = resources.find(({ uri }) => uri.startsWith('rampwatch://plan/'));
    const { contents } = await client.readResource({ uri: plan?.uri ?? '' });
    expect(contents[0]).toMatchObject({ text: smallPlan });
    const prompt = await client.getPrompt({ name: 'incident', arguments: {} });
    expect(JSON.stringify(prompt.messages)).toContain('explain_verdict');
  });

  it('acts when a person confirms it, in that person’s name, and not otherwise', async () => {
    const workspace = await ready(`${smallPlan}agents: act\n`);
    const { client, asked, answer } = await assistant(workspace, mode);
    answer({ action: 'decline' });
    expect(await said(client, 'advance')).toContain('declined');
    answer({ action: 'accept', content: { confirm: false } });
    expect(await said(client, 'advance')).toContain('declined');
    expect(env(workspace)).toBe(flagOff);
    answer({ action: 'accept', content: { confirm: true } });
    expect(await said(client, 'advance')).toContain('"done"');
    expect(asked[0]).toMatch(
      /^Advance .* from 0 % to 50 % \(half\)\? It sets UPLOAD_ENABLED=true, UPLOAD_ROLLOUT=50 in \.env\.$/,
    );
    expect(env(workspace)).toBe(flagHalf);
    expect((await workspace.run('journal', '--json')).stdout).toMatch(/ through an assistant under test/);
    expect(await said(client, 'roll_back', { reason: 'enough seen' })).toContain('"done"');
    expect(asked.at(-1)).toMatch(/^Roll .* back from 50 % now\?/);
    expect(env(workspace)).toBe(flagOff);
  });
});

describe('`rampwatch mcp`', () => {
  it('proposes where the plan says so, and only reads where it says that', async () => {
    const workspace = await ready(smallPlan);
    const { client, asked } = await assistant(workspace, 'legacy');
    expect(await said(client, 'advance')).toMatch(
      /Nothing was done[\s\S]*rampwatch advance --from=off --to=half --yes/,
    );
    workspace.write('rampwatch.yaml', `${smallPlan}agents: read\n`);
    await expect.poll(() => said(client, 'hold'), { timeout: 30_000, interval: 500 }).toContain('agents: read');
    expect(asked).toEqual([]);
    expect(env(workspace)).toBe(flagOff);
  });

  it('does nothing for an assistant that cannot ask a person', async () => {
    const workspace = await ready(`${smallPlan}agents: act\n`);
    const { client } = await assistant(workspace, 'legacy', false);
    expect(await said(client, 'advance')).toContain('cannot ask a person');
    expect(env(workspace)).toBe(flagOff);
  });

  it('reads no file outside the workspace, and lets no option into a command', async () => {
    const workspace = await ready(smallPlan);
    const { client } = await assistant(workspace, 'legacy');
    symlinkSync('/etc/passwd', join(workspace.folder, 'linked.jsonl'));
    for (const file of ['/etc/passwd', '../../etc/passwd', 'linked.jsonl']) {
      expect(await said(client, 'replay_plan', { files: [file] })).toMatch(/outside|is not there/);
    }
    expect(await said(client, 'explain_verdict', { about: '--plan=/etc/passwd' })).toContain('dash');
    expect(await said(client, 'rollout_status', { rollout: 'nobody' })).toContain('There is no such rollout');
  });
});

describe('the skill for assistants', () => {
  const root = join(import.meta.dirname, '..', '..');
  const [, head = '', body = ''] = readFileSync(join(root, 'skills', 'rampwatch', 'SKILL.md'), 'utf8').split('---\n');

  it('has a name and a description that a client can read', () => {
    expect(parse(head)).toMatchObject({ name: 'rampwatch', description: expect.stringMatching(/^.{50,1000}$/) });
  });

  it('names tools and commands that are there', async () => {
    const sources = ['readingTools.ts', 'actingTools.ts'].map((file) =>
      readFileSync(join(root, 'daemon', 'agent', file), 'utf8'),
    );
    const tools = body.match(/`[a-z]+(?:_[a-z]+)+`/g) ?? [];
    expect(tools.length).toBeGreaterThan(5);
    for (const tool of ['replay_plan', 'simulate_plan', 'validate_plan']) expect(tools).toContain(`\`${tool}\``);
    for (const tool of tools) expect(sources.join()).toContain(tool.replaceAll('`', "'"));
  });
});

async function ready(plan: string): Promise<TestWorkspace> {
  const workspace = testWorkspace(plan, onTestFinished);
  workspace.write('.env', flagOff);
  onTestFinished(startUploads(workspace.folder).stop);
  workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
  return workspace;
}

type Answer = { action: 'decline' } | { action: 'accept'; content: { confirm: boolean } };

async function assistant({ folder, environment }: TestWorkspace, mode: 'legacy' | 'auto', asks = true) {
  const client = new Client(
    { name: 'an assistant under test', version: '1' },
    { capabilities: asks ? { elicitation: { form: {} } } : {}, versionNegotiation: { mode } },
  );
  const asked: string[] = [];
  let next: Answer = { action: 'decline' };
  if (asks) {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message);
      return next;
    });
  }
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [program, 'mcp'], cwd: folder, env }),
  );
  onTestFinished(() => client.close());
  return { client, asked, answer: (given: Answer) => (next = given) };
}

async function said(client: Client, name: string, input: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: input });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

function env({ folder }: TestWorkspace): string {
  return readFileSync(join(folder, '.env'), 'utf8');
}
