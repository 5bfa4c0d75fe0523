import { statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { JournalBody, JournalEntry } from '../../protocol/domain/journalEntry.ts';
import { receiptsKept } from '../../protocol/domain/retention.ts';
import type { CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import { eventTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { canonicalJson } from '../canonicalJson.ts';
import type { Beside, Commit, Store } from '../store.ts';
import { entryHash, genesisHash } from '../verify.ts';
import { stateFailure } from './failure.ts';
import { draftOfRemoved, isInPlace, openDatabase } from './open.ts';
import { decodeOutcomes, encodeOutcomes } from './outcomeBytes.ts';
import { cellOf, entryOf, positionOf, type Row } from './rows.ts';

const pageLength = 500;

/**
 * Opens the state in one SQLite file of the directory.
 * @throws UserError `second-daemon`, `state-unwritable`, `state-full`, `state-corrupt`, `state-newer`.
 */
export function openStore(directory: string): Store {
  const { database, file } = openDatabase(directory);
  try {
    return makeStore(database, file, directory);
  } catch (error) {
    database.close();
    throw stateFailure(error, file);
  }
}

function makeStore(opened: DatabaseSync, file: string, directory: string): Store {
  let database = opened;
  let sql = prepareStatements(database);
  let inode = statSync(file, { bigint: true }).ino;
  let synchronous: 'FULL' | 'NORMAL' | undefined;
  let open = true;

  const inTransaction = <T>(durable: boolean, work: () => T): T => {
    if (!open) throw new UserError('state-closed', `the state in ${file} was closed`);
    try {
      const wanted = durable ? 'FULL' : 'NORMAL';
      if (synchronous !== wanted) database.exec(`PRAGMA synchronous = ${wanted}`);
      synchronous = wanted;
      database.exec('BEGIN IMMEDIATE');
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw stateFailure(error, file);
    }
  };

  const epoch = inTransaction(true, () => {
    sql.saveFact.run('epoch', factOf(sql.fact, 'epoch', 0) + 1);
    return factOf(sql.fact, 'epoch', 0);
  });
  let head = headOf(sql.head.get());

  return {
    epoch,
    commit(commit) {
      const added = inTransaction(commit.durable, () => {
        for (const beside of commit.beside ?? []) writeBeside(sql, beside);
        if (commit.forget === true) for (const statement of sql.forgetReading) statement.run(commit.rollout);
        writeReading(sql, commit);
        writeRunning(sql, commit);
        return writeJournal(sql, commit, head);
      });
      const newest = added.at(-1);
      if (newest !== undefined) head = { seq: newest.seq, hash: newest.hash };
      return added;
    },
    load(rollout) {
      const running = sql.running.get(rollout);
      const keptSince = typeof running?.kept_since === 'number' ? running.kept_since : Number.NEGATIVE_INFINITY;
      return {
        positions: sql.positions.all(rollout).map(positionOf),
        cells: sql.cells.all(rollout).map(cellOf),
        outcomes: sql.outcomes
          .all(rollout)
          .flatMap((row) => decodeOutcomes(row.body as Uint8Array))
          .filter(({ at }) => at >= keptSince),
        keptSince: Number.isFinite(keptSince) ? eventTime(keptSince) : null,
        memory: textOrNull(running?.memory),
        counters: textOrNull(running?.counters),
      };
    },
    events(rollout, from = 0) {
      const start = Math.max(from, Number(sql.replaced.get(rollout)?.seq ?? 0));
      return pages((after) => sql.rolloutAfter.all(rollout, Math.max(after, start), pageLength), file);
    },
    entries: () => pages((after) => sql.allAfter.all(after, pageLength), null),
    journal(rollout, before, limit) {
      const below = before ?? Number.MAX_SAFE_INTEGER;
      const rows = rollout === null ? sql.allBefore.all(below, limit) : sql.rolloutBefore.all(rollout, below, limit);
      return rows.map((row) => entryOf(row, file));
    },
    receipt(rollout, key) {
      const row = sql.receipt.get(rollout, key);
      return row === undefined ? null : (JSON.parse(String(row.outcome)) as CommandOutcome);
    },
    saveClock(now) {
      inTransaction(false, () => sql.saveFact.run('clock', now));
    },
    lastClock() {
      const clock = factOf(sql.fact, 'clock', Number.NaN);
      return Number.isNaN(clock) ? null : wallTime(clock);
    },
    head: () => head,
    restore() {
      if (!open || isInPlace(file, inode)) return false;
      const draft = draftOfRemoved(database, directory);
      // The last close would otherwise remove the write-ahead log of the successor, which has the same name.
      database.close();
      open = false;
      try {
        draft.moveInPlace();
        ({ database } = openDatabase(directory));
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        throw new UserError('state-lost', `the state in ${file} was removed and cannot be opened again: ${detail}`);
      }
      open = true;
      sql = prepareStatements(database);
      synchronous = undefined;
      inode = statSync(file, { bigint: true }).ino;
      return true;
    },
    close() {
      if (!open) return;
      open = false;
      database.close();
    },
  };
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (text: string): StatementSync => database.prepare(text);
  return {
    fact: prepare('SELECT value FROM facts WHERE name = ?'),
    saveFact: prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    forgetReading: ['positions', 'cells', 'outcomes', 'running'].map((table) =>
      prepare(`DELETE FROM ${table} WHERE rollout = ?`),
    ),
    forgetOutcomes: [
      'DELETE FROM outcomes WHERE rollout = ?',
      'UPDATE running SET kept_since = NULL WHERE rollout = ?',
    ].map(prepare),
    forgetPosition: prepare('DELETE FROM positions WHERE rollout = ? AND source = ? AND generation = ?'),
    savePosition: prepare('INSERT INTO positions VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body'),
    positions: prepare('SELECT source, generation, body FROM positions WHERE rollout = ?'),
    saveCell: prepare('INSERT INTO cells VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body'),
    dropCell: prepare('DELETE FROM cells WHERE rollout = ? AND series = ? AND minute = ?'),
    copyCounts: [
      'INSERT INTO cells (rollout, series, minute, body) SELECT ?, series, minute, body FROM cells WHERE rollout = ?',
      'INSERT INTO outcomes (rollout, newest, body) SELECT ?, newest, body FROM outcomes WHERE rollout = ? ORDER BY id',
      `INSERT INTO running (rollout, kept_since) SELECT ?, kept_since FROM running WHERE rollout = ?
        AND kept_since IS NOT NULL ON CONFLICT DO UPDATE SET kept_since = excluded.kept_since`,
    ].map(prepare),
    cells: prepare('SELECT series, minute, body FROM cells WHERE rollout = ? ORDER BY series, minute'),
    addOutcomes: prepare('INSERT INTO outcomes (rollout, newest, body) VALUES (?, ?, ?)'),
    dropOutcomes: prepare('DELETE FROM outcomes WHERE rollout = ? AND newest < ?'),
    outcomes: prepare('SELECT body FROM outcomes WHERE rollout = ? ORDER BY id'),
    saveKeptSince: prepare(
      'INSERT INTO running (rollout, kept_since) VALUES (?, ?) ON CONFLICT DO UPDATE SET kept_since = MAX(COALESCE(kept_since, excluded.kept_since), excluded.kept_since)',
    ),
    saveMemory: prepare(
      'INSERT INTO running (rollout, memory) VALUES (?, ?) ON CONFLICT DO UPDATE SET memory = excluded.memory',
    ),
    saveCounters: prepare(
      'INSERT INTO running (rollout, counters) VALUES (?, ?) ON CONFLICT DO UPDATE SET counters = excluded.counters',
    ),
    running: prepare('SELECT memory, counters, kept_since FROM running WHERE rollout = ?'),
    addReceipt: prepare('INSERT INTO receipts (rollout, key, outcome, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    // No numbered parameters: Node 22 cannot bind them.
    dropReceipts: prepare(`DELETE FROM receipts WHERE rollout = ? AND at < ? AND at <
      (SELECT at FROM receipts WHERE rollout = ? ORDER BY at DESC LIMIT 1 OFFSET ?)`),
    receipt: prepare('SELECT outcome FROM receipts WHERE rollout = ? AND key = ?'),
    addEntry: prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)'),
    head: prepare('SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1'),
    // Canonical JSON has its keys in order, and `kind` is the first of this entry's.
    replaced: prepare(
      `SELECT MAX(seq) AS seq FROM journal WHERE rollout = ? AND body LIKE '{"kind":"journal-replaced"%'`,
    ),
    rolloutAfter: prepare('SELECT * FROM journal WHERE rollout = ? AND seq > ? ORDER BY seq LIMIT ?'),
    allAfter: prepare('SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?'),
    rolloutBefore: prepare('SELECT * FROM journal WHERE rollout = ? AND seq < ? ORDER BY seq DESC LIMIT ?'),
    allBefore: prepare('SELECT * FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?'),
  };
}

type Statements = ReturnType<typeof prepareStatements>;

function writeReading(sql: Statements, commit: Omit<Commit, 'durable'>): void {
  const { rollout, batch, cells, outcomes, keepOutcomesSince } = commit;
  if (commit.replacesOutcomes === true) for (const statement of sql.forgetOutcomes) statement.run(rollout);
  for (const { source, generation } of batch?.forgotten ?? []) sql.forgetPosition.run(rollout, source, generation);
  for (const { source, generation, body } of batch?.positions ?? []) {
    sql.savePosition.run(rollout, source, generation, body);
  }
  for (const { series, minute, body } of cells ?? []) {
    if (body.length === 0) sql.dropCell.run(rollout, series, minute);
    else sql.saveCell.run(rollout, series, minute, body);
  }
  if (outcomes !== undefined && outcomes.length > 0) {
    const newest = outcomes.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
    sql.addOutcomes.run(rollout, newest, encodeOutcomes(outcomes));
  }
  if (keepOutcomesSince !== undefined && keepOutcomesSince !== null) {
    sql.dropOutcomes.run(rollout, keepOutcomesSince);
    sql.saveKeptSince.run(rollout, keepOutcomesSince);
  }
}

function writeBeside(sql: Statements, { forget, countsOf, positions = [], memory, ...counts }: Beside): void {
  const { rollout } = counts;
  if (forget === true) for (const statement of sql.forgetReading) statement.run(rollout);
  if (countsOf !== undefined) for (const statement of sql.copyCounts) statement.run(rollout, countsOf);
  writeReading(sql, { ...counts, batch: { positions, forgotten: [] } });
  if (memory !== undefined) sql.saveMemory.run(rollout, memory);
}

function writeRunning(sql: Statements, commit: Commit): void {
  const { rollout, memory, counters, receipt } = commit;
  if (memory !== undefined) sql.saveMemory.run(rollout, memory);
  if (counters !== undefined) sql.saveCounters.run(rollout, counters);
  if (receipt === undefined) return;
  const { key, outcome, at } = receipt;
  sql.addReceipt.run(rollout, key, JSON.stringify(outcome), at);
  sql.dropReceipts.run(rollout, at - receiptsKept.for, rollout, receiptsKept.least - 1);
  sql.dropReceipts.run(rollout, at, rollout, receiptsKept.most - 1);
}

function writeJournal(sql: Statements, commit: Commit, head: { seq: number; hash: string }): JournalEntry[] {
  const added: JournalEntry[] = [];
  let { seq, hash: previous } = head;
  for (const { at, attempt, body } of commit.journal ?? []) {
    seq += 1;
    const text = canonicalJson(body);
    // The entry carries what was stored, so that live and loaded entries are the same values.
    const unsealed = { seq, rollout: commit.rollout, attempt, at, body: JSON.parse(text) as JournalBody, previous };
    const entry = { ...unsealed, hash: entryHash(unsealed) };
    const row: SQLInputValue[] = [seq, entry.rollout, attempt, at, text, previous, entry.hash];
    sql.addEntry.run(...row);
    previous = entry.hash;
    added.push(entry);
  }
  return added;
}

/** Read page by page, so that a commit between two entries is harmless. */
function* pages(read: (after: number) => readonly Row[], file: string | null): Generator<JournalEntry> {
  let after = 0;
  for (;;) {
    const rows = read(after);
    for (const row of rows) {
      const entry = entryOf(row, file);
      after = entry.seq;
      yield entry;
    }
    if (rows.length < pageLength) return;
  }
}

function factOf(statement: StatementSync, name: string, otherwise: number): number {
  const row = statement.get(name);
  return row === undefined ? otherwise : Number(row.value);
}

function headOf(row: Row | undefined): { seq: number; hash: string } {
  return row === undefined ? { seq: 0, hash: genesisHash } : { seq: Number(row.seq), hash: String(row.hash) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
