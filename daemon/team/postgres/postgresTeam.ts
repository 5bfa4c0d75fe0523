import type { JournalBody, JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { Duration } from '../../protocol/domain/units.ts';
import { wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { LeaseAnswer, LeaseQuestion } from '../membership.ts';
import type { Ask, AskAnswer, Member, News, Publication, PublicationAnswer, Team, TeamRole } from '../team.ts';
import { Connections } from './connections.ts';
import { migrations, roles } from './migrations.ts';
import * as sql from './statements.ts';

const channel = 'rampwatch';
const page = 500;
const migrationLock = 7_241_970_023;

/** A team's database: tables in the schema `rampwatch`, made and brought forward by whoever may. */
export class PostgresTeam implements Team {
  readonly #member: Member;
  readonly #connections: Connections;
  readonly #listeners = new Set<(rollout: string | null) => void>();
  #ready: Promise<void> | null = null;
  #role: TeamRole | null = null;

  constructor(url: string, member: Member) {
    this.#member = member;
    this.#connections = new Connections(url, channel, (payload) => {
      for (const heard of this.#listeners) heard(payload);
    });
  }

  get role(): TeamRole | null {
    return this.#role;
  }

  listen(heard: (rollout: string | null) => void): () => void {
    this.#listeners.add(heard);
    return () => this.#listeners.delete(heard);
  }

  async lease(
    rollout: string,
    question: LeaseQuestion,
    { length, epoch }: { readonly length: Duration; readonly epoch: number },
  ): Promise<LeaseAnswer> {
    await this.#prepared();
    const { name, identity } = this.#member;
    if (question === 'renew') {
      const [mine] = await this.#connections.query<EpochRow>(sql.renew, [rollout, identity, epoch, length]);
      if (mine !== undefined) return { kind: 'mine', epoch: Number(mine.epoch), length };
    }
    if (question === 'take') {
      const [mine] = await this.#connections.query<EpochRow>(sql.take, [rollout, name, identity, length]);
      if (mine !== undefined) return { kind: 'mine', epoch: Number(mine.epoch), length };
    }
    const [row] = await this.#connections.query<LeaseRow>(sql.look, [rollout]);
    if (row === undefined) return { kind: 'free', epoch: 0 };
    const isOurs = row.identity === identity;
    return { kind: 'theirs', holder: row.holder, epoch: Number(row.epoch), isLive: row.live, isOurs };
  }

  async release(rollout: string, epoch: number): Promise<void> {
    await this.#connections.query(sql.release, [rollout, this.#member.identity, epoch]);
  }

  async publish(rollout: string, epoch: number, publication: Publication): Promise<PublicationAnswer> {
    await this.#prepared();
    const { entries, parts, answers } = publication;
    const values = [
      rollout,
      this.#member.identity,
      epoch,
      JSON.stringify(entries.map(({ body, ...entry }) => ({ ...entry, body: JSON.stringify(body) }))),
      JSON.stringify(Object.entries(parts).map(([part, body]) => ({ part, body }))),
      JSON.stringify(answers.map(({ key, answer }) => ({ key, answer: JSON.stringify(answer) }))),
    ];
    try {
      const [row] = await this.#connections.query<{ held: boolean }>(sql.publish, values);
      return { kind: row?.held === true ? 'published' : 'fenced' };
    } catch (error) {
      if (error instanceof UserError && error.cause === '23505') return { kind: 'diverged' };
      throw error;
    }
  }

  async entryHash(
    rollout: string,
    seq: number | null,
  ): Promise<{ readonly seq: number; readonly hash: string } | null> {
    await this.#prepared();
    const [row] = await this.#connections.query<{ seq: string; hash: string }>(sql.entryHash, [rollout, seq]);
    return row === undefined ? null : { seq: Number(row.seq), hash: row.hash };
  }

  async news(rollout: string, after: { readonly journal: number; readonly view: number }): Promise<News> {
    await this.#prepared();
    const [rows, parts] = await Promise.all([
      this.#connections.query<EntryRow>(sql.entriesAfter, [rollout, after.journal, page]),
      this.#connections.query<PartRow>(sql.partsAfter, [rollout, after.view]),
    ]);
    return {
      entries: rows.map(entryOf),
      parts: Object.fromEntries(parts.map(({ part, body }) => [part, body])),
      view: parts.reduce((newest, { publication }) => Math.max(newest, Number(publication)), after.view),
    };
  }

  async ask(rollout: string, { key, method, params, by }: Ask): Promise<void> {
    await this.#prepared();
    await this.#connections.query(sql.ask, [rollout, key, method, params, by]);
  }

  async answerOf(rollout: string, key: string): Promise<AskAnswer | null> {
    const [row] = await this.#connections.query<{ answer: string | null }>(sql.answerOf, [rollout, key]);
    return row === undefined || row.answer === null ? null : (JSON.parse(row.answer) as AskAnswer);
  }

  async openAsks(rollout: string): Promise<readonly Ask[]> {
    return await this.#connections.query<Ask & { readonly [column: string]: string }>(sql.openAsks, [rollout]);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#connections.close();
  }

  /** The tables are there and of a version that is known. Asked once, and again after a failure. */
  #prepared(): Promise<void> {
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = null;
      throw error;
    });
    return this.#ready;
  }

  async #prepare(): Promise<void> {
    const version = await this.#version();
    if (version > migrations.length) {
      throw new UserError(
        'team-refused',
        `its tables are of version ${version} and this Rampwatch knows ${migrations.length}: update Rampwatch`,
      );
    }
    if (version < migrations.length) await this.#migrate();
    const [row] = await this.#connections.query<{ operator: boolean }>(sql.isOperator);
    this.#role = row?.operator === true ? 'operator' : 'viewer';
    if (this.#role === 'operator') await this.#connections.query(sql.cleanAsks);
  }

  async #version(): Promise<number> {
    const [there] = await this.#connections.query<{ there: boolean }>(sql.hasVersion);
    if (there?.there !== true) return 0;
    const [row] = await this.#connections.query<{ version: number }>('SELECT version FROM rampwatch.version');
    return row?.version ?? 0;
  }

  async #migrate(): Promise<void> {
    await this.#connections.transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
      const { rows } = await client.query<{ there: boolean }>(sql.hasVersion);
      if (rows[0]?.there !== true) await client.query(sql.createVersion);
      const found = await client.query<{ version: number }>('SELECT version FROM rampwatch.version');
      for (const step of migrations.slice(found.rows[0]?.version ?? 0)) await client.query(step);
      await client.query('UPDATE rampwatch.version SET version = $1', [migrations.length]);
    });
    // A user who may not make roles has a database without them: its owner is the only operator.
    await this.#connections.query(roles).catch(() => undefined);
  }
}

interface EpochRow {
  readonly epoch: string;
  readonly [column: string]: unknown;
}

interface LeaseRow extends EpochRow {
  readonly holder: string;
  readonly identity: string;
  readonly live: boolean;
}

interface PartRow {
  readonly part: string;
  readonly body: string | null;
  readonly publication: string;
  readonly [column: string]: unknown;
}

interface EntryRow {
  readonly seq: string;
  readonly rollout: string;
  readonly attempt: number;
  readonly at: number;
  readonly body: string;
  readonly previous: string;
  readonly hash: string;
  readonly [column: string]: unknown;
}

function entryOf({ seq, rollout, attempt, at, body, previous, hash }: EntryRow): JournalEntry {
  const parsed = JSON.parse(body) as JournalBody;
  return { seq: Number(seq), rollout, attempt, at: wallTime(at), body: parsed, previous, hash };
}
