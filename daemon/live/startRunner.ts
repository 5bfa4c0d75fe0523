import { Judge } from '../judge/judge.ts';
import { Ledger } from '../measure/ledger.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import { restoreCounters } from '../rollout/counters.ts';
import { Execution } from '../rollout/execution.ts';
import { askedRollbackOf } from '../store/askedRollback.ts';
import { isClockGap } from './clockGap.ts';
import type { RolloutParts } from './rolloutParts.ts';
import { RolloutRunner } from './rolloutRunner.ts';
import { restoredState } from './storedState.ts';

/**
 * The second stage of a rollout's construction: the runner, at work on what is stored. Nothing has been read yet: new
 * records must not be taken for what happened while nobody watched.
 */
export function startRunner(parts: RolloutParts): RolloutRunner {
  const { options, defects, flag, checklists, journal, explanations, messages, storage, counts } = parts;
  const { store, loaded, directory, watchedUntil, now } = options;
  const { id } = loaded.plan;
  const runner = new RolloutRunner({
    noteClock: options.noteClock,
    now,
    restore: () => restoredExecution(parts),
    commit: ({ counters, parts, ...commit }) =>
      store.commit({
        ...commit,
        rollout: id,
        counters: counts.wrapped(counters),
        beside: counts.besideOf(parts),
      }),
    receipt: (key) => store.receipt(id, key),
    async carryOut(effect, signal) {
      const refusal = (await options.lease?.permit(effect.purpose)) ?? null;
      return refusal === null ? flag.carryOut(effect, signal) : { progress: 'failed', detail: refusal };
    },
    isOverruled: ({ purpose }) =>
      purpose !== 'rollback' && defects.guard('the flag', () => askedRollbackOf(directory, id) !== null, false),
    changed: (entries, deciding) => {
      journal.take(entries, (bodies) => deciding.record(bodies));
      defects.guard('the checklists', () => checklists.fold(entries), undefined);
      explanations.fold(entries);
      messages.take(entries);
      for (const entry of entries) options.log('info', `${id}: ${describeEntry(entry)}`);
      options.changed();
    },
    fault: (detail) => {
      if (detail !== storage.fault && detail !== null) options.log('error', `${id}: ${detail}`);
      storage.fault = detail;
      if (detail !== null) options.changed();
    },
    defect: (area, error) => {
      if (error === null) defects.over(area);
      else defects.note(area, error);
    },
  });
  const started = now();
  if (watchedUntil !== null && isClockGap(started - watchedUntil, 0)) {
    // Nobody knows how the clock was set meanwhile.
    runner.clockGap({ from: watchedUntil, to: started, moved: 0 });
  } else runner.heedFuture();
  return runner;
}

export function restoredExecution({ options, instrument, counts: edited }: RolloutParts): Execution {
  const { loaded, store, now, lease } = options;
  const { plan } = loaded;
  const { cells, outcomes, keptSince, memory, counters, parts } = edited.load();
  const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince, parts);
  const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'ticks' });
  return new Execution({
    plan,
    judge,
    ledger,
    state: restoredState(loaded, store, now()),
    counters: restoreCounters(counters, plan.sources.length),
    mayAdvance: () => lease === undefined || lease.decisionObstacle() === null,
  });
}

function describeEntry({ body }: JournalEntry): string {
  const { kind, ...rest } = body;
  return `${kind} ${JSON.stringify(rest)}`;
}
