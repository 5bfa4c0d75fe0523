import { expect, it } from 'vitest';
import { inStep } from '../../../daemon/ingest/tail/logsInStep.ts';
import type { LogTurn } from '../../../daemon/ingest/tail/logTurn.ts';
import { eventTime } from '../../../daemon/protocol/domain/units.ts';

const window = Buffer.alloc(0);

/** A log with one record at each of these moments. */
function turnOf(log: string, moments: readonly number[], more: boolean): LogTurn {
  return {
    source: 0,
    log,
    newest: moments.length === 0 ? null : eventTime(Math.max(...moments)),
    more,
    upTo: async (at) => {
      const held = moments.filter((moment) => moment <= at);
      return held.length === 0 ? null : turnOf(log, held, true);
    },
    batch: () => {
      throw new Error('not asked for');
    },
    waits: () => {
      throw new Error('not asked for');
    },
    adopt: async () => undefined,
  };
}

async function taken(turns: readonly LogTurn[], waiting = new Map<string, number>(), now = 0) {
  const { taken: parts } = await inStep(turns, window, waiting, now);
  return parts.map(({ log, newest }) => `${log} ${newest}`);
}

it('logs go as far as the slowest that has more to read', async () => {
  const turns = [turnOf('a', [1, 5, 9], true), turnOf('b', [2, 4], true), turnOf('c', [3, 12], false)];
  expect(await taken(turns)).toEqual(['a 1', 'b 4', 'c 3']);
});

it('a log that was read to its end holds no other back', async () => {
  expect(await taken([turnOf('a', [1], false), turnOf('b', [50], true)])).toEqual(['a 1', 'b 50']);
  expect(await taken([turnOf('a', [1], false), turnOf('b', [50], false)])).toEqual(['a 1', 'b 50']);
});

it('lines without a time hold nothing back, and are not held back', async () => {
  expect(await taken([turnOf('a', [], true), turnOf('b', [50], true)])).toEqual(['a null', 'b 50']);
});

it('a log that has waited for five seconds goes on all the same', async () => {
  const waiting = new Map<string, number>();
  const turns = [turnOf('live', [1000], false), turnOf('backlog', [7], true)];
  expect(await taken(turns, waiting, 100)).toEqual(['backlog 7']);
  expect(await taken(turns, waiting, 5000)).toEqual(['backlog 7']);
  expect(await taken(turns, waiting, 5100)).toEqual(['live 1000', 'backlog 7']);
  expect(await taken(turns, waiting, 5200), 'and waits anew').toEqual(['backlog 7']);
});
