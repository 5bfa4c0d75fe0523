/** The questions to the database. Each that writes is one statement, so that it is done whole or not at all. */

export const hasVersion = `SELECT to_regclass('rampwatch.version') IS NOT NULL AS there`;

export const createVersion = `
  CREATE SCHEMA IF NOT EXISTS rampwatch;
  CREATE TABLE rampwatch.version (version integer NOT NULL);
  INSERT INTO rampwatch.version VALUES (0);
  GRANT USAGE ON SCHEMA rampwatch TO PUBLIC;
  GRANT SELECT ON rampwatch.version TO PUBLIC;
`;

export const isOperator = `SELECT has_table_privilege('rampwatch.leases', 'UPDATE') AS operator`;

/** A lease of the same identity is that of an earlier process of this daemon, which has ended. */
export const take = `
  WITH taken AS (
    INSERT INTO rampwatch.leases AS lease (rollout, holder, identity, epoch, until)
    VALUES ($1, $2, $3, 1, clock_timestamp() + $4::float8 * interval '1 millisecond')
    ON CONFLICT (rollout) DO UPDATE
      SET holder = excluded.holder, identity = excluded.identity, epoch = lease.epoch + 1, until = excluded.until
      WHERE lease.until < clock_timestamp() OR lease.identity = excluded.identity
    RETURNING epoch
  )
  SELECT epoch, pg_notify('rampwatch', $1) FROM taken`;

export const renew = `
  UPDATE rampwatch.leases SET until = clock_timestamp() + $4::float8 * interval '1 millisecond'
  WHERE rollout = $1 AND identity = $2 AND epoch = $3 RETURNING epoch`;

export const look = `
  SELECT holder, identity, epoch, until >= clock_timestamp() AS live FROM rampwatch.leases WHERE rollout = $1`;

export const release = `
  WITH given AS (
    UPDATE rampwatch.leases SET until = '-infinity' WHERE rollout = $1 AND identity = $2 AND epoch = $3 RETURNING 1
  )
  SELECT pg_notify('rampwatch', $1) FROM given`;

/**
 * The fenced write. The lock on the lease's row holds off a taking until this is committed; after a taking the row has
 * another epoch, and nothing is written.
 */
export const publish = `
  WITH held AS (
    SELECT epoch FROM rampwatch.leases WHERE rollout = $1 AND identity = $2 AND epoch = $3 FOR SHARE
  ), written AS (
    INSERT INTO rampwatch.journal (rollout, seq, epoch, attempt, at, body, previous, hash)
    SELECT $1, entry.seq, held.epoch, entry.attempt, entry.at, entry.body, entry.previous, entry.hash
    FROM held, jsonb_to_recordset($4::jsonb) AS
      entry(seq bigint, attempt integer, at float8, body text, previous text, hash text)
  ), shown AS (
    INSERT INTO rampwatch.views (rollout, part, epoch, publication, body)
    SELECT $1, part.part, held.epoch, nextval('rampwatch.publications'), part.body
    FROM held, jsonb_to_recordset($5::jsonb) AS part(part text, body text)
    ON CONFLICT (rollout, part) DO UPDATE
      SET epoch = excluded.epoch, publication = excluded.publication, body = excluded.body
  ), answered AS (
    UPDATE rampwatch.asks AS ask SET answer = given.answer, epoch = held.epoch
    FROM held, jsonb_to_recordset($6::jsonb) AS given(key text, answer text)
    WHERE ask.rollout = $1 AND ask.key = given.key AND ask.answer IS NULL
  ), told AS (
    SELECT pg_notify('rampwatch', $1) FROM held
  )
  SELECT EXISTS (SELECT FROM held) AS held, (SELECT count(*) FROM told) AS told`;

export const entryHash = `
  SELECT seq, hash FROM rampwatch.journal WHERE rollout = $1 AND ($2::bigint IS NULL OR seq = $2)
  ORDER BY seq DESC LIMIT 1`;

export const entriesAfter = `
  SELECT seq, rollout, attempt, at, body, previous, hash FROM rampwatch.journal
  WHERE rollout = $1 AND seq > $2 ORDER BY seq LIMIT $3`;

export const partsAfter = `
  SELECT part, body, publication FROM rampwatch.views WHERE rollout = $1 AND publication > $2`;

/** The first request under a key is the one that counts. */
export const ask = `
  WITH asked AS (
    INSERT INTO rampwatch.asks (rollout, key, method, params, by) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (rollout, key) DO NOTHING
  )
  SELECT pg_notify('rampwatch', $1)`;

export const answerOf = `SELECT answer FROM rampwatch.asks WHERE rollout = $1 AND key = $2`;

/** What nobody has carried out for 30 s is never carried out, but for a rollback. */
export const openAsks = `
  SELECT key, method, params, by FROM rampwatch.asks
  WHERE rollout = $1 AND answer IS NULL
    AND (asked > clock_timestamp() - interval '30 seconds' OR key LIKE '% rollback')
  ORDER BY asked, key LIMIT 100`;

/** Answers are kept for a month, figures for an hour. */
export const cleanAsks = `
  DELETE FROM rampwatch.asks WHERE answer IS NOT NULL AND asked < clock_timestamp() -
    CASE WHEN method IN ('series', 'records', 'report', 'review') THEN interval '1 hour' ELSE interval '31 days' END`;
