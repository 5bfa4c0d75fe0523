import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FlagTarget } from '../../flag/target.ts';
import type { JournalNote } from '../../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../../protocol/domain/plan.ts';
import type { CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../../protocol/domain/rolloutState.ts';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { Params, Results } from '../../protocol/wire/messages.ts';
import type { RolloutView, TeamView } from '../../protocol/wire/view.ts';
import { exposesUsers } from '../../rollout/exposure.ts';
import { missingHere } from '../../sources/kinds.ts';
import { askedRollbackOf, askRollback, forgetRollback } from '../../store/askedRollback.ts';
import {
  answered,
  betweenQuestions,
  doubted,
  fencedOff,
  isLive,
  type Membership,
  mayGoForward,
  nextQuestion,
  outside,
} from '../../team/membership.ts';
import type { AskAnswer, Member, Team } from '../../team/team.ts';
import { LiveRollout } from '../liveRollout.ts';
import type { LeaseGate, LiveRolloutOptions } from '../rolloutParts.ts';
import type { RunningRollout } from '../runningRollout.ts';
import { foldedState, goesBack, needsWatch } from '../storedState.ts';
import { type AskedMethod, answerAsk, refused, resultOf } from './asks.ts';
import { FollowedView } from './followedView.ts';
import { Incoming, Outgoing } from './publishedView.ts';
import { SharedJournal } from './sharedJournal.ts';

/** The daemon's access to the databases of teams. */
export interface Teams {
  readonly member: Member;
  /** @throws UserError when the variable is not set */
  of(variable: string): Promise<Team>;
}

/** A follower's command waits so long for the holder. */
const patience = 10_000;
/** A rollback waits so long for the holder; then the flag is set from here. */
const rollbackPatience = 2000;
/** An automatic way back waits so long for the word whether another holds the lease, and only when ours has ended. */
const longestDoubt = 1000;
const longestClose = 2000;
/** Milliseconds between two publications, so that a burst of changes is one. */
const betweenPublications = 50;
const entriesAtOnce = 200;

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
  readonly #incoming = new Incoming();
  #outgoing = new Outgoing([]);
  #member: Membership = outside;
  #live: LiveRollout | null = null;
  #team: Team | null = null;
  #unlisten: () => void = () => undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Entries that the team's journal has of ours. */
  #published = 0;
  /** The counts here may lack what happened while another judged. */
  #followedSince = false;
  /** When a holder was last seen. */
  #heardAt: WallTime | null = null;
  /** Why this daemon may not hold the lease; `null`: it may. */
  #unfit: string | null = null;
  #trouble: { readonly since: WallTime; readonly why: string; readonly code: string } | null = null;
  #isDue = false;
  #working: Promise<void> | null = null;
  #publishing: Promise<unknown> = Promise.resolve();
  #asksDue = true;
  /** Answers that wait for their publication. */
  readonly #answers = new Map<string, AskAnswer>();
  /** Requests of ours that wait for the holder. */
  readonly #waiting = new Map<string, PromiseWithResolvers<AskAnswer>>();
  #folded: { readonly length: number; readonly state: RolloutState } | null = null;
  #closed = false;

  constructor(options: LiveRolloutOptions, teams: Teams) {
    this.loaded = options.loaded;
    this.#options = options;
    this.#teams = teams;
    this.#followed = new FollowedView(options);
    this.#journal = new SharedJournal(options.store, options.loaded.plan.id);
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
    if (this.#member.kind === 'unknown' && this.#trouble === null) {
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

  clockGap(from: WallTime, to: WallTime): void {
    this.#member = doubted(this.#member);
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#live?.clockGap(from, to);
  }

  planChanged(hash: string): void {
    this.#live?.planChanged(hash);
  }

  async command(params: Params<'command'>): Promise<CommandOutcome> {
    if (this.#live !== null) return this.#live.command(params);
    if (params.command.kind === 'rollback') return this.#rollBackFromHere(params);
    return this.#askOutcome('command', params, `${params.key} ${params.command.kind}`);
  }

  async tickItem(params: Params<'tick'>): Promise<CommandOutcome> {
    return this.#live?.tickItem(params) ?? this.#askOutcome('tick', params, `${params.key} tick`);
  }

  async signal(params: Params<'signal'>): Promise<CommandOutcome> {
    return this.#live?.signal(params) ?? this.#askOutcome('signal', params, `${params.key} signal`);
  }

  attach(key: string, note: JournalNote, done: string): CommandOutcome {
    return this.#judged('only the holder writes its journal').attach(key, note, done);
  }

  series(params: Params<'series'>): Promise<Results['series']> {
    return this.#live?.series(params) ?? this.#askFigures('series', params);
  }

  report(params: Pick<Params<'report'>, 'format' | 'period'>): Promise<Results['report']> {
    return this.#live?.report(params) ?? this.#askFigures('report', { rollout: this.id, ...params });
  }

  async records(params: Params<'records'>): Promise<Results['records']['places']> {
    return this.#live?.records(params) ?? (await this.#askFigures('records', params)).places;
  }

  async failures(params: Params<'failures'>): Promise<Results['failures']> {
    return this.#judged('the logs lie on the machine of the holder').failures(params);
  }

  review(params: Params<'review'>): Promise<Results['review']> {
    return this.#live?.review(params) ?? this.#askFigures('review', params);
  }

  async closeReview(params: Params<'closeReview'>): Promise<Results['closeReview']> {
    return this.#judged('the review log lies on the machine of the holder').closeReview(params);
  }

  #judged(why: string): LiveRollout {
    if (this.#live !== null) return this.#live;
    throw new UserError('no-lease', `${this.id} is held by ${this.#holderText()}: ${why}; do it there`);
  }

  view(): RolloutView {
    const team = this.#teamView();
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
    return this.#incoming.over(base, this.loaded) ?? base;
  }

  #teamView(): TeamView {
    const { name } = this.#teams.member;
    const trouble = this.#troubleText();
    const epoch = this.#member.kind === 'unknown' ? 0 : this.#member.epoch;
    if (this.#live !== null) return { role: 'holds', self: name, holder: name, epoch, trouble };
    const holder = this.#member.kind === 'following' ? this.#member.holder : null;
    return { role: 'follows', self: name, holder, epoch, trouble };
  }

  #troubleText(): string | null {
    const away = this.#awayText();
    if (this.#live !== null) {
      if (away !== null) return `${away}; it is judged here all the same, and nothing advances`;
      return isLive(this.#member, performance.now())
        ? null
        : 'the lease has ended and is not renewed yet: nothing advances';
    }
    if (this.#member.kind !== 'following') {
      return away === null ? 'the database of the team has not answered yet' : `${away}: nobody knows yet who judges`;
    }
    if (away !== null) return `${away}: this is the last that was known of ${this.#holderText()}`;
    if (this.#member.holder !== null) return null;
    const last = this.#member.last === null ? '' : `${this.#member.last} no longer holds the lease; `;
    return this.#unfit === null
      ? `${last}taking over`
      : `nobody judges: ${last}this machine cannot take over, because ${this.#unfit}`;
  }

  #awayText(): string | null {
    const trouble = this.#trouble;
    if (trouble === null) return null;
    return trouble.code === 'team-away'
      ? `the database of the team is away (${trouble.why})`
      : `the database of the team refuses: ${trouble.why}`;
  }

  #holderText(): string {
    if (this.#member.kind !== 'following') return 'another daemon';
    return this.#member.holder ?? this.#member.last ?? 'another daemon';
  }

  async close(why: 'ended' | 'replaced'): Promise<void> {
    this.#closed = true;
    this.#unlisten();
    await Promise.race([this.#working, pause(longestClose, undefined, { ref: false })]);
    const live = this.#live;
    const team = this.#team;
    const member = this.#member;
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
    await this.#askLease(team);
    if (this.#member.kind === 'holding') {
      if (!this.#hasBegun(this.#member.epoch)) await this.#begin(team, this.#member.epoch);
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

  async #askLease(team: Team): Promise<void> {
    const length = this.loaded.plan.team?.lease;
    const now = performance.now();
    if (length === undefined || now - this.#askedAt < betweenQuestions(this.#member, length)) return;
    if (this.#member.kind !== 'holding') this.#unfit = await this.#unfitness(team);
    let question = nextQuestion(this.#member, this.#unfit === null);
    // At the start the first look tells whether there is a lease to take.
    for (let asked = performance.now(); ; asked = performance.now()) {
      const epoch = this.#member.kind === 'unknown' ? 0 : this.#member.epoch;
      const answer = await team.lease(this.id, question, { length, epoch });
      this.#askedAt = asked;
      const before = this.#member;
      this.#member = answered(before, asked, answer);
      if (this.#member.kind === 'following' && this.#member.holder !== null) this.#heardAt = this.#options.now();
      if (JSON.stringify(told(before)) !== JSON.stringify(told(this.#member))) this.#options.changed();
      if (question !== 'look') return;
      this.#unfit = await this.#unfitness(team);
      question = nextQuestion(this.#member, this.#unfit === null);
      if (question !== 'take') return;
    }
  }

  /** In a line, the reason why this daemon must not hold the lease; `null`: it may. */
  async #unfitness(team: Team): Promise<string | null> {
    if (team.role === 'viewer') return 'its user of the database may only view';
    const { directory, environment } = this.#options;
    const { plan, root, hash } = this.loaded;
    for (const [index, source] of plan.sources.entries()) {
      const missing = await missingHere({ root, source, index, outside: { rollout: plan.id, directory, environment } });
      if (missing !== null) return missing;
    }
    const state = this.#state;
    const wasOurs = this.#member.kind === 'following' && this.#member.wasOurs;
    if (wasOurs || !needsWatch(state) || state.planHash === hash) return null;
    return 'its plan has another text than the one by which the rollout is judged: bring it up to date';
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
      await team.release(this.id, epoch);
      this.#member = fencedOff(this.#member, epoch);
      throw error;
    }
    this.#begunEpoch = epoch;
    this.#outgoing = new Outgoing(this.#incoming.names);
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
    const known = [newest, this.#heardAt, this.#options.watchedUntil].filter((at) => at !== null);
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
    if (this.#live !== null || this.#member.kind !== 'unknown' || this.#closed || !needsWatch(this.#state)) return;
    const { name } = this.#teams.member;
    let last: string | null = null;
    for (const { body } of this.#options.store.events(this.id)) if (body.kind === 'lease-taken') last = body.holder;
    if (last === name) this.#live = this.#judging();
  }

  readonly #gate: LeaseGate = {
    obstacle: () => {
      if (mayGoForward(this.#member, performance.now())) return null;
      const away = this.#awayText() ?? 'the lease has ended and is not renewed yet';
      return `${away}: nothing goes forward until it is renewed; a rollback works`;
    },
    permit: async (purpose) => {
      this.#options.noteClock();
      return purpose === 'rollback' ? this.#permitBack() : this.#permitForward();
    },
  };

  async #permitForward(): Promise<string | null> {
    const team = this.#team;
    if (team === null || this.#member.kind !== 'holding') return this.#gate.obstacle();
    try {
      if (!mayGoForward(this.#member, performance.now())) {
        this.#askedAt = Number.NEGATIVE_INFINITY;
        await this.#askLease(team);
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
    if (team === null || length === undefined || isLive(this.#member, performance.now())) return null;
    const epoch = this.#member.kind === 'unknown' ? 0 : this.#member.epoch;
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
        if (!this.#answers.has(ask.key)) this.#answers.set(ask.key, await answerAsk(ask, live, this.#journal));
      }
    }
    await this.#publish(team);
  }

  /** Everything that is decided and not published yet. One publication at a time. */
  #publish(team: Team): Promise<void> {
    const publishing = this.#publishing.then(() => this.#publishAll(team));
    this.#publishing = publishing.catch(() => undefined);
    return publishing;
  }

  async #publishAll(team: Team): Promise<void> {
    for (let isWhole = false; !isWhole; ) {
      const live = this.#live;
      if (this.#member.kind !== 'holding' || live === null) return;
      const { epoch } = this.#member;
      this.#journal.read();
      const entries = this.#journal.after(this.#published, entriesAtOnce);
      isWhole = this.#published + entries.length === this.#journal.length;
      const parts = isWhole ? this.#outgoing.changes(live.view()) : {};
      const answers = isWhole ? [...this.#answers].map(([key, answer]) => ({ key, answer })) : [];
      if (entries.length === 0 && answers.length === 0 && Object.keys(parts).length === 0) return;
      const { kind } = await team.publish(this.id, epoch, { entries, parts, answers });
      if (kind !== 'published') {
        this.#member = fencedOff(this.#member, epoch);
        this.#askedAt = Number.NEGATIVE_INFINITY;
        throw new UserError('team-away', 'another daemon has taken the lease');
      }
      this.#published += entries.length;
      this.#outgoing.sent(parts);
      for (const { key } of answers) this.#answers.delete(key);
    }
  }

  /** Another holds the lease: what was decided here and is not published is theirs to decide. */
  async #stepDown(): Promise<void> {
    const live = this.#live;
    if (live === null) return;
    this.#live = null;
    this.#answers.clear();
    await live.close();
    this.#options.log('warn', `${this.id}: no longer held here`);
    this.#journal.read();
    for (const { body } of this.#journal.after(this.#published, Number.MAX_SAFE_INTEGER)) {
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
      await this.#ask(
        team,
        'command',
        { rollout: this.id, key, by, command: { kind: 'rollback', reason } },
        `${key} rollback`,
      );
      forgetRollback(this.#options.directory, noted);
    }
    for (const [key, { resolve }] of this.#waiting) {
      const answer = await team.answerOf(this.id, key);
      if (answer === null) continue;
      this.#waiting.delete(key);
      resolve(answer);
    }
  }

  /** Imports what the team has and this store has not. Returns true when there was something. */
  async #catchUp(team: Team): Promise<boolean> {
    const journal = this.#journal;
    const head = await team.entryHash(this.id, null);
    const length = head?.seq ?? 0;
    const common = head === null || head.seq <= journal.length ? head : await this.#entryAt(team, journal.length);
    const { kind } = journal.agreement(common, length);
    let isNews = kind === 'apart';
    if (kind === 'apart') journal.replace(this.#options.now(), Math.max(0, journal.length - this.#published));
    for (;;) {
      const news = await team.news(this.id, { journal: journal.length, view: this.#incoming.publication });
      if (!journal.follows(news.entries)) {
        throw new UserError('team-refused', 'the journal there does not verify: see `rampwatch journal verify --team`');
      }
      if (kind !== 'ahead' && news.entries.length > 0) {
        journal.take(news.entries);
        this.#followed.changed();
        this.#followedSince = true;
        isNews = true;
      }
      if (news.view !== this.#incoming.publication) isNews = true;
      this.#incoming.take(news.parts);
      this.#incoming.publication = news.view;
      if (kind === 'ahead' || news.entries.length === 0) break;
    }
    this.#published = kind === 'ahead' ? length : journal.length;
    return isNews && kind !== 'ahead' ? true : isNews;
  }

  async #entryAt(team: Team, seq: number): Promise<{ readonly seq: number; readonly hash: string } | null> {
    return seq === 0 ? { seq, hash: this.#journal.hashAt(0) } : await team.entryHash(this.id, seq);
  }

  #by(by: string): string {
    const host = this.#teams.member.name.split('@').at(-1) ?? '';
    return by.endsWith(`@${host}`) ? by : `${by}@${host}`;
  }

  async #ask(team: Team, method: AskedMethod, params: object, key: string): Promise<void> {
    const by = this.#by('by' in params && typeof params.by === 'string' ? params.by : this.#teams.member.name);
    await team.ask(this.id, { key, method, params: JSON.stringify(params), by });
  }

  async #askOutcome(
    method: 'command' | 'tick' | 'signal',
    params: Params<typeof method>,
    key: string,
  ): Promise<CommandOutcome> {
    const { revision } = this.#state;
    const team = this.#team;
    if (team?.role === 'viewer')
      return refused('not-permitted', revision, 'your user of the team’s database may only view');
    const obstacle = this.#noHolder();
    if (team === null || obstacle !== null) {
      return refused(
        'no-holder',
        revision,
        `${obstacle ?? 'the database of the team has not answered yet'}; a rollback works`,
      );
    }
    const answer = await this.#answer(team, method, params, key, patience);
    if (answer !== null) return resultOf(method, answer);
    return refused(
      'no-holder',
      revision,
      `${this.#holderText()} has not answered within 10 s; it carries this out once if it answers within 30 s, and never later: look at the status`,
    );
  }

  #noHolder(): string | null {
    const away = this.#awayText();
    if (away !== null) return away;
    return this.#member.kind === 'following' && this.#member.holder !== null
      ? null
      : (this.#troubleText() ?? 'nobody judges');
  }

  async #askFigures<M extends 'series' | 'records' | 'report' | 'review'>(
    method: M,
    params: Params<M>,
  ): Promise<Results[M]> {
    const team = this.#team;
    const obstacle = this.#noHolder();
    if (team === null || obstacle !== null) throw new UserError('no-holder', obstacle ?? 'nobody judges');
    const answer = await this.#answer(team, method, params, `${method} ${randomUUID()}`, patience);
    if (answer === null)
      throw new UserError('no-holder', `${this.#holderText()}, which has the figures, does not answer`);
    return resultOf(method, answer);
  }

  /** `null`: not within the time. */
  async #answer(
    team: Team,
    method: AskedMethod,
    params: object,
    key: string,
    limit: number,
  ): Promise<AskAnswer | null> {
    // Two requests with one key wait for the same answer.
    const waiting = this.#waiting.get(key) ?? Promise.withResolvers<AskAnswer>();
    this.#waiting.set(key, waiting);
    await this.#ask(team, method, params, key);
    this.#wake();
    const answer = await Promise.race([waiting.promise, pause(limit, null, { ref: false })]);
    if (answer === null) this.#waiting.delete(key);
    return answer;
  }

  /** The holder is asked; when it does not answer, or there is none, the flag is set from this machine. */
  async #rollBackFromHere(params: Params<'command'>): Promise<CommandOutcome> {
    const { revision } = this.#state;
    const team = this.#team?.role === 'operator' ? this.#team : null;
    const key = `${params.key} rollback`;
    const obstacle = this.#noHolder();
    if (team !== null && obstacle === null) {
      const answer = await this.#answer(team, 'command', params, key, rollbackPatience).catch(() => null);
      if (answer !== null) return resultOf('command', answer);
    }
    // Noted here first: whoever holds the lease next must not set the flag forward again.
    const { command } = params;
    const reason = command.kind === 'rollback' ? command.reason : undefined;
    const said = { key: params.key, by: this.#by(params.by), ...(reason !== undefined && { reason }) };
    askRollback(this.#options.directory, { rollout: this.id, ...said });
    this.#wake();
    const { target } = this.#followed;
    const who = obstacle ?? `${this.#holderText()} has not answered`;
    if (target === null) {
      return refused('no-holder', revision, `${who}, and the plan names no flag: set it by hand`);
    }
    const report = await target.set({ enabled: false, percent: 0 }, { direction: 'back' });
    if (report.kind !== 'verified') {
      return refused('no-holder', revision, `${who}, and from here ${report.detail}: set the flag by hand`);
    }
    const { name } = this.#teams.member;
    const message = `${target.name} is set to 0 % and read back by ${name}, because ${who}; the next holder is told, and nobody watches the traffic until then`;
    return { kind: 'done', revision, message };
  }
}

function told(member: Membership): object {
  return member.kind === 'holding' ? { kind: member.kind, epoch: member.epoch } : member;
}
