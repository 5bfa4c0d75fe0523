import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy in front of a server: a network that a test can cut and mend. */
export interface Cable {
  readonly port: number;
  /** `hang`: connections stay open and carry nothing, as when a cable is pulled; `reset`: they break. */
  cut(how: 'hang' | 'reset'): void;
  mend(): void;
}

export async function cableTo(port: number): Promise<Cable> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'whole' | 'hang' | 'reset' = 'whole';
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (state === 'reset') {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.on('error', () => near.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    if (state === 'hang') return;
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  onTestFinished(() => {
    end();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut(how) {
      state = how;
      if (how === 'reset') return end();
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
    mend() {
      state = 'whole';
      // What hung for so long is not continued: those who wait have given up.
      end();
    },
  };
}
