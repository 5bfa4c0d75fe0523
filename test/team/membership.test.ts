import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration } from '../../daemon/protocol/domain/units.ts';
import {
  answered,
  doubted,
  fencedOff,
  isLive,
  type LeaseAnswer,
  type LeaseQuestion,
  type Membership,
  mayGoForward,
  nextQuestion,
  outside,
} from '../../daemon/team/membership.ts';

const length = duration(15_000);

/** The rows of the database, with the rules of daemon/team/postgres/statements.ts. */
class ModelDatabase {
  lease: { holder: number; epoch: number; until: number } | null = null;
  readonly journal: string[] = [];
  readonly asks = new Map<string, 'open' | 'answered'>();

  answer(daemon: number, question: LeaseQuestion, epoch: number, now: number): LeaseAnswer {
    const { lease } = this;
    if (question === 'renew' && lease?.holder === daemon && lease.epoch === epoch) {
      this.lease = { ...lease, until: now + length };
      return { kind: 'mine', epoch, length };
    }
    if (question === 'take' && (lease === null || lease.until < now || lease.holder === daemon)) {
      const taken = (lease?.epoch ?? 0) + 1;
      this.lease = { holder: daemon, epoch: taken, until: now + length };
      return { kind: 'mine', epoch: taken, length };
    }
    if (lease === null) return { kind: 'free', epoch: 0 };
    const isLiveThere = lease.until >= now;
    return {
      kind: 'theirs',
      holder: `${lease.holder}`,
      epoch: lease.epoch,
      isLive: isLiveThere,
      isOurs: lease.holder === daemon,
    };
  }

  publish(daemon: number, epoch: number, keys: readonly string[]): boolean {
    if (this.lease?.holder !== daemon || this.lease.epoch !== epoch) return false;
    for (const key of keys) {
      this.journal.push(key);
      this.asks.set(key, 'answered');
    }
    return true;
  }
}

/** One daemon: what `SharedRollout` does with its membership, one small step at a time. */
class ModelDaemon {
  member: Membership = outside;
  paused = false;
  flight: {
    readonly asked: number;
    readonly question: LeaseQuestion;
    readonly epoch: number;
    answer: LeaseAnswer | null;
  } | null = null;
  /** A decision to set the flag forward, and whether the team knows it. */
  intent: { readonly epoch: number; published: boolean } | null = null;
  carried: string[] = [];
  readonly id: number;
  readonly offset: number;

  constructor(id: number, offset: number) {
    this.id = id;
    this.offset = offset;
  }

  restart(): void {
    this.member = outside;
    this.flight = null;
    this.intent = null;
    this.carried = [];
    this.paused = false;
  }
}

const daemon = fc.nat({ max: 2 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('time' as const), by: fc.integer({ min: 1, max: 9000 }) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('ask', 'reach', 'hear', 'decide', 'publish', 'set', 'carry'),
      daemon,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('round', 'forward'), daemon }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('lose', 'pause', 'continue', 'restart', 'sleep'), daemon }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('command' as const), key: fc.constantFrom('a', 'b', 'c') }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface World {
  now: number;
  readonly database: ModelDatabase;
  readonly daemons: readonly ModelDaemon[];
  readonly sets: { readonly epoch: number; readonly by: number }[];
}

