/**
 * The tables of a team, by version. A step is never edited once it is published; a new one is added. Each runs in one
 * transaction under an advisory lock, so that daemons that start together do not run it twice.
 *
 * Text is text, never jsonb: a journal entry must come back byte by byte, or its hash does not hold.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE rampwatch.leases (
    rollout text PRIMARY KEY, holder text NOT NULL, identity text NOT NULL, epoch bigint NOT NULL,
    until timestamptz NOT NULL
  );
  CREATE TABLE rampwatch.journal (
    rollout text NOT NULL, seq bigint NOT NULL, epoch bigint NOT NULL, attempt integer NOT NULL,
    at double precision NOT NULL, body text NOT NULL, previous text NOT NULL, hash text NOT NULL,
    PRIMARY KEY (rollout, seq)
  );
  CREATE SEQUENCE rampwatch.publications;
  CREATE TABLE rampwatch.views (
    rollout text NOT NULL, part text NOT NULL, epoch bigint NOT NULL, publication bigint NOT NULL, body text,
    PRIMARY KEY (rollout, part)
  );
  CREATE TABLE rampwatch.asks (
    rollout text NOT NULL, key text NOT NULL, method text NOT NULL, params text NOT NULL, by text NOT NULL,
    login text NOT NULL DEFAULT current_user, asked timestamptz NOT NULL DEFAULT clock_timestamp(),
    answer text, epoch bigint,
    PRIMARY KEY (rollout, key)
  );
  CREATE INDEX open_asks ON rampwatch.asks (rollout, asked) WHERE answer IS NULL;
  CREATE FUNCTION rampwatch.journal_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the journal only grows'; END $$;
  CREATE TRIGGER journal_keeps_rows BEFORE UPDATE OR DELETE ON rampwatch.journal
    FOR EACH ROW EXECUTE FUNCTION rampwatch.journal_only_grows();
  ALTER TABLE rampwatch.asks ENABLE ROW LEVEL SECURITY;
  CREATE POLICY everyone_reads ON rampwatch.asks FOR SELECT USING (true);
  CREATE POLICY viewers_ask_for_figures ON rampwatch.asks FOR INSERT
    WITH CHECK (answer IS NULL AND method IN ('series', 'records', 'report', 'review'));
  CREATE POLICY operators_ask ON rampwatch.asks FOR INSERT
    WITH CHECK (has_table_privilege(current_user, 'rampwatch.leases', 'UPDATE'));
  CREATE POLICY operators_answer ON rampwatch.asks FOR UPDATE
    USING (has_table_privilege(current_user, 'rampwatch.leases', 'UPDATE'));
  CREATE POLICY operators_clean ON rampwatch.asks FOR DELETE
    USING (has_table_privilege(current_user, 'rampwatch.leases', 'UPDATE'));
  `,
];

/** Roles belong to the whole server: they are made once, where the user of the URL may make them. */
export const roles = `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rampwatch_viewer') THEN CREATE ROLE rampwatch_viewer; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rampwatch_operator') THEN CREATE ROLE rampwatch_operator; END IF;
  END $$;
  GRANT USAGE ON SCHEMA rampwatch TO rampwatch_viewer, rampwatch_operator;
  GRANT SELECT ON ALL TABLES IN SCHEMA rampwatch TO rampwatch_viewer, rampwatch_operator;
  GRANT INSERT ON rampwatch.asks TO rampwatch_viewer;
  GRANT INSERT, UPDATE ON rampwatch.leases, rampwatch.views TO rampwatch_operator;
  GRANT INSERT ON rampwatch.journal TO rampwatch_operator;
  GRANT INSERT, UPDATE, DELETE ON rampwatch.asks TO rampwatch_operator;
  GRANT USAGE ON SEQUENCE rampwatch.publications TO rampwatch_operator;
`;
