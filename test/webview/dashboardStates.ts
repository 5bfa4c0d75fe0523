import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { HostMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import { firing, lookedAt, sampleSource } from '../extension/sampleViews.ts';
import { fullRollout, snapshot, trigger } from './dashboardSamples.ts';

const hour = 3_600_000;
const place = { file: 'logs/metrics.jsonl', line: 1204, offset: 88_000 };
const fired = { ...firing, evidence: [place, { ...place, line: 1207 }] };

/** Every state that the page is designed for, as the host would tell it. */
export const dashboardStates: Readonly<Record<string, HostMessage>> = {
  soaking: snapshot(fullRollout()),
  planned: snapshot(
    fullRollout(
      { triggers: fullRollout().triggers.map((each) => ({ ...each, phase: { kind: 'idle' as const } })), flag: null },
      {
        attempt: 0,
        phase: { kind: 'planned' },
        stage: 'off',
        stageIndex: 0,
        percent: percent(0),
        missing: ['not begun'],
        may: ['begin'],
        effects: {},
      },
    ),
  ),
  'exposed without an attempt': snapshot(
    fullRollout(
      { flag: null },
      {
        attempt: 0,
        phase: { kind: 'planned' },
        exposure: {
          by: 'flag',
          percent: percent(10),
          detail: '.env says ASYNC_UPLOAD_ROLLOUT=10',
          since: eventTime(lookedAt - hour),
          adopt: ['ten'],
        },
        health: { kind: 'alarm', detail: 'exposed without an attempt' },
        stage: 'off',
        stageIndex: 0,
        percent: percent(10),
        missing: [],
        may: ['adopt', 'rollback'],
      },
    ),
  ),
  ready: snapshot(
    fullRollout(
      {},
      {
        phase: { kind: 'ready' },
        gateMet: 4,
        missing: [],
        may: ['advance', 'hold', 'rollback'],
        soak: { required: duration(24 * hour), soaked: duration(24 * hour), countingSince: null },
      },
    ),
  ),
  held: snapshot(
    fullRollout(
      {},
      {
        phase: { kind: 'held', cause: { kind: 'person', by: 'ada', reason: 'the on-call asked to wait' } },
        since: wallTime(lookedAt - hour),
        soak: { required: duration(48 * hour), soaked: duration(27 * hour), countingSince: null },
        may: ['advance', 'override', 'resume', 'rollback'],
      },
    ),
  ),
  review: snapshot(
    fullRollout(
      {},
      {
        phase: { kind: 'review', firings: [{ ...fired, trigger: 'slow' }], returnsTo: { kind: 'soaking' } },
        health: { kind: 'alarm', detail: 'slow fired' },
        since: wallTime(lookedAt - hour),
        may: ['acknowledge', 'rollback'],
      },
    ),
  ),
  'rolled back': snapshot(
    fullRollout(
      {
        triggers: [trigger('low-success', { phase: { kind: 'idle' } })],
      },
      {
        phase: { kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } },
        since: wallTime(lookedAt - 30_000),
        missing: ['rolled back: begin starts a new attempt'],
        may: ['begin'],
        effects: {},
      },
    ),
  ),
  'rollback failed': snapshot(
    fullRollout(
      {},
      {
        phase: {
          kind: 'rollback-failed',
          cause: { kind: 'person', by: 'ada', reason: 'complaints' },
          detail: '.env is not writable',
        },
        health: { kind: 'alarm', detail: 'the rollback failed: .env is not writable' },
        may: ['rollback'],
      },
    ),
  ),
  completed: snapshot(
    fullRollout(
      {},
      {
        phase: { kind: 'completed' },
        stage: 'full',
        stageIndex: 4,
        percent: percent(100),
        missing: [],
        may: ['rollback'],
      },
    ),
  ),
  'no data': snapshot(
    fullRollout(
      {
        sources: [sampleSource({ arrived: null, newest: null, fresh: false, records: 0 })],
        stages: fullRollout().stages.map((stage) => ({
          ...stage,
          gate: stage.gate.map((verdict) => ({
            ...verdict,
            verdict: 'no-data' as const,
            figure: { ...verdict.figure, value: null, n: 0, good: null },
            label: null,
            reason: 'no uploads yet',
          })),
        })),
      },
      { health: { kind: 'stale', detail: 'logs/metrics.jsonl has given nothing yet' }, gateMet: 0, watermark: null },
    ),
  ),
  'daemon gone': snapshot(fullRollout(), {
    link: { kind: 'gone', since: wallTime(lookedAt - 90_000), detail: 'connection lost' },
  }),
  'plan edited badly': snapshot(
    fullRollout({ plan: { ...fullRollout().plan, problem: 'rampwatch.yaml:31:12: `soak` needs a unit' } }),
    { faults: ['the disk is full: nothing can be stored'] },
  ),
  'plan at fault without daemon': snapshot(
    fullRollout({ plan: { ...fullRollout().plan, problem: 'rampwatch.yaml:31:12: `soak` needs a unit' } }),
    {
      link: { kind: 'stopped', detail: 'rampwatch.yaml:31:12: `soak` needs a unit' },
      problems: [{ file: '/workspace/rampwatch.yaml', message: 'rampwatch.yaml:31:12: `soak` needs a unit' }],
    },
  ),
  'one of two rollouts': snapshot(fullRollout(), {
    rollouts: [
      { folder: 'app', rollout: 'async-upload', name: 'Async upload rollout', summary: '10 %, soaking' },
      { folder: 'app', rollout: 'search', name: 'Search', summary: 'not begun' },
    ],
  }),
  'long names': longNames(),
  'no plan': snapshot(null),
  'daemon stopped': snapshot(null, { empty: 'daemon-stopped' }),
  'unusable plan': snapshot(null, {
    empty: 'unusable-plan',
    problems: [{ file: 'rampwatch.yaml', message: 'rampwatch.yaml:3:1: `stages` is missing' }],
  }),
  'daemon not started': snapshot(null, {
    empty: 'daemon-stopped',
    link: { kind: 'stopped', detail: 'the state directory /home/ana/.local/state/rampwatch is not writable' },
  }),
  untrusted: snapshot(null, { empty: 'untrusted' }),
};

