import { setTimeout as pause } from 'node:timers/promises';
import type { FlagTarget } from '../../flag/target.ts';
import type { JournalNote } from '../../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../../protocol/domain/plan.ts';
import type { CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../../protocol/domain/rolloutState.ts';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { Params, Results } from '../../protocol/wire/messages.ts';
import type { RolloutView } from '../../protocol/wire/view.ts';
import { exposesUsers } from '../../rollout/exposure.ts';
import { askedRollbackOf, askRollback, forgetRollback } from '../../store/askedRollback.ts';
import type { Member, Team } from '../../team/team.ts';
import type { ClockGap } from '../clockGap.ts';
import { LiveRollout } from '../liveRollout.ts';
import type { LeaseGate, LiveRolloutOptions } from '../rolloutParts.ts';
import type { RunningRollout } from '../runningRollout.ts';
import { foldedState, goesBack, needsWatch } from '../storedState.ts';
import { FollowedView } from './followedView.ts';
import { HolderRequests } from './holderRequests.ts';
import { type RollbackParams, rollBackFromHere } from './rollBackFromHere.ts';
import { SharedJournal } from './sharedJournal.ts';
import { TeamExchange } from './teamExchange.ts';
import { TeamLease } from './teamLease.ts';
import { awayText, holderText, type TeamStanding, teamView } from './teamStanding.ts';

/** The daemon's access to the databases of teams. */
export interface Teams {
  readonly member: Member;
  /** @throws UserError when the variable is not set */
  of(variable: string): Promise<Team>;
}

/** An automatic way back waits so long for the word whether another holds the lease, and only when ours has ended. */
const longestDoubt = 1000;
const longestClose = 2000;
/** Milliseconds between two publications, so that a burst of changes is one. */
const betweenPublications = 50;

/**
 * A rollout that a team shares. While this daemon holds the lease, a `LiveRollout` judges here and what it decides is
 * published; otherwise the holder's view is shown, and requests go to it.
 */
export class SharedRollout implements RunningRollout {
  problem: string | null = null;
  readonly loaded: LoadedPlan;
  readonly #options: LiveRolloutOptions;
  readonly #teams: Teams;
  readonly #followed: FollowedView;
  readonly #journal: SharedJournal;
  readonly #exchange: TeamExchange;
  readonly #lease: TeamLease;
  #live: LiveRollout | null = null;
  #team: Team | null = null;
  #unlisten: () => void = () => undefined;
  /** The counts here may lack what happened while another judged. */
  #followedSince = false;
  #trouble: { readonly since: WallTime; readonly why: string; readonly code: string } | null = null;
  #isDue = false;
  #working: Promise<void> | null = null;
  #asksDue = true;
  readonly #requests: HolderRequests;
  #folded: { readonly length: number; readonly state: RolloutState } | null = null;
  #closed = false;

  constructor(options: LiveRolloutOptions, teams: Teams) {
    this.loaded = options.loaded;
    this.#options = options;
    this.#teams = teams;
    this.#followed = new FollowedView(options);
    this.#journal = new SharedJournal(options.store, options.loaded.plan.id);
    this.#exchange = new TeamExchange(options.loaded.plan.id, this.#journal, () => options.now());
    this.#lease = new TeamLease({
      loaded: options.loaded,
      machine: options,
      state: () => this.#state,
      changed: () => options.changed(),
    });
    this.#requests = new HolderRequests({
      rollout: options.loaded.plan.id,
      standing: () => this.#standing,
      team: () => this.#team,
      revision: () => this.#state.revision,
      wake: () => this.#wake(),
    });
  }

  get id(): string {
    return this.loaded.plan.id;
  }

  get target(): FlagTarget | null {
    return this.#live?.target ?? this.#followed.target;
  }

  get exposesUsers(): boolean {
    return this.#live?.exposesUsers ?? exposesUsers(this.#state);
  }

  get needsWatch(): boolean {
    return this.#live?.needsWatch ?? needsWatch(this.#state);
  }

  get needsDaemon(): boolean {
    return this.#live?.needsDaemon ?? (this.needsWatch || this.exposesUsers);
  }

  get goesBack(): boolean {
    return this.#live?.goesBack ?? goesBack(this.#state);
  }

  get fault(): string | null {
    return this.#live?.fault ?? null;
  }

  get guarded(): string {
    return this.#live?.guarded ?? `${this.id} exposes users, and its holder may need this daemon to take over`;
  }

  /** The state by the journal here. */
  get #state(): RolloutState {
    const { length } = this.#journal;
    if (this.#folded?.length !== length) {
      const { store, now } = this.#options;
      this.#folded = { length, state: foldedState(this.id, this.loaded.hash, store, now()) };
    }
    return this.#folded.state;
  }

  /** The first word of the database, so that the first view knows who judges; a database that hangs delays no start. */
  async lookAtFlag(): Promise<void> {
    if (this.#lease.member.kind === 'unknown' && this.#trouble === null) {
      this.#wake();
      await Promise.race([this.#working, pause(longestClose, undefined, { ref: false })]);
    }
    await this.#live?.lookAtFlag();
  }

  tick(): void {
    this.#live?.tick();
    this.#asksDue = true;
    this.#wake();
  }

  clockGap(gap: ClockGap): void {
    this.#lease.doubt();
    this.#live?.clockGap(gap);
  }

  credentialChanged(place: string): void {
    this.#live?.credentialChanged(place);
  }

  planChanged(hash: string): void {
    this.#live?.planChanged(hash);
  }

  async command(params: Params<'command'>): Promise<CommandOutcome> {
    if (this.#live !== null) return this.#live.command(params);
    const { command } = params;
    if (command.kind === 'rollback') return this.#rollBackFromHere({ ...params, command });
    return this.#requests.outcome('command', params, `${params.key} ${params.command.kind}`);
  }

  #rollBackFromHere(params: RollbackParams): Promise<CommandOutcome> {
    return rollBackFromHere(params, {
      rollout: this.id,
      self: this.#teams.member.name,
      directory: this.#options.directory,
      revision: this.#state.revision,
      team: this.#team?.role === 'operator' ? this.#team : null,
      standing: this.#standing,
      requests: this.#requests,
      target: this.#followed.target,
      noted: () => this.#wake(),
    });
  }

  async tickItem(params: Params<'tick'>): Promise<CommandOutcome> {
    return this.#live?.tickItem(params) ?? this.#requests.outcome('tick', params, `${params.key} tick`);
  }

  async signal(params: Params<'signal'>): Promise<CommandOutcome> {
    return this.#live?.signal(params) ?? this.#requests.outcome('signal', params, `${params.key} signal`);
  }

  attach(key: string, note: JournalNote, done: string): CommandOutcome {
    return this.#judged('only the holder writes its journal').attach(key, note, done);
  }

  series(params: Params<'series'>): Promise<Results['series']> {
    return this.#live?.series(params) ?? this.#requests.figures('series', params);
  }

  report(params: Pick<Params<'report'>, 'format' | 'period'>): Promise<Results['report']> {
    return this.#live?.report(params) ?? this.#requests.figures('report', { rollout: this.id, ...params });
  }

  async records(params: Params<'records'>): Promise<Results['records']['places']> {
    return this.#live?.records(params) ?? (await this.#requests.figures('records', params)).places;
  }

  async failures(params: Params<'failures'>): Promise<Results['failures']> {
    return this.#judged('the logs lie on the machine of the holder').failures(params);
  }

  review(params: Params<'review'>): Promise<Results['review']> {
    return this.#live?.review(params) ?? this.#requests.figures('review', params);
  }

  async closeReview(params: Params<'closeReview'>): Promise<Results['closeReview']> {
    return this.#judged('the review log lies on the machine of the holder').closeReview(params);
  }

  #judged(why: string): LiveRollout {
    if (this.#live !== null) return this.#live;
    throw new UserError(
      'no-lease',
      `${this.id} is held by ${holderText({ member: this.#lease.member })}: ${why}; do it there`,
    );
  }

  view(): RolloutView {
    const team = teamView(this.#standing);
    const shown = this.#live === null ? this.#followedView() : this.#live.view();
    const { trouble } = team;
    if (trouble === null) return { ...shown, team };
    const { standing } = shown;
    const isSilent = team.holder === null;
    const kind = isSilent && standing.percent > 0 ? 'alarm' : 'degraded';
    const isWorse = standing.health.kind !== 'alarm' || (kind === 'alarm' && this.#live === null);
    const health = isWorse ? ({ kind, detail: trouble } as const) : standing.health;
    const may = isSilent ? standing.may.filter((each) => each === 'rollback') : standing.may;
    return { ...shown, standing: { ...standing, health, may }, team };
  }

  #followedView(): RolloutView {
    const base = this.#followed.view(this.problem);
    return this.#exchange.shown.over(base, this.loaded) ?? base;
  }

  get #standing(): TeamStanding {
    const { name: self } = this.#teams.member;
    const isJudging = this.#live !== null;
    return {
      self,
      member: this.#lease.member,
      isJudging,
      trouble: this.#trouble,
      unfit: this.#lease.unfit,
      now: performance.now(),
    };
  }

  async close(why: 'ended' | 'replaced'): Promise<void> {
    this.#closed = true;
    this.#unlisten();
    await Promise.race([this.#working, pause(longestClose, undefined, { ref: false })]);
    const live = this.#live;
    const team = this.#team;
    const member = this.#lease.member;
    await live?.close();
    if (live === null || team === null || member.kind !== 'holding') return;
    const last = async (): Promise<void> => {
      await this.#publish(team);
      if (why === 'ended') await team.release(this.id, member.epoch);
    };
    await Promise.race([last().catch(() => undefined), pause(longestClose, undefined, { ref: false })]);
  }

  /** One turn at a time; what comes meanwhile has one more. */
  #wake(): void {
    if (this.#closed) return;
    this.#isDue = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async #work(): Promise<void> {
    while (this.#isDue && !this.#closed) {
      this.#isDue = false;
      try {
        await this.#turn();
        if (this.#trouble !== null) {
          this.#options.log('info', `${this.id}: the database of the team answers again`);
          this.#trouble = null;
          this.#options.changed();
        }
      } catch (error) {
        this.#failed(error);
        this.#judgeAlone();
        return;
      }
      if (this.#isDue) await pause(betweenPublications);
    }
  }

  #failed(error: unknown): void {
    const isKnown = error instanceof UserError;
    const why = isKnown ? error.message : 'internal error';
    const code = isKnown ? error.code : 'internal';
    if (!isKnown) this.#options.log('error', `${this.id}: ${error instanceof Error ? error.stack : String(error)}`);
    if (this.#trouble?.why !== why) this.#options.log('warn', `${this.id}: the team: ${why}`);
    this.#trouble = { since: this.#trouble?.since ?? this.#options.now(), why, code };
    this.#options.changed();
  }

  async #turn(): Promise<void> {
    const team = await this.#opened();
    await this.#lease.ask(team);
    if (this.#lease.member.kind === 'holding') {
      if (!this.#hasBegun(this.#lease.member.epoch)) await this.#begin(team, this.#lease.member.epoch);
      await this.#serve(team);
      return;
    }
    if (this.#live !== null) await this.#stepDown();
    await this.#follow(team);
  }

  async #opened(): Promise<Team> {
    if (this.#team !== null) return this.#team;
    const team = await this.#teams.of(this.loaded.plan.team?.postgres ?? '');
    this.#unlisten = team.listen((rollout) => {
      if (rollout !== null && rollout !== this.id) return;
      this.#asksDue = true;
      this.#wake();
    });
    this.#team = team;
    return team;
  }

  #begunEpoch = 0;
  #hasBegun(epoch: number): boolean {
    return this.#live !== null && this.#begunEpoch === epoch;
  }

  /** Takes the journal of the team over, and judges. */
  async #begin(team: Team, epoch: number): Promise<void> {
    const isNews = await this.#catchUp(team);
    if (this.#live !== null && isNews) await this.#stepDown();
    try {
      this.#live ??= this.#judging();
    } catch (error) {
      // Another may be able to do what this one cannot.
      await this.#lease.giveBack(team, epoch);
      throw error;
    }
    this.#begunEpoch = epoch;
    this.#exchange.beginsToPublish();
    const holder = this.#teams.member.name;
    this.#live.attach(`lease ${epoch}`, { kind: 'lease-taken', holder, epoch }, '');
    this.#options.log('info', `${this.id}: held by ${holder}, epoch ${epoch}`);
    this.#options.changed();
  }

  #judging(): LiveRollout {
    const { store } = this.#options;
    // Its own sources are read anew: what was counted here before another judged is not the whole.
    if (this.#followedSince) store.commit({ rollout: this.id, forget: true, durable: true });
    this.#followedSince = false;
    const newest = store.journal(this.id, null, 1)[0]?.at ?? null;
    const known = [newest, this.#lease.heardAt, this.#options.watchedUntil].filter((at) => at !== null);
    const live = new LiveRollout({
      ...this.#options,
      watchedUntil: known.length === 0 ? null : wallTime(Math.max(...known)),
      lease: this.#gate,
      changed: () => {
        this.#options.changed();
        this.#wake();
      },
    });
    live.problem = this.problem;
    live.planChanged(this.loaded.hash);
    return live;
  }

  /** The last holder goes on judging when its database is away at its start: a trigger must still roll back. */
  #judgeAlone(): void {
    if (this.#live !== null || this.#lease.member.kind !== 'unknown' || this.#closed || !needsWatch(this.#state))
      return;
    const { name } = this.#teams.member;
    let last: string | null = null;
    for (const { body } of this.#options.store.events(this.id)) if (body.kind === 'lease-taken') last = body.holder;
    if (last === name) this.#live = this.#judging();
  }

  readonly #gate: LeaseGate = {
    member: () => this.#teams.member.name,
    obstacle: () => {
      if (this.#lease.mayGoForward) return null;
      const away = awayText({ trouble: this.#trouble }) ?? 'the lease has ended and is not renewed yet';
      return `${away}: nothing goes forward until it is renewed; a rollback works`;
    },
    decisionObstacle: () => {
      const away = awayText({ trouble: this.#trouble });
      const untold = away === null ? null : `${away}: nothing goes forward that it cannot hear of; a rollback works`;
      return this.#gate.obstacle() ?? untold;
    },
    permit: async (purpose) => {
      this.#options.noteClock();
      return purpose === 'rollback' ? this.#permitBack() : this.#permitForward();
    },
  };

  async #permitForward(): Promise<string | null> {
    const team = this.#team;
    if (team === null || this.#lease.member.kind !== 'holding') return this.#gate.obstacle();
    try {
      if (!this.#lease.mayGoForward) {
        this.#lease.askSoon();
        await this.#lease.ask(team);
      }
      await this.#publish(team);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return `not set, because it cannot be told to the team first: ${error.message}`;
    }
    return this.#gate.obstacle();
  }

  /** The way back asks nobody while the lease lives, and hardly waits when it has ended. */
  async #permitBack(): Promise<string | null> {
    const team = this.#team;
    const length = this.loaded.plan.team?.lease;
    if (team === null || length === undefined || this.#lease.isLive) return null;
    const epoch = this.#lease.member.kind === 'unknown' ? 0 : this.#lease.member.epoch;
    const look = team.lease(this.id, 'look', { length, epoch }).catch(() => null);
    const answer = await Promise.race([look, pause(longestDoubt, null, { ref: false })]);
    if (answer?.kind !== 'theirs' || answer.isOurs || !answer.isLive) return null;
    return `${answer.holder} holds the rollout now, and is asked to roll back`;
  }

  async #serve(team: Team): Promise<void> {
    const live = this.#live;
    if (live === null) return;
    if (this.#asksDue) {
      this.#asksDue = false;
      for (const ask of await team.openAsks(this.id)) {
        await this.#exchange.answer(ask, live);
      }
    }
    await this.#publish(team);
  }

  /** Everything that is decided and not published yet. */
  async #publish(team: Team): Promise<void> {
    const holding = () =>
      this.#lease.member.kind === 'holding' && this.#live !== null
        ? { epoch: this.#lease.member.epoch, live: this.#live }
        : null;
    const fenced = await this.#exchange.publish(team, holding);
    if (fenced === null) return;
    this.#lease.isFencedOff(fenced);
    throw new UserError('team-away', 'another daemon has taken the lease');
  }

  /** Takes in what the team has and this store has not. Returns true when there was something. */
  async #catchUp(team: Team): Promise<boolean> {
    const { isNews, entries } = await this.#exchange.catchUp(team);
    if (entries > 0) {
      this.#followed.changed();
      this.#followedSince = true;
    }
    return isNews;
  }

  /** Another holds the lease: what was decided here and is not published is theirs to decide. */
  async #stepDown(): Promise<void> {
    const live = this.#live;
    if (live === null) return;
    this.#live = null;
    await live.close();
    this.#options.log('warn', `${this.id}: no longer held here`);
    for (const { body } of this.#exchange.stepsDown()) {
      if (body.kind !== 'rollback-started') continue;
      const { cause } = body;
      const by = cause.kind === 'person' ? cause.by : this.#teams.member.name;
      const reason = cause.kind === 'person' ? (cause.reason ?? '') : `${cause.firing.trigger} fired here`;
      askRollback(this.#options.directory, { rollout: this.id, key: `apart-${this.#begunEpoch}-rollback`, by, reason });
    }
    this.#options.changed();
  }

  async #follow(team: Team): Promise<void> {
    if (await this.#catchUp(team)) this.#options.changed();
    const noted = askedRollbackOf(this.#options.directory, this.id);
    if (noted !== null && team.role === 'operator') {
      const { key, by, reason } = noted;
      await this.#requests.send(
        team,
        'command',
        { rollout: this.id, key, by, command: { kind: 'rollback', reason } },
        `${key} rollback`,
      );
      forgetRollback(this.#options.directory, noted);
    }
    await this.#requests.settle(team);
  }
}
