import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { advanceFacts } from '../protocol/words/modelAdvance.ts';
import { statusFacts } from '../protocol/words/modelStatus.ts';
import { document, facts } from './agentAnswer.ts';
import type { AgentPorts } from './agentPorts.ts';
import { liveRollout, noOption, planOption, rolloutInput, subject } from './agentSubject.ts';
import { answering } from './answering.ts';

const reads = { readOnlyHint: true, openWorldHint: false };
const path = z.string().min(1).max(1000);
const paths = z.array(path).min(1).max(20);

/** Tools that change nothing: the state and the evidence, what a plan would have done, and proposals of plans. */
export function addReadingTools(server: McpServer, ports: AgentPorts): void {
  server.registerTool(
    'rollout_status',
    {
      title: 'Rollout status',
      description: 'The state of the rollout: stage, gate, triggers, flag, sources, and what a person may do now.',
      inputSchema: z.strictObject(rolloutInput),
      annotations: reads,
    },
    answering(async ({ rollout }) =>
      facts(statusFacts(liveRollout(await subject(ports, rollout), ports.now()), ports.now())),
    ),
  );
  server.registerTool(
    'explain_verdict',
    {
      title: 'Why',
      description:
        'Why a gate is unmet, a trigger fires or the rollout was rolled back, with figures, what explains the failures, and failing records.',
      inputSchema: z.strictObject({ ...rolloutInput, about: noOption(z.string().min(1).max(400)).optional() }),
      annotations: reads,
    },
    answering(async ({ rollout, about }) => {
      const view = await subject(ports, rollout);
      const words = ['why', ...(about === undefined ? [] : [about]), ...planOption(view)];
      const standing = statusFacts(liveRollout(view, ports.now()), ports.now());
      return document([...standing, 'What is different about the failures:'].join('\n'), await ports.run(words));
    }),
  );
  server.registerTool(
    'propose_advance',
    {
      title: 'Is it safe to advance?',
      description: 'Tells the needs and the effect of an advance. It advances nothing.',
      inputSchema: z.strictObject(rolloutInput),
      annotations: reads,
    },
    answering(async ({ rollout }) =>
      facts(advanceFacts(liveRollout(await subject(ports, rollout), ports.now()), ports.now())),
    ),
  );
  server.registerTool(
    'daily_review',
    {
      title: 'Facts of the daily review',
      description: 'The facts since the last review, and the checklist items that are due. It ticks nothing.',
      inputSchema: z.strictObject({ ...rolloutInput, since: z.string().max(20).optional() }),
      annotations: reads,
    },
    answering(async ({ rollout, since }) => {
      const view = await subject(ports, rollout);
      const words = ['review', ...(since === undefined ? [] : [`--since=${since}`]), ...planOption(view)];
      return document('The facts of the review:', await ports.run(words));
    }),
  );
  server.registerTool(
    'rollout_journal',
    {
      title: 'Journal',
      description: 'The newest entries of the journal: decisions, firings, edits of the plan, and by whom.',
      inputSchema: z.strictObject({ ...rolloutInput, limit: z.number().int().min(1).max(200).default(40) }),
      annotations: reads,
    },
    answering(async ({ rollout, limit }) => {
      const view = await subject(ports, rollout);
      const words = ['journal', `--limit=${limit}`, ...planOption(view)];
      return document('The journal:', await ports.run(words), { quotesLogs: false });
    }),
  );
  server.registerTool(
    'rollout_report',
    {
      title: 'Report',
      description: 'The report of the rollout in Markdown, with the evidence; of one day with "daily".',
      inputSchema: z.strictObject({ ...rolloutInput, daily: z.iso.date().optional() }),
      annotations: reads,
    },
    answering(async ({ rollout, daily }) => {
      const view = await subject(ports, rollout);
      const words = ['report', ...(daily === undefined ? [] : [`--daily=${daily}`]), ...planOption(view)];
      return document('The report:', await ports.run(words), { quotesLogs: false });
    }),
  );
  addPlanTools(server, ports);
}

