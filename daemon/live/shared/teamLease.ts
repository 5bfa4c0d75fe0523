import type { LoadedPlan } from '../../protocol/domain/plan.ts';
import type { RolloutState } from '../../protocol/domain/rolloutState.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { missingHere } from '../../sources/kinds.ts';
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
import type { Team } from '../../team/team.ts';
import type { LiveRolloutOptions } from '../rolloutParts.ts';
import { needsWatch } from '../storedState.ts';

type Machine = Pick<LiveRolloutOptions, 'directory' | 'environment' | 'handed' | 'now'>;

interface LeaseParts {
  readonly loaded: LoadedPlan;
  /** The machine whose sources must be readable before it may hold the lease. */
  readonly machine: Machine;
  /** The state by the journal here. */
  readonly state: () => RolloutState;
  /** Somebody else holds the lease, or nobody does. */
  readonly changed: () => void;
}

/** The lease of one shared rollout as this daemon knows it, and the questions that keep it. */
export class TeamLease {
  readonly #parts: LeaseParts;
  #member: Membership = outside;
  #askedAt = Number.NEGATIVE_INFINITY;
  #heardAt: WallTime | null = null;
  #unfit: string | null = null;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  get member(): Membership {
    return this.#member;
  }

  /** When another holder was last seen. */
  get heardAt(): WallTime | null {
    return this.#heardAt;
  }

  /** Why this daemon may not hold the lease; `null`: it may. */
  get unfit(): string | null {
    return this.#unfit;
  }

  get isLive(): boolean {
    return isLive(this.#member, performance.now());
  }

  get mayGoForward(): boolean {
    return mayGoForward(this.#member, performance.now());
  }

  /** The machine slept, or its clock was set. */
  doubt(): void {
    this.#member = doubted(this.#member);
    this.askSoon();
  }

  /** A fenced write has found that another has taken the lease. */
  isFencedOff(epoch: number): void {
    this.#member = fencedOff(this.#member, epoch);
    this.askSoon();
  }

  /** It was given back, because this daemon cannot judge. The next question comes in its time. */
  async giveBack(team: Team, epoch: number): Promise<void> {
    await team.release(this.#parts.loaded.plan.id, epoch);
    this.#member = fencedOff(this.#member, epoch);
  }

  askSoon(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** Renews, takes or looks at the lease, when a question is due. */
  async ask(team: Team): Promise<void> {
    const { plan } = this.#parts.loaded;
    const length = plan.team?.lease;
    const now = performance.now();
    if (length === undefined || now - this.#askedAt < betweenQuestions(this.#member, length)) return;
    if (this.#member.kind !== 'holding') this.#unfit = await this.#unfitness(team);
    let question = nextQuestion(this.#member, this.#unfit === null);
    // At the start the first look tells whether there is a lease to take.
    for (let asked = performance.now(); ; asked = performance.now()) {
      const epoch = this.#member.kind === 'unknown' ? 0 : this.#member.epoch;
      const answer = await team.lease(plan.id, question, { length, epoch });
      this.#askedAt = asked;
      const before = this.#member;
      this.#member = answered(before, asked, answer);
      if (this.#member.kind === 'following' && this.#member.holder !== null) {
        this.#heardAt = this.#parts.machine.now();
      }
      if (JSON.stringify(told(before)) !== JSON.stringify(told(this.#member))) this.#parts.changed();
      if (question !== 'look') return;
      this.#unfit = await this.#unfitness(team);
      question = nextQuestion(this.#member, this.#unfit === null);
      if (question !== 'take') return;
    }
  }

  /** In a line, the reason why this daemon must not hold the lease; `null`: it may. */
  async #unfitness(team: Team): Promise<string | null> {
    if (team.role === 'viewer') return 'its user of the database may only view';
    const { directory, environment, handed } = this.#parts.machine;
    const { plan, root, hash } = this.#parts.loaded;
    for (const [index, source] of plan.sources.entries()) {
      const missing = await missingHere({
        root,
        source,
        index,
        outside: { rollout: plan.id, directory, environment, handed },
      });
      if (missing !== null) return missing;
    }
    const state = this.#parts.state();
    const wasOurs = this.#member.kind === 'following' && this.#member.wasOurs;
    if (wasOurs || !needsWatch(state) || state.planHash === hash) return null;
    return 'its plan has another text than the one by which the rollout is judged: bring it up to date';
  }
}

function told(member: Membership): object {
  return member.kind === 'holding' ? { kind: member.kind, epoch: member.epoch } : member;
}