/** Sixty characters to a name, ten stages, thirty items, eight triggers: what a page that was drawn for short names breaks on. */
function longNames(): HostMessage {
  const view = fullRollout();
  const long = (text: string) => `${text} of the asynchronous upload path for everybody else`.slice(0, 60);
  const [, , ten] = view.stages;
  if (ten === undefined) throw new Error('the sample has no third stage');
  const shares = [0, 1, 2, 5, 10, 20, 35, 50, 75, 100];
  const [template] = view.triggers;
  const [list] = view.checklists;
  const [source] = view.sources;
  if (template === undefined || list === undefined || source === undefined) throw new Error('the sample is too small');
  return snapshot(
    {
      ...view,
      plan: { ...view.plan, name: long('The gradual introduction') },
      stages: shares.map((share, index) => ({
        ...ten,
        id: long(`stage-${index}-proves-the-throughput`),
        percent: percent(share),
        state: index < 4 ? 'passed' : index === 4 ? 'current' : 'ahead',
        visit: index > 4 ? null : ten.visit,
        gate: ten.gate.map((verdict, place) => ({
          ...verdict,
          measure: long(`measure_${place}_of_the_share`).replaceAll(' ', '_'),
          condition: `${long(`measure_${place}_of_the_share`).replaceAll(' ', '_')} >= 99.5%`,
        })),
      })),
      triggers: Array.from({ length: 8 }, (_, index) => ({
        ...template,
        id: long(`trigger-${index}-watches-the-share`).replaceAll(' ', '-'),
        when: `${long('the_share').replaceAll(' ', '_')} < 95%`,
      })),
      checklists: [
        {
          ...list,
          title: long('Everything to be looked at before the first week'),
          items: Array.from({ length: 30 }, (_, index) => ({
            id: `before/${index}`,
            title: long(`Item ${index + 1}: look at the dashboards`),
            ticked: null,
          })),
        },
      ],
      standing: { ...view.standing, stage: long('stage-4-proves-the-throughput'), stageIndex: 4 },
      sources: [
        {
          ...source,
          glob: `logs/${long('uploads').replaceAll(' ', '-')}/${long('metrics').replaceAll(' ', '-')}.jsonl`,
        },
      ],
    },
    {
      rollouts: [
        {
          folder: 'app',
          rollout: 'async-upload',
          name: long('The gradual introduction'),
          summary: '10\u00a0%, soaking',
        },
        { folder: 'other', rollout: 'async-upload', name: long('The gradual replacement'), summary: 'not begun' },
      ],
    },
  );
}

/** Text that would do harm if it became markup, steered a terminal or turned a line around. */
const hostile = '<img src=x onerror="window.harmed=1">\u202e\u0007<script>window.harmed=1</script>{{1}}';

/** Hostile wherever a name or a log line can come from. */
export function hostileSnapshot(): HostMessage {
  const view = fullRollout();
  return snapshot(
    {
      ...view,
      plan: { ...view.plan, name: hostile, problem: hostile },
      standing: {
        ...view.standing,
        health: { kind: 'degraded', detail: 'x' },
        phase: { kind: 'held', cause: { kind: 'person', by: hostile, reason: hostile } },
      },
      stages: view.stages.map((stage) => ({
        ...stage,
        id: `${stage.id} ${hostile}`,
        gate: stage.gate.map((verdict) => ({ ...verdict, condition: hostile, reason: hostile })),
      })),
      triggers: [trigger(hostile, { when: hostile })],
      sources: [
        sampleSource({
          glob: hostile,
          rejected: { [hostile]: 2 },
          gaps: [{ source: 0, file: hostile, reason: hostile, at: wallTime(lookedAt) }],
        }),
      ],
      flag:
        view.flag === null
          ? null
          : {
              target: hostile,
              effect: view.flag.effect === null ? null : { ...view.flag.effect, detail: hostile },
              proof: { kind: 'unproven', treatment: 0, total: 0, detail: hostile },
              values: { [hostile]: hostile },
            },
      checklists: [{ id: 'one', title: hostile, items: [{ id: 'a', title: hostile, ticked: null }] }],
    },
    {
      rollouts: [
        { folder: 'app', rollout: view.rollout, name: hostile, summary: hostile },
        { folder: 'app', rollout: 'other', name: hostile, summary: hostile },
      ],
      faults: [hostile],
      problems: [{ file: hostile, message: hostile }],
    },
  );
}
