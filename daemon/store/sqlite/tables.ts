/** Grows with each change of the tables. An older file is brought forward, a newer one is refused. */
export const schemaVersion = 2;

/** The statements that bring a file of that version to the next. */
export const upgrades: Readonly<Record<number, string>> = {
  1: `
    ALTER TABLE receipts ADD COLUMN at REAL NOT NULL DEFAULT 0;
    CREATE INDEX receipts_by_time ON receipts (rollout, at);
  `,
};

/** Marks the file as ours in SQLite's own header: "RmpW". */
export const applicationId = 0x526d7057;

/**
 * `outcomes` has a row for each commit, not for each outcome: a catch-up of a million records is a few hundred rows.
 *
 * `cells` are kept as long as the rollout's plan measures the same: charts, baselines, reports and the gates of stages that
 * are over may ask for any time. They grow with the time that has traffic, not with the traffic (`npm run bench` prints how
 * much), and by the plan's `retention` old minutes become hours, and old hours days.
 *
 * `receipts` are bounded, see `protocol/domain/retention.ts`.
 *
 * `journal` only grows: its triggers refuse a change, a deletion, and an insertion (also an INSERT OR REPLACE, which
 * deletes without firing a delete trigger) anywhere but at the end. That guards against our own mistakes; the hash
 * chain guards against edits from outside.
 */
export const schema = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE positions (
    rollout TEXT NOT NULL, source INTEGER NOT NULL, generation TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (rollout, source, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cells (
    rollout TEXT NOT NULL, series TEXT NOT NULL, minute INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (rollout, series, minute)
  ) STRICT;
  CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, rollout TEXT NOT NULL, newest REAL NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX outcomes_by_time ON outcomes (rollout, newest);
  CREATE TABLE running (rollout TEXT PRIMARY KEY, memory TEXT, counters TEXT, kept_since REAL) STRICT, WITHOUT ROWID;
  CREATE TABLE receipts (
    rollout TEXT NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL, at REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (rollout, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX receipts_by_time ON receipts (rollout, at);
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, rollout TEXT NOT NULL, attempt INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
    previous TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_by_rollout ON journal (rollout, seq);
  CREATE TRIGGER journal_keeps_rows BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
  CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
  CREATE TRIGGER journal_grows_at_end BEFORE INSERT ON journal
    WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM journal)
    BEGIN SELECT RAISE(ABORT, 'the journal only grows at its end'); END;
`;
