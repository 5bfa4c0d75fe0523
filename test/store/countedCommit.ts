import { eventMinute, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import type { Commit, Store } from '../../daemon/store/store.ts';

const countedRollout = 'async-upload';

/** A commit that says `count` in every table, and adds `size` outcomes: whatever is torn apart shows as two numbers. */
export function countedCommit(count: number, size: number, durable: boolean): Commit {
  const at = eventTime(1_700_000_000_000 + count);
  return {
    rollout: countedRollout,
    batch: {
      positions: [{ source: 0, generation: 'one', body: JSON.stringify({ offset: count }) }],
      forgotten: [],
    },
    cells: [{ series: 'treatment', minute: eventMinute(eventTime(0)), body: new TextEncoder().encode(String(count)) }],
    outcomes: Array.from({ length: size }, (_, index) => ({
      at,
      arm: 'treatment' as const,
      shares: 1,
      fields: [count, Number.NaN],
      place: { file: 'metrics.jsonl', line: count - size + index + 1, offset: count },
    })),
    memory: String(count),
    counters: JSON.stringify({ count }),
    journal: [{ at: wallTime(count), attempt: 1, body: { kind: 'daemon', detail: String(count) } }],
    receipt: { key: `count-${count}`, outcome: { kind: 'done', revision: count, message: '' }, at: wallTime(count) },
    durable,
  };
}

/** The count that every table of a store has; all are equal when each commit was kept whole or not at all. */
export function countsOf(store: Store): readonly number[] {
  const { positions, cells, outcomes, memory, counters } = store.load(countedRollout);
  const newest = store.journal(null, null, 1)[0];
  const count = Number(memory ?? 0);
  return [
    count,
    positions[0] === undefined ? 0 : (JSON.parse(positions[0].body) as { offset: number }).offset,
    cells[0] === undefined ? 0 : Number(new TextDecoder().decode(cells[0].body)),
    outcomes.length,
    counters === null ? 0 : (JSON.parse(counters) as { count: number }).count,
    newest?.body.kind === 'daemon' ? Number(newest.body.detail) : 0,
    count === 0 ? 0 : (store.receipt(countedRollout, `count-${count}`)?.revision ?? -1),
  ];
}

/** Opens, reads what every table says, closes. */
export function countsIn(directory: string): readonly number[] {
  const store = openStore(directory);
  try {
    return countsOf(store);
  } finally {
    store.close();
  }
}
