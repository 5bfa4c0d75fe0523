import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Batch, Instrument, Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Health } from '../../daemon/protocol/wire/view.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { evolve, initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import { rolloutView } from '../../daemon/rollout/rolloutView.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';

const planText = `version: 1
id: uploads
sources: [{ file: metrics.jsonl, fresh: 5m }, { file: app.log, fresh: 5m }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment }, critical: { lines: [CRITICAL] } }
stages:
  - { id: ten, percent: 10, gate: ["ok >= 90%", "uploads >= 10", "critical == 0"] }
  - { id: half, percent: 50 }
triggers:
  - { id: failing, when: "ok < 80%", over: 5m, min: 5, then: rollback, rule: literal }
`;

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
const start = Date.UTC(2026, 0, 5, 10);

/** A rollout in its first stage, ten minutes after it began, with its own clock; the data come as the test says. */
export class RolloutBench {
  now = start;
  /** The flag says nothing by itself: `flagSays` does. */
  isFlagSlow = false;
  readonly plan: Plan;
  readonly execution: Execution;
  readonly journal: JournalBody[] = [];
  readonly #times: WallTime[] = [];
  readonly #instrument: Instrument;
  #keys = 0;

  /**
   * @param phase `planned`: nobody has begun it.
   * @param more lines of the plan.
   */
  constructor(phase: 'begun' | 'planned' = 'begun', more = '') {
    const parsed = parsePlan(planText + more, 'rampwatch.yaml');
    if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
    const { plan } = parsed.loaded;
    this.plan = plan;
    this.#instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, this.#instrument);
    const judge = new Judge(plan, this.#instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
    const state = initialState(plan.id, 'hash', this.#wall);
    this.execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 2) });
    if (phase === 'begun') this.command('begin');
    this.now += 10 * minute;
  }

  get phase(): string {
    return this.execution.state.phase.kind;
  }

  /** Uploads of the treatment, a second apart, the last one `ago` before now. */
  uploads(count: number, ok: boolean, ago = 0): void {
    const times = Array.from({ length: count }, (_, index) => this.now - ago - (count - 1 - index) * second);
    this.records(times.map((at) => ({ timestamp: new Date(at).toISOString(), arm: 'new', ok })));
  }

  /** Good uploads that were read at that time, and are processed now. */
  uploadsRead(arrived: number, count: number): void {
    const times = Array.from({ length: count }, (_, index) => arrived - (count - 1 - index) * second);
    this.records(
      times.map((at) => ({ timestamp: new Date(at).toISOString(), arm: 'new', ok: true })),
      false,
      wallTime(arrived),
    );
  }

  records(records: readonly Readonly<Record<string, unknown>>[], unread = false, arrived = this.#wall): void {
    const observations: Observation[] = [];
    const rejected: Record<string, number> = {};
    for (const record of records) {
      const reading = this.#instrument.readRecord(0, record, arrived);
      if (reading.kind === 'rejected') rejected[reason(reading)] = (rejected[reason(reading)] ?? 0) + 1;
      else if (reading.kind !== 'ignored' && reading.kind !== 'several') {
        observations.push({ reading, place: { file: 'metrics.jsonl', line: 1, offset: 0 } });
      }
    }
    const empty = { ignored: 0, positions: [], forgotten: [], gaps: [] };
    const batch: Batch = { source: 0, arrived, unread, observations, rejected, ...empty };
    this.#keep(this.execution.observe([batch], eventTime(this.now)));
  }

  /** The log is there, and was read to its end now. */
  quietLog(): void {
    this.execution.judge.sources.noteProgress(1, { readToEnd: this.#wall, behindSince: null });
    this.execution.judge.sources.noteAlive(1, this.#wall, null);
  }

  /** The flag's words from now on; `null`: as it was set. */
  flagSeen(detail: string | null): void {
    const drift = detail === null ? null : { detail, from: eventTime(this.now) };
    this.#keep(this.execution.flagSeen(drift, this.#wall));
  }

  /** Both sources were read to their end now. */
  readAll(): void {
    for (const source of [0, 1]) {
      this.execution.judge.sources.noteProgress(source, { readToEnd: this.#wall, behindSince: null });
    }
  }

  /** The state that a restart reads from the journal. */
  restoredState(): RolloutState {
    return this.journal.reduce(
      (state, body, index) => evolve(state, body, this.#times[index] ?? wallTime(0)),
      initialState(this.plan.id, 'hash', wallTime(start)),
    );
  }

  tick(passed = 0): void {
    this.now += passed;
    this.#keep(this.execution.tick(this.#wall, eventTime(this.now)));
  }

  /** @param moved of that, so much by which the clock was set. */
  gap(length: number, moved = 0): void {
    const from = this.#wall;
    this.now += length;
    this.#keep(this.execution.clockGap(from, this.#wall, moved));
  }

  /** The flag's word on the effect under way. */
  flagSays(progress: 'written' | 'verified' | 'failed', detail: string | null = null): void {
    const { effect } = this.execution.state;
    if (effect === null) throw new Error('no effect is under way');
    this.#keep(this.execution.effectReported({ id: effect.id, progress, detail }, this.#wall, eventTime(this.now)));
  }

  command(kind: 'begin' | 'advance'): CommandOutcome {
    this.#keys += 1;
    const { attempt, revision, visits } = this.execution.state;
    const on = { attempt, revision, stage: visits.at(-1)?.stage ?? 'ten' };
    const turn = this.execution.command({ kind, on }, 'mia', `key ${this.#keys}`, this.#wall, eventTime(this.now));
    this.#keep(turn);
    if (turn.outcome === null) throw new Error('no outcome');
    return turn.outcome;
  }

  verdict(condition: string) {
    return this.execution.judgement?.gate.find((verdict) => verdict.condition === condition);
  }

  health(): Health {
    return this.#standing().health;
  }

  /** The health of the metrics as clients see it; reading itself has no trouble. */
  sourceHealth() {
    const reading = { source: 0, glob: 'metrics.jsonl', state: 'reading', detail: null, files: [], lag: 0 } as const;
    const loaded = { plan: this.plan, file: 'rampwatch.yaml', root: '.', hash: 'hash', lines: {} };
    const rest = { problem: null, flag: null, checklists: [], journal: [] };
    const view = rolloutView(this.execution, { loaded, standing: this.#standing(), health: [reading], ...rest });
    return view.sources[0]?.health;
  }

  get rejected() {
    return this.execution.counters[0]?.rejected ?? {};
  }

  #standing() {
    return standing(this.plan, this.execution.state, this.execution.judgement, this.#wall, []);
  }

  get #wall(): WallTime {
    return wallTime(this.now);
  }

  #keep(turn: Turn): void {
    this.journal.push(...turn.journal);
    this.#times.push(...turn.journal.map(() => turn.at));
    const { wish } = turn;
    if (wish === null || this.isFlagSlow) return;
    const report = { id: wish.id, progress: 'verified', detail: null } as const;
    this.#keep(this.execution.effectReported(report, this.#wall, eventTime(this.now)));
  }
}

function reason(reading: { readonly reason: string }): string {
  return reading.reason;
}
