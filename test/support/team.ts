import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PhaseKind } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { postgresPrograms, startPostgres, type TestPostgres } from './postgres.ts';
import { type TestWorkspace, testWorkspace } from './runningDaemon.ts';
import { flagOff, smallPlan } from './smallPlan.ts';

export const teamPlan = `${smallPlan}team: { postgres: TEAM_URL, lease: 3s }\n`;

/** Beside a test's name, where there is no server to test with. */
export const withoutPostgres =
  postgresPrograms() === null ? ' (not run: PostgreSQL is not installed, Debian: postgresql)' : '';

/** @param through words before the server's programs, for one that sees a disk of its own */
export async function teamDatabase(through?: readonly string[]): Promise<TestPostgres> {
  const server = await startPostgres(onTestFinished, through);
  server.createDatabase('team');
  return server;
}

/** The folder of one person of the team, with a source and a flag of its own: its flag shows who has set it. */
export function teamMember(url: string, name: string, plan = teamPlan): TestWorkspace {
  const workspace = testWorkspace(plan);
  workspace.environment.TEAM_URL = url;
  workspace.environment.RAMPWATCH_TEAM_NAME = name;
  workspace.write('.env', flagOff);
  const line = JSON.stringify({ timestamp: new Date().toISOString(), arm: 'old', ok: true });
  appendFileSync(join(workspace.folder, 'metrics.jsonl'), `${line}\n`);
  return workspace;
}

export async function connected(workspace: TestWorkspace): Promise<Client> {
  const client = await workspace.connect();
  onTestFinished(() => client.close());
  return client;
}

type Holds = (view: WorkspaceView) => boolean;
const shown =
  (holds: (rollout: RolloutView) => boolean): Holds =>
  ({ rollouts: [rollout] }) =>
    rollout !== undefined && holds(rollout);

export const holding: Holds = shown(({ team }) => team?.role === 'holds' && team.trouble === null);
export const following: Holds = shown(
  ({ team }) => team?.role === 'follows' && team.holder !== null && team.trouble === null,
);
export const inTrouble = (text: string): Holds => shown(({ team }) => team?.trouble?.includes(text) === true);
export const inStage = (stage: string): Holds =>
  shown(({ standing }) => standing.attempt > 0 && standing.stage === stage);
export const inPhase = (kind: PhaseKind): Holds => shown(({ standing }) => standing.phase.kind === kind);

export function flagOf({ folder }: TestWorkspace): string {
  return readFileSync(join(folder, '.env'), 'utf8');
}
