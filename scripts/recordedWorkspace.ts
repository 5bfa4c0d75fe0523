import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadPlan } from '../daemon/plan/load.ts';
import { wallTime } from '../daemon/protocol/domain/units.ts';
import type { Params } from '../daemon/protocol/wire/messages.ts';
import type { ReportParams } from '../daemon/protocol/wire/reportRequest.ts';
import { startHub } from '../daemon/serve/hub.ts';
import { stateDirectory } from '../daemon/store/stateDirectory.ts';
import { version } from '../daemon/version.ts';
import { RecordedRollout } from '../test/support/recordedRollout.ts';

const metrics = 'logs/async_upload_rollout/metrics.jsonl';
const day = 86_400_000;

/** A workspace whose rollout has a history: a recording moved in time so that a moment of it is now. */
export interface RecordedWorkspace {
  readonly folder: string;
  readonly environment: { readonly RAMPWATCH_STATE_DIRECTORY: string };
  readonly rollout: RecordedRollout;
  /** Plays on to a moment of the recording, and tells the clients. */
  play(moment: number): Promise<void>;
  /** Tells the clients what was changed. */
  publish(): void;
  close(): Promise<void>;
}

/**
 * `now`: the moment of the recording that is to be the present. Whole days keep the recording's times of day, so a
 * moment without one (`time: 'kept'` moves by minutes) shows the hours as they were.
 */
export async function recordedWorkspace(
  repository: string,
  folder: string,
  now: number,
  times: 'of day kept' | 'moved',
): Promise<RecordedWorkspace> {
  const recording = join(repository, 'test', 'fixtures', 'recorded', 'incident', 'metrics.jsonl.gz');
  const step = times === 'moved' ? 60_000 : day;
  const shift = Math.floor((Date.now() - now) / step) * step;
  await mkdir(join(folder, dirname(metrics)), { recursive: true });
  await mkdir(join(folder, 'reports'), { recursive: true });
  const plan = readFileSync(join(repository, 'test/fixtures/plans/async-upload.rampwatch.yaml'), 'utf8');
  // Independent of the hour: items of each day are due since the last full hour before the shown moment.
  const hour = String(new Date(now + shift).getUTCHours()).padStart(2, '0');
  const dates = /\b(20\d\d-\d\d-\d\d)(T\d\d:\d\dZ)?/g;
  await writeFile(
    join(folder, 'rampwatch.yaml'),
    plan
      .replace('at: "09:00"', `at: "${hour}:00"`)
      .replaceAll(dates, (text, date: string, time: string | undefined) => {
        const moved = new Date(
          Date.parse(time === undefined ? `${date}T00:00Z` : text) + Math.round(shift / day) * day,
        ).toISOString();
        return time === undefined ? moved.slice(0, 10) : `${moved.slice(0, 16)}Z`;
      }),
  );
  await writeFile(join(folder, '.env'), 'ASYNC_UPLOAD_ENABLED=true\nASYNC_UPLOAD_ROLLOUT=10\n');
  await writeFile(join(folder, 'WEEK1_DETAILED_EXECUTION_PLAN.md'), '# Week 1\n');
  const records = gunzipSync(readFileSync(recording)).toString('utf8');
  const moved = records.replaceAll(/"timestamp": "([^"]+?)(\d{3})"/g, (_, time: string, micros: string) => {
    const at = new Date(Date.parse(`${time}Z`) + shift).toISOString().slice(0, -1);
    return `"timestamp": "${at}${micros}"`;
  });
  writeFileSync(join(folder, metrics), moved);

  const rollout = new RecordedRollout(loadPlan(join(folder, 'rampwatch.yaml')), join(folder, metrics), metrics);
  const environment = { RAMPWATCH_STATE_DIRECTORY: join(folder, '..', 'state') };
  const directory = stateDirectory(folder, environment);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const startedAt = wallTime(Date.now());
  const view = () => ({
    root: folder,
    rollouts: [rollout.view],
    problems: [],
    faults: [],
    daemon: { pid: process.pid, version, startedAt },
  });
  const quiet = () => undefined;
  const hub = await startHub({
    directory,
    root: folder,
    version,
    now: () => wallTime(Date.now()),
    log: { info: quiet, warn: quiet, error: quiet },
    handlers: {
      view,
      request: (method, params) => {
        if (method === 'series') return rollout.series(params as Parameters<RecordedRollout['series']>[0]) as never;
        if (method === 'review') return rollout.review() as never;
        if (method === 'report') {
          const { format, period } = params as ReportParams;
          return rollout.report(format, period) as never;
        }
        if (method === 'journal') return { entries: [] } as never;
        if (method === 'records') return { places: [] } as never;
        if (method === 'failures') return rollout.failures(params as Params<'failures'>) as never;
        throw new Error(`a recording takes no ${method}`);
      },
    },
  });
  return {
    folder,
    environment,
    rollout,
    async play(moment) {
      await rollout.play(moment + shift);
      await rollout.explain();
      hub.publishSnapshot();
    },
    publish: () => hub.publishSnapshot(),
    close: () => hub.close(),
  };
}
