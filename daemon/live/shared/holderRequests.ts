import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { Params, Results } from '../../protocol/wire/messages.ts';
import type { AskAnswer, Team } from '../../team/team.ts';
import { type AskedMethod, refused, resultOf } from './asks.ts';
import { holderText, noHolderText, type TeamStanding } from './teamStanding.ts';

/** A follower's command waits so long for the holder. */
const patience = 10_000;

interface Follower {
  readonly rollout: string;
  standing(): TeamStanding;
  /** `null` until the database has answered for the first time. */
  team(): Team | null;
  /** The revision of the state by the journal here. */
  revision(): number;
  /** The database is asked for answers soon. */
  wake(): void;
}

/** The requests of a follower, which go through the database to the holder and are carried out there once. */
export class HolderRequests {
  readonly #follower: Follower;
  readonly #waiting = new Map<string, PromiseWithResolvers<AskAnswer>>();

  constructor(follower: Follower) {
    this.#follower = follower;
  }

  /** A person's name with the machine that the person sits at. */
  named(by: string): string {
    const host = this.#follower.standing().self.split('@').at(-1) ?? '';
    return by.endsWith(`@${host}`) ? by : `${by}@${host}`;
  }

  async send(team: Team, method: AskedMethod, params: object, key: string): Promise<void> {
    const { self } = this.#follower.standing();
    const by = this.named('by' in params && typeof params.by === 'string' ? params.by : self);
    await team.ask(this.#follower.rollout, { key, method, params: JSON.stringify(params), by });
  }

  /** Hands on the answers that have come. */
  async settle(team: Team): Promise<void> {
    for (const [key, { resolve }] of this.#waiting) {
      const answer = await team.answerOf(this.#follower.rollout, key);
      if (answer === null) continue;
      this.#waiting.delete(key);
      resolve(answer);
    }
  }

  /** `null`: not within the time. */
  async answer(
    team: Team,
    method: AskedMethod,
    params: object,
    { key, limit }: { readonly key: string; readonly limit: number },
  ): Promise<AskAnswer | null> {
    // Two requests with one key wait for the same answer.
    const waiting = this.#waiting.get(key) ?? Promise.withResolvers<AskAnswer>();
    this.#waiting.set(key, waiting);
    await this.send(team, method, params, key);
    this.#follower.wake();
    const answer = await Promise.race([waiting.promise, pause(limit, null, { ref: false })]);
    if (answer === null) this.#waiting.delete(key);
    return answer;
  }

  async outcome(
    method: 'command' | 'tick' | 'signal',
    params: Params<typeof method>,
    key: string,
  ): Promise<CommandOutcome> {
    const revision = this.#follower.revision();
    const team = this.#follower.team();
    if (team?.role === 'viewer')
      return refused('not-permitted', revision, 'your user of the team’s database may only view');
    const obstacle = noHolderText(this.#follower.standing());
    if (team === null || obstacle !== null) {
      const why = obstacle ?? 'the database of the team has not answered yet';
      return refused('no-holder', revision, `${why}; a rollback works`);
    }
    const answer = await this.answer(team, method, params, { key, limit: patience });
    if (answer !== null) return resultOf(method, answer);
    return refused(
      'no-holder',
      revision,
      `${holderText(this.#follower.standing())} has not answered within 10 s; it carries this out once if it answers within 30 s, and never later: look at the status`,
    );
  }

  /** @throws UserError (as a rejection) when nobody judges, or does not answer. */
  async figures<M extends 'series' | 'records' | 'report' | 'review'>(
    method: M,
    params: Params<M>,
  ): Promise<Results[M]> {
    const team = this.#follower.team();
    const obstacle = noHolderText(this.#follower.standing());
    if (team === null || obstacle !== null) throw new UserError('no-holder', obstacle ?? 'nobody judges');
    const answer = await this.answer(team, method, params, { key: `${method} ${randomUUID()}`, limit: patience });
    if (answer !== null) return resultOf(method, answer);
    const holder = holderText(this.#follower.standing());
    throw new UserError('no-holder', `${holder}, which has the figures, does not answer`);
  }
}
