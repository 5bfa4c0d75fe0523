import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { type Connection, Session } from '../../daemon/protocol/wire/session.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { createStateStream, type StateStream } from '../../daemon/serve/stateStream.ts';
import { sampleJournal, sampleRollout, sampleStanding, sampleWorkspace } from './sampleView.ts';

/**
 * A daemon and its wire without sockets: messages wait in order until they are delivered, a cut loses those that wait.
 */
class Model {
  readonly session: Session = new Session({ now: () => 0 });
  #lives = 0;
  #count = 0;
  #rollouts: readonly RolloutView[] = [sampleRollout('one'), sampleRollout('two')];
  #stream: StateStream;
  #connection: Connection | null = null;
  #following = false;
  #toClient: string[] = [];
  #toServer: string[] = [];

  constructor() {
    this.#stream = this.#newLife();
  }

  get view() {
    return sampleWorkspace(this.#rollouts);
  }

  publish(rollout: 'one' | 'two', part: 'standing' | 'journal'): void {
    this.#count += 1;
    const parts: Partial<RolloutView> =
      part === 'standing'
        ? { standing: sampleStanding(this.#count) }
        : { journal: sampleJournal(this.#count, 'x'.repeat(this.#count % 50)) };
    this.#rollouts = this.#rollouts.map((view) => (view.rollout === rollout ? { ...view, ...parts } : view));
    const message = this.#stream.delta(rollout, parts);
    if (this.#following) this.#toClient.push(String(message));
  }

  replace(): void {
    this.#rollouts = this.#rollouts.toReversed();
    const message = this.#stream.snapshot();
    if (this.#following) this.#toClient.push(String(message));
  }

  restart(): void {
    this.cut();
    this.#stream = this.#newLife();
  }

  connect(): void {
    if (this.#connection !== null) return;
    this.#connection = this.session.open({ send: (text) => this.#toServer.push(text), close: () => this.cut() });
    this.#toClient.push(String(this.#stream.hello('1')));
  }

  /** The network, or the server because the client is too slow. */
  cut(): void {
    this.#following = false;
    this.#toClient = [];
    this.#toServer = [];
    const connection = this.#connection;
    this.#connection = null;
    connection?.closed('cut');
  }

  /** A defect that the protocol must survive: a part of the state never arrives. */
  lose(): void {
    const index = this.#toClient.findIndex((text) => text.includes('"type":"delta"'));
    if (index >= 0) this.#toClient.splice(index, 1);
  }

  heartbeat(): void {
    if (this.#connection !== null) this.#toClient.push(String(this.#stream.heartbeat(wallTime(0))));
  }

  deliverToClient(count: number): void {
    for (const text of this.#toClient.splice(0, count)) this.#connection?.receive(text);
  }

  deliverToServer(): void {
    for (const text of this.#toServer.splice(0)) {
      const { id, params } = JSON.parse(text);
      const { answer, messages } = this.#stream.resume(params.epoch, params.since);
      this.#following = true;
      this.#toClient.push(JSON.stringify({ type: 'answer', id, result: answer }), ...messages.map(String));
    }
  }

  settle(): void {
    for (let turn = 0; turn < 20; turn += 1) {
      this.connect();
      this.deliverToServer();
      this.deliverToClient(Number.POSITIVE_INFINITY);
      this.heartbeat();
    }
  }

  #newLife(): StateStream {
    this.#lives += 1;
    return createStateStream(`life ${this.#lives}`, () => this.view, { messages: 6, bytes: 8000 });
  }
}

type Step = (model: Model) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('one' as const, 'two' as const), fc.constantFrom('standing' as const, 'journal' as const))
      .map(
        ([rollout, part]): Step =>
          (model) =>
            model.publish(rollout, part),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.nat(5).map(
      (count): Step =>
        (model) =>
          model.deliverToClient(count),
    ),
  },
  { weight: 4, arbitrary: fc.constant<Step>((model) => model.deliverToServer()) },
  { weight: 3, arbitrary: fc.constant<Step>((model) => model.connect()) },
  { weight: 2, arbitrary: fc.constant<Step>((model) => model.cut()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.replace()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.restart()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.heartbeat()) },
);
const losing: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: step },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.lose()) },
);

it.each([
  { name: 'any cuts, restarts and deliveries', steps: step },
  { name: 'lost deltas too', steps: losing },
])('after $name the client has the view of the daemon', ({ steps }) => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60, size: 'max' }), (sequence) => {
      const model = new Model();
      for (const take of sequence) take(model);
      model.settle();
      expect(model.session.link.kind).toBe('live');
      expect(model.session.view).toEqual(model.view);
    }),
    { numRuns: 500 },
  );
});

it('whenever the session says live and nothing waits, its view is one that the daemon had, never a mixture', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (sequence) => {
      const model = new Model();
      const had = new Set([JSON.stringify(model.view)]);
      for (const take of sequence) {
        take(model);
        had.add(JSON.stringify(model.view));
        const { view } = model.session;
        if (view !== null) expect(had).toContain(JSON.stringify(view));
      }
    }),
    { numRuns: 500 },
  );
});

it('a short absence is replayed, a long one, another life, or nothing held is a snapshot', () => {
  const stream = createStateStream('life', () => sampleWorkspace([sampleRollout('one')]), { messages: 3, bytes: 1e6 });
  for (let count = 1; count <= 5; count += 1) stream.delta('one', { standing: sampleStanding(count) });
  expect(stream.resume('life', 5)).toEqual({ answer: { kind: 'current', seq: 5 }, messages: [] });
  expect(stream.resume('life', 3).answer.kind).toBe('replay');
  expect(stream.resume('life', 3).messages.map((message) => JSON.parse(String(message)).seq)).toEqual([4, 5]);
  expect(stream.resume('life', 2).messages).toHaveLength(3);
  expect(stream.resume('life', 1).answer.kind).toBe('snapshot');
  expect(stream.resume('life', 6).answer.kind).toBe('snapshot');
  expect(stream.resume('other', 5).answer.kind).toBe('snapshot');
  expect(stream.resume(null, 0).answer.kind).toBe('snapshot');
});

it('the ring forgets by bytes too', () => {
  const stream = createStateStream('life', () => sampleWorkspace([]), { messages: 100, bytes: 3000 });
  for (let count = 1; count <= 5; count += 1) stream.delta('one', { journal: sampleJournal(count, 'x'.repeat(1000)) });
  expect(stream.resume('life', 3).answer.kind).toBe('replay');
  expect(stream.resume('life', 1).answer.kind).toBe('snapshot');
});