function take(
  world: World,
  { do: act, ...of }: Step & { readonly daemon?: number; readonly by?: number; readonly key?: string },
): void {
  const { database } = world;
  if (act === 'time') {
    world.now += of.by ?? 0;
    return;
  }
  if (act === 'command') {
    const key = of.key ?? '';
    if (!database.asks.has(key)) database.asks.set(key, 'open');
    return;
  }
  const each = world.daemons[of.daemon ?? 0];
  if (each === undefined) return;
  const moment = world.now + each.offset;
  const { member, flight, intent } = each;
  // The network and the database go on while a process is stopped.
  if (act === 'reach' && flight !== null) {
    flight.answer ??= database.answer(each.id, flight.question, flight.epoch, world.now);
    return;
  }
  if (act === 'continue') each.paused = false;
  if (act === 'restart') each.restart();
  if (each.paused) return;
  switch (act) {
    case 'round':
      for (const part of ['ask', 'reach', 'hear'] as const) take(world, { do: part, daemon: each.id });
      return;
    case 'forward':
      for (const part of ['decide', 'publish', 'set'] as const) take(world, { do: part, daemon: each.id });
      return;
    case 'ask':
      each.flight ??= {
        asked: moment,
        question: nextQuestion(member, true),
        epoch: member.kind === 'unknown' ? 0 : member.epoch,
        answer: null,
      };
      return;
    case 'hear':
      if (flight === null || flight.answer === null) return;
      each.flight = null;
      each.member = answered(member, flight.asked, flight.answer);
      if (each.member.kind !== 'holding' || member.kind !== 'holding' || each.member.epoch !== member.epoch) {
        each.intent = null;
        each.carried = [];
      }
      return;
    case 'lose':
      each.flight = null;
      return;
    case 'pause':
      each.paused = true;
      return;
    case 'sleep':
      each.member = doubted(member);
      return;
    case 'decide':
      if (member.kind === 'holding' && mayGoForward(member, moment))
        each.intent = { epoch: member.epoch, published: false };
      return;
    case 'carry': {
      if (member.kind !== 'holding') return;
      const [open] = [...database.asks].filter(([key, state]) => state === 'open' && !each.carried.includes(key));
      if (open !== undefined) each.carried.push(open[0]);
      return;
    }
    case 'publish': {
      if (member.kind !== 'holding') return;
      if (database.publish(each.id, member.epoch, each.carried)) {
        if (intent !== null) intent.published = true;
      } else {
        each.member = fencedOff(member, member.epoch);
        each.intent = null;
      }
      each.carried = [];
      return;
    }
    case 'set':
      if (
        intent?.published === true &&
        member.kind === 'holding' &&
        member.epoch === intent.epoch &&
        mayGoForward(member, moment)
      ) {
        world.sets.push({ epoch: intent.epoch, by: each.id });
        each.intent = null;
      }
      return;
    default:
      return;
  }
}

function newWorld(offsets: readonly number[]): World {
  const daemons = offsets.map((offset, id) => new ModelDaemon(id, offset));
  return { now: 0, database: new ModelDatabase(), daemons, sets: [] };
}

const worlds = fc.tuple(
  fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 3, maxLength: 3 }),
  fc.array(step, { maxLength: 150, size: 'max' }),
);

describe('the lease of a shared rollout, over interleavings of three daemons', () => {
  it('is live at one daemon at most, whatever stops, is lost or runs late', () => {
    fc.assert(
      fc.property(worlds, ([offsets, steps]) => {
        const world = newWorld(offsets);
        for (const each of steps) {
          take(world, each);
          const live = world.daemons.filter(({ member, offset }) => isLive(member, world.now + offset));
          expect(live.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('lets one daemon alone set the flag forward in an epoch, and none of an older epoch after a newer one', () => {
    let sets = 0;
    fc.assert(
      fc.property(worlds, ([offsets, steps]) => {
        const world = newWorld(offsets);
        for (const each of steps) take(world, each);
        const setters = Map.groupBy(world.sets, ({ epoch }) => epoch);
        for (const [, of] of setters) expect(new Set(of.map(({ by }) => by)).size).toBe(1);
        expect(world.sets.map(({ epoch }) => epoch)).toEqual(
          world.sets.map(({ epoch }) => epoch).toSorted((a, b) => a - b),
        );
        sets += world.sets.length;
      }),
      { numRuns: 1000 },
    );
    // The model reaches what it is about.
    expect(sets).toBeGreaterThan(100);
  });

  it('has each command in the journal of the team once at most', () => {
    let carried = 0;
    fc.assert(
      fc.property(worlds, ([offsets, steps]) => {
        const world = newWorld(offsets);
        for (const each of steps) take(world, each);
        const { journal } = world.database;
        expect(new Set(journal).size).toBe(journal.length);
        carried += journal.length;
      }),
      { numRuns: 1000 },
    );
    expect(carried).toBeGreaterThan(100);
  });

  it('is taken over by whoever asks once it has ended, and by nobody before', () => {
    fc.assert(
      fc.property(worlds, daemon, ([offsets, steps], who) => {
        const world = newWorld(offsets);
        for (const each of steps) take(world, each);
        world.now += length + 1;
        const each = world.daemons[who];
        for (const act of ['continue', 'lose', 'round', 'round', 'round'] as const)
          take(world, { do: act, daemon: who });
        expect(each?.member.kind).toBe('holding');
        expect(world.database.lease?.holder).toBe(who);
      }),
    );
  });

  it('does not go back to an older epoch when answers overtake each other', () => {
    const following = answered(outside, 0, { kind: 'theirs', holder: 'b', epoch: 4, isLive: true, isOurs: false });
    const late = answered(following, 5, { kind: 'theirs', holder: 'a', epoch: 3, isLive: true, isOurs: false });
    expect(late).toEqual(following);
  });
});
