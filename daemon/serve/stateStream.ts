import type { WallTime } from '../protocol/domain/units.ts';
import { protocolVersion, type Results, type ServerMessage } from '../protocol/wire/messages.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';

/**
 * The numbered stream of state messages of one daemon's life (`epoch`), and the newest of them for clients that come
 * back. Messages are bytes, made once and shared by all clients.
 */
export interface StateStream {
  readonly seq: number;
  hello(version: string): Buffer;
  heartbeat(now: WallTime): Buffer;
  /** The next message: some parts of one rollout's view are replaced whole. */
  delta(rollout: string, parts: Partial<RolloutView>): Buffer;
  /** The next message: all of the view is replaced. A client that was away before this message needs a snapshot. */
  snapshot(): Buffer;
  /** The messages missing from a client that holds the state of `epoch` at `since`. */
  resume(
    epoch: string | null,
    since: number,
  ): { readonly answer: Results['subscribe']; readonly messages: readonly Buffer[] };
}

export interface RingLimits {
  readonly messages: number;
  /** Replaying more than this costs more than a snapshot. */
  readonly bytes: number;
}

export function createStateStream(epoch: string, view: () => WorkspaceView, limits: RingLimits): StateStream {
  let seq = 0;
  /** The newest messages, oldest first; the last one is number `seq`. */
  let ring: Buffer[] = [];
  let ringBytes = 0;

  const encode = (message: ServerMessage): Buffer => Buffer.from(JSON.stringify(message));

  const remember = (message: Buffer): void => {
    ring.push(message);
    ringBytes += message.length;
    while (ring.length > limits.messages || ringBytes > limits.bytes) ringBytes -= ring.shift()?.length ?? 0;
  };

  return {
    get seq() {
      return seq;
    },
    hello: (version) => encode({ type: 'hello', protocol: protocolVersion, version, epoch, seq }),
    heartbeat: (now) => encode({ type: 'heartbeat', epoch, seq, now }),
    delta(rollout, parts) {
      seq += 1;
      const message = encode({ type: 'delta', epoch, seq, rollout, parts });
      remember(message);
      return message;
    },
    snapshot() {
      seq += 1;
      ring = [];
      ringBytes = 0;
      return encode({ type: 'snapshot', epoch, seq, view: view() });
    },
    resume(theirEpoch, since) {
      const missing = seq - since;
      if (theirEpoch === epoch && missing === 0) return { answer: { kind: 'current', seq }, messages: [] };
      if (theirEpoch === epoch && missing > 0 && missing <= ring.length) {
        return { answer: { kind: 'replay', seq }, messages: ring.slice(-missing) };
      }
      const message = encode({ type: 'snapshot', epoch, seq, view: view() });
      return { answer: { kind: 'snapshot', seq }, messages: [message] };
    },
  };
}
