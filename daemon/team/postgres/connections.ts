import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { UserError } from '../../protocol/domain/userError.ts';

/** Milliseconds after which a question is given up: a cut cable answers nothing. */
const patience = 3000;
/** Milliseconds between two tries to listen again. */
const betweenTries = 500;
/** Every so often the listening connection is asked for a sign of life: it would not notice a cut by itself. */
const heartbeat = 5000;

/**
 * The connections of one daemon to one database: a few for questions, and one that listens. All are made when they are
 * needed, and again after they broke. No text of an error names the URL.
 */
export class Connections {
  readonly #settings: pg.ClientConfig;
  readonly #pool: pg.Pool;
  readonly #channel: string;
  readonly #heard: (payload: string | null) => void;
  #listener: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param heard called with each payload, and with `null` when the listening was begun again. */
  constructor(url: string, channel: string, heard: (payload: string | null) => void) {
    this.#settings = {
      connectionString: url,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
      statement_timeout: patience,
      keepAlive: true,
      application_name: 'rampwatch',
    };
    this.#channel = channel;
    this.#heard = heard;
    this.#pool = new pg.Pool({ ...this.#settings, max: 3, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
    // An idle connection that breaks is made anew by the next question.
    this.#pool.on('error', () => undefined);
    void this.#listen();
  }

  /** @throws UserError `team-away`, `team-refused`; the database's own errors keep their code as `cause`. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw teamError(error);
    }
  }

  /** @throws as `query` does; everything inside is undone then. */
  async transaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    try {
      const client = await this.#pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        await work(client);
        await client.query('COMMIT');
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release(broken);
      }
    } catch (error) {
      throw teamError(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const listener = this.#listener;
    this.#listener = null;
    await Promise.all([within(listener?.end()), within(this.#pool.end())]);
  }

  async #listen(): Promise<void> {
    if (this.#closed) return;
    const client = new pg.Client(this.#settings);
    const lost = (): void => {
      client.removeAllListeners('notification');
      void within(client.end());
      if (this.#listener !== client && this.#listener !== null) return;
      this.#listener = null;
      if (!this.#closed) this.#later(() => void this.#listen(), betweenTries);
    };
    client.on('error', () => undefined);
    client.once('end', () => undefined);
    client.on('notification', ({ payload }) => this.#heard(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
    } catch {
      return lost();
    }
    if (this.#closed) return void within(client.end());
    this.#listener = client;
    this.#heard(null);
    const alive = (): void => {
      const asked = performance.now();
      client.query('SELECT 1').then(
        () => {
          if (this.#listener === client) this.#later(alive, Math.max(0, heartbeat - (performance.now() - asked)));
        },
        () => lost(),
      );
    };
    client.once('end', () => {
      if (this.#listener === client) lost();
    });
    this.#later(alive, heartbeat);
  }

  #later(act: () => void, wait: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(act, wait);
    this.#timer.unref();
  }
}

/** A connection that hangs must not hold up the end of a daemon. */
async function within(ending: Promise<unknown> | undefined): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, 500).unref());
  await Promise.race([ending?.catch(() => undefined), late]);
}

const refusals: Readonly<Record<string, string>> = {
  '28P01': 'the password is not accepted',
  '28000': 'this user may not connect',
  '3D000': 'there is no such database',
  '3F000': 'the tables are not there yet',
  '42P01': 'the tables are not there yet',
  '42501': 'this user lacks the right for it',
  '25006': 'the database is read-only',
  '53100': 'the disk of the database is full',
};

/** One line without the URL, and without a text that the server chose. */
function teamError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const code = errorCode(error);
  const refusal = refusals[code];
  const isTls = /certificate|SSL|TLS/i.test(error instanceof Error ? error.message : '');
  const why = isTls ? 'the connection cannot be secured (TLS)' : (refusal ?? (code || 'it does not answer'));
  const user = new UserError(
    refusal === undefined || code === '25006' || code === '53100' ? 'team-away' : 'team-refused',
    why,
  );
  user.cause = code;
  return user;
}
