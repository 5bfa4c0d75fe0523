import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { type Discovery, wirePath } from '../../daemon/protocol/wire/messages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { type Hub, type HubHandlers, type HubOptions, startHub } from '../../daemon/serve/hub.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { sampleRollout, sampleWorkspace } from './sampleView.ts';

export interface StartedHub {
  readonly hub: Hub;
  readonly directory: string;
  readonly discovery: Discovery;
  readonly log: readonly string[];
  /** Replaces parts of the only rollout, `one`, and publishes them. */
  change(parts: Partial<RolloutView>): void;
  view(): ReturnType<HubHandlers['view']>;
}

/** A hub over real sockets, with one rollout; closed when the test ends. */
export async function startedHub(
  options: Partial<HubOptions> = {},
  handlers: Partial<HubHandlers> = {},
): Promise<StartedHub> {
  const directory = temporaryDirectory();
  let rollout = sampleRollout('one');
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const view = () => sampleWorkspace([rollout]);
  const hub = await startHub({
    directory,
    root: '/workspace',
    version: '1.2.3',
    now: () => wallTime(Date.now()),
    log: { info: note, warn: note, error: note },
    handlers: {
      view,
      request: () => {
        throw new Error('this test makes no requests');
      },
      ...handlers,
    },
    ...options,
  });
  onTestFinished(() => hub.close());
  const discovery = readDiscovery(directory);
  if (discovery === null) throw new Error('the hub wrote no discovery file');
  return {
    hub,
    directory,
    discovery,
    log,
    view,
    change(parts) {
      rollout = { ...rollout, ...parts };
      hub.publish('one', parts);
    },
  };
}

/** A bare client that keeps every message. */
export class BareClient {
  readonly socket: WebSocket;
  readonly messages: { type: string; [key: string]: unknown }[] = [];
  readonly closed: Promise<number>;
  #waiting: (() => void)[] = [];

  constructor({ port, token }: Discovery) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${wirePath}`, { headers: { Authorization: `Bearer ${token}` } });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    onTestFinished(() => this.socket.terminate());
  }

  /** The first message for which `wanted` holds, now or when it comes. */
  async next(wanted: (message: BareClient['messages'][number]) => boolean): Promise<BareClient['messages'][number]> {
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async answerTo(id: number): Promise<BareClient['messages'][number]> {
    return await this.next((message) => message.id === id);
  }

  ask(id: number, method: string, params: unknown): void {
    this.socket.send(JSON.stringify({ id, method, params }));
  }

  async greeted(): Promise<this> {
    await this.next(({ type }) => type === 'hello');
    return this;
  }

  async subscribed(): Promise<this> {
    await this.greeted();
    this.ask(0, 'subscribe', { epoch: null, since: 0 });
    await this.next(({ type }) => type === 'snapshot');
    return this;
  }
}
