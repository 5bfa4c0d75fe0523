import type { LogOutputChannel } from 'vscode';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import type { Happened } from '../happened/happened.ts';
import type { WhyAbout } from '../views/row.ts';
import { type MomentFacts, momentWindow } from './momentReasons.ts';
import type { WhyKnown } from './whyContent.ts';

const minute = 60_000;
const hour = 60 * minute;
/** What happened until then is told beside a moment. */
const settled = 15 * minute;

/** What one page asks the daemon and the repository for; what cannot change any more is asked for once. */
export class WhyFindings {
  readonly #log: LogOutputChannel;
  readonly #happened: Happened;
  #firing: Firing | null = null;
  #moment: { readonly facts: MomentFacts; readonly watermark: number | null } | null = null;

  constructor(log: LogOutputChannel, happened: Happened) {
    this.#log = log;
    this.#happened = happened;
  }

  /** Without a connection the reasons are shown all the same, as far as they are known. */
  async about(known: ConnectedRollout, about: WhyAbout): Promise<WhyKnown> {
    const nothing = { against: [], firing: null, moment: null };
    try {
      switch (about.kind) {
        case 'condition':
          return { ...nothing, against: await recordsAgainst(known, about) };
        case 'fired':
          return { ...nothing, firing: await this.#firingOf(known, about) };
        case 'moment':
          return { ...nothing, moment: await this.#momentAt(known, about.at) };
        case 'trigger':
        case 'firing':
        case 'rollback':
          return nothing;
      }
    } catch (error) {
      this.#log.info(`not all reasons are known: ${String(error)}`);
      return { ...nothing, firing: this.#firing, moment: this.#moment?.facts ?? null };
    }
  }

  async #firingOf(known: ConnectedRollout, about: Extract<WhyQuestion, { kind: 'fired' }>): Promise<Firing | null> {
    if (this.#firing !== null) return this.#firing;
    for (const { body } of await this.#happened.entries(known, about.at)) {
      const { trigger, at } = body.kind === 'firing' ? body.firing : { trigger: null, at: null };
      if (body.kind === 'firing' && trigger === about.trigger && at === about.at) this.#firing = body.firing;
    }
    return this.#firing;
  }

  async #momentAt(known: ConnectedRollout, at: number): Promise<MomentFacts> {
    const { watermark } = known.rollout.standing;
    const before = this.#moment;
    const isOver = before?.watermark != null && before.watermark > at + settled;
    const isSame = before !== null && before.watermark === watermark;
    if (before !== null && (isOver || isSame)) return before.facts;
    const { from, to } = momentWindow(known.rollout, at);
    const asked = { from: eventTime(from), to: eventTime(to), points: 60 };
    const [series, entries, deploys] = await Promise.all([
      known.connection.ask('series', { rollout: known.rollout.rollout, ...asked }),
      this.#happened.entries(known, at - hour),
      this.#happened.deploys(known),
    ]);
    const facts = { series, entries, deploys };
    this.#moment = { facts, watermark };
    return facts;
  }
}

async function recordsAgainst(
  { connection, rollout }: ConnectedRollout,
  { stage, condition }: Extract<WhyQuestion, { kind: 'condition' }>,
): Promise<readonly Place[]> {
  return (await connection.ask('records', { rollout: rollout.rollout, stage, condition })).places;
}
