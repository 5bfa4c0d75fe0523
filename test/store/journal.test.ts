import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { canonicalJson } from '../../daemon/store/canonicalJson.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { genesisHash, verifyJournal } from '../../daemon/store/verify.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const rows = 6;
const columns = ['seq', 'rollout', 'attempt', 'at', 'body', 'previous', 'hash'] as const;

function journalled(): { directory: string; head: string } {
  const directory = temporaryDirectory();
  const store = openStore(directory);
  for (let index = 1; index <= rows; index += 1) {
    const body: JournalBody = { kind: 'daemon', detail: `entry ${index}` };
    store.commit({
      rollout: index % 2 === 0 ? 'even' : 'odd',
      journal: [{ at: wallTime(index * 1000.25), attempt: index, body }],
      durable: false,
    });
  }
  const { hash } = store.head();
  store.close();
  return { directory, head: hash };
}

/** Edits the file from outside, as someone who wants to hide something would. */
function edit(directory: string, ...statements: string[]): void {
  const database = new DatabaseSync(join(directory, 'store', 'state.sqlite'));
  database.exec('DROP TRIGGER journal_keeps_rows; DROP TRIGGER journal_keeps_all; DROP TRIGGER journal_grows_at_end');
  for (const statement of statements) database.exec(statement);
  database.close();
}

function verified(directory: string, head?: string) {
  const store = openStore(directory);
  try {
    return verifyJournal(store.entries(), head);
  } finally {
    store.close();
  }
}

it('an untouched journal is intact, and its head is what was exported', () => {
  const { directory, head } = journalled();
  expect(verified(directory, head)).toEqual({ kind: 'intact', entries: rows, head });
  expect(verifyJournal([])).toEqual({ kind: 'intact', entries: 0, head: genesisHash });
});

it.each(columns.flatMap((column) => Array.from({ length: rows }, (_, index) => ({ column, seq: index + 1 }))))(
  'a change of $column in entry $seq is found',
  ({ column, seq }) => {
    const { directory } = journalled();
    const changed: Record<(typeof columns)[number], string> = {
      seq: `${seq} + 100`,
      rollout: `'other'`,
      attempt: 'attempt + 1',
      at: 'at + 0.25',
      body: `replace(body, 'entry', 'Entry')`,
      previous: `replace(previous, substr(previous, 1, 1), 'g')`,
      hash: `replace(hash, substr(hash, 64, 1), 'g')`,
    };
    edit(directory, `UPDATE journal SET ${column} = ${changed[column]} WHERE seq = ${seq}`);
    expect(verified(directory)).toMatchObject({ kind: 'broken', seq });
  },
);

it('a body that is no JSON any more is found', () => {
  const { directory } = journalled();
  edit(directory, `UPDATE journal SET body = 'x' WHERE seq = 3`);
  expect(verified(directory)).toMatchObject({ kind: 'broken', seq: 3 });
  const store = openStore(directory);
  expect(() => [...store.events('odd')]).toThrow(expect.objectContaining({ code: 'state-corrupt' }));
  store.close();
});

it.each([1, 2, 3, 4, 5])('deletion of entry %i, closed up or not, is found', (seq) => {
  const { directory } = journalled();
  edit(directory, `DELETE FROM journal WHERE seq = ${seq}`);
  expect(verified(directory)).toMatchObject({ kind: 'broken', seq });
  edit2(directory, `UPDATE journal SET seq = seq - 1 WHERE seq > ${seq}`);
  expect(verified(directory)).toMatchObject({ kind: 'broken', seq });
});

function edit2(directory: string, statement: string): void {
  const database = new DatabaseSync(join(directory, 'store', 'state.sqlite'));
  database.exec(statement);
  database.close();
}

it('two entries that changed places are found', () => {
  const { directory } = journalled();
  edit(
    directory,
    'UPDATE journal SET seq = 99 WHERE seq = 2',
    'UPDATE journal SET seq = 2 WHERE seq = 3',
    'UPDATE journal SET seq = 3 WHERE seq = 99',
  );
  expect(verified(directory)).toMatchObject({ kind: 'broken', seq: 2 });
});

it('a cut tail shows against an exported head, and only there', () => {
  const { directory, head } = journalled();
  edit(directory, `DELETE FROM journal WHERE seq > ${rows - 2}`);
  expect(verified(directory)).toMatchObject({ kind: 'intact', entries: rows - 2 });
  expect(verified(directory, head)).toMatchObject({ kind: 'broken', seq: rows - 1 });
});

it('entries added after a head was exported do not break it', () => {
  const { directory, head } = journalled();
  const store = openStore(directory);
  const body: JournalBody = { kind: 'daemon', detail: 'later' };
  const added = store.commit({ rollout: 'odd', journal: [{ at: wallTime(9), attempt: 1, body }], durable: true });
  expect(added).toMatchObject([{ seq: rows + 1, previous: head }]);
  expect(store.head()).toEqual({ seq: rows + 1, hash: added[0]?.hash });
  store.close();
  expect(verified(directory, head)).toMatchObject({ kind: 'intact', entries: rows + 1 });
});

it('the tables themselves refuse to change, delete or replace an entry', () => {
  const { directory } = journalled();
  const database = new DatabaseSync(join(directory, 'store', 'state.sqlite'));
  expect(() => database.exec(`UPDATE journal SET at = 0 WHERE seq = 2`)).toThrow('the journal only grows');
  expect(() => database.exec(`DELETE FROM journal WHERE seq = 2`)).toThrow('the journal only grows');
  const replacement = `VALUES (2, 'odd', 1, 0, '{}', '', '')`;
  expect(() => database.exec(`INSERT OR REPLACE INTO journal ${replacement}`)).toThrow('only grows at its end');
  database.close();
});

it('pages of the journal are newest first, of one rollout or of all', () => {
  const { directory } = journalled();
  const store = openStore(directory);
  const seqs = (...page: Parameters<typeof store.journal>) => store.journal(...page).map(({ seq }) => seq);
  expect(seqs(null, null, 4)).toEqual([6, 5, 4, 3]);
  expect(seqs('odd', null, 2)).toEqual([5, 3]);
  expect(seqs('odd', 3, 2)).toEqual([1]);
  expect([...store.events('even')].map(({ seq }) => seq)).toEqual([2, 4, 6]);
  store.close();
});

it('a long journal is read page by page, while entries are added', () => {
  const store = openStore(temporaryDirectory());
  const add = (count: number) =>
    store.commit({
      rollout: 'one',
      journal: Array.from({ length: count }, () => ({ at: wallTime(1), attempt: 1, body: { kind: 'gate-ready' } })),
      durable: false,
    });
  add(1200);
  let seen = 0;
  for (const entry of store.events('one')) {
    seen += 1;
    expect(entry.seq).toBe(seen);
    if (seen === 700) add(300);
  }
  expect(seen).toBe(1500);
  expect(verifyJournal(store.entries())).toMatchObject({ kind: 'intact', entries: 1500 });
  store.close();
});

it('equal values have one canonical text, and it says the same value', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(shuffled(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