/** Tools about plans; files are read only inside the workspace, and nothing is written. */
function addPlanTools(server: McpServer, ports: AgentPorts): void {
  server.registerTool(
    'validate_plan',
    {
      title: 'Validate a plan',
      description: 'Checks the text of a plan and says what its gates and triggers can prove. It writes nothing.',
      inputSchema: z.strictObject({ yaml: z.string().min(1).max(200_000) }),
      annotations: reads,
    },
    answering(async ({ yaml }) =>
      document('The findings, by line:', await ports.run(['lint', '--stdin'], { input: yaml })),
    ),
  );
  server.registerTool(
    'propose_plan',
    {
      title: 'Propose a plan from a metrics file',
      description:
        'Proposes a plan from a metrics file of the workspace, with the counts behind each proposal and the questions that the file cannot answer. It writes nothing.',
      inputSchema: z.strictObject({
        metrics: path,
        arm: z.string().max(200).optional(),
        success: z.string().max(200).optional(),
        latency: z.string().max(200).optional(),
        unit: z.string().max(20).optional(),
        time: z.string().max(200).optional(),
        zone: z.string().max(60).optional(),
      }),
      annotations: reads,
    },
    answering(async ({ metrics, ...answers }) => {
      const given = Object.entries(answers).flatMap(([key, value]) =>
        value === undefined ? [] : [`--${key}=${value}`],
      );
      return document(
        'The proposal. Show it to the person; ask the open questions:',
        await ports.run(['init', await ports.inside(metrics), '--dry-run', ...given]),
      );
    }),
  );
  server.registerTool(
    'import_guide',
    {
      title: 'Draft a plan from a guide',
      description:
        'Reads Markdown execution guides of the workspace as a plan and says what needs a person. It writes nothing.',
      inputSchema: z.strictObject({ guides: paths }),
      annotations: reads,
    },
    answering(async ({ guides }) => {
      const files = await Promise.all(guides.map((guide) => ports.inside(guide)));
      return document(
        'The draft. Disputes are not settled; ask the person:',
        await ports.run(['import', ...files, '--dry-run']),
      );
    }),
  );
  server.registerTool(
    'simulate_plan',
    {
      title: 'Simulate rollouts of the plan',
      description:
        'Simulates many rollouts of the plan over random traffic: how often a healthy one is rolled back, how soon a drop is found, how long the rollout takes, with intervals. `like`: a recording whose traffic it takes; `drop`: the success rate of a broken treatment, in per cent. The figures are of the plan, not of this rollout.',
      inputSchema: z.strictObject({
        ...rolloutInput,
        runs: z.number().int().min(10).max(500).default(100),
        like: path.optional(),
        rate: z.number().gt(0).max(100_000).optional(),
        success: z.number().gt(0).max(100).optional(),
        drop: z.number().min(0).lt(100).optional(),
        seed: z.number().int().min(0).default(1),
      }),
      annotations: reads,
    },
    answering(async ({ rollout, runs, like, rate, success, drop, seed }) => {
      const view = await subject(ports, rollout);
      const shape = [
        ...(like === undefined ? [] : [`--like=${await ports.inside(like)}`]),
        ...(rate === undefined ? [] : [`--rate=${rate}`]),
        ...(success === undefined ? [] : [`--success=${success}%`]),
        ...(drop === undefined ? [] : [`--drop=${drop}%`]),
      ];
      const words = ['simulate', `--runs=${runs}`, `--seed=${seed}`, ...shape, ...planOption(view)];
      return document('The simulation:', await ports.run(words));
    }),
  );
  server.registerTool(
    'replay_plan',
    {
      title: 'Replay recorded data',
      description:
        'Judges recorded metrics files of the workspace by the plan, in virtual time: beside another plan (`against`, a file), or with failures that were not there (`inject`, such as "success=0.9 from 2025-11-09T14:00 for 1h").',
      inputSchema: z.strictObject({
        ...rolloutInput,
        files: paths,
        against: path.optional(),
        inject: z.array(z.string().max(200)).max(10).default([]),
      }),
      annotations: reads,
    },
    answering(async ({ rollout, files, against, inject }) => {
      const view = await subject(ports, rollout);
      const recorded = await Promise.all(files.map((file) => ports.inside(file)));
      const whatIf = [
        ...(against === undefined ? [] : [`--against=${await ports.inside(against)}`]),
        ...inject.map((each) => `--inject=${each}`),
      ];
      return document('The replay:', await ports.run(['replay', ...recorded, ...whatIf, ...planOption(view)]));
    }),
  );
}
