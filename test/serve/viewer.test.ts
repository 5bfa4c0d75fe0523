import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Method, Params } from '../../daemon/protocol/wire/messages.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import type { HubHandlers } from '../../daemon/serve/hub.ts';
import { sampleStanding } from './sampleView.ts';
import { startedHub } from './startedHub.ts';

const on = { attempt: 1, stage: 'one', revision: 1 };
const orders: readonly { readonly method: Method; readonly params: object }[] = [
  {
    method: 'command',
    params: { rollout: 'one', key: 'a-key-of-a-test', by: 'vera', command: { kind: 'advance', on } },
  },
  { method: 'command', params: { rollout: 'one', key: 'a-key-of-a-test', by: 'vera', command: { kind: 'rollback' } } },
  { method: 'tick', params: { rollout: 'one', key: 'a-key-of-a-test', by: 'vera', item: 'x', ticked: true } },
  { method: 'signal', params: { rollout: 'one', key: 'a-key-of-a-test', by: 'vera', name: 'x' } },
  { method: 'handCredential', params: { place: 'env:FLAGS_TOKEN', value: 'plain words 4711' } },
  { method: 'credentials', params: {} },
  { method: 'shutdown', params: { force: true } },
];

it('a viewer has the view and the journal, and changes nothing', async () => {
  const asked: Method[] = [];
  const request = ((method: Method) => {
    asked.push(method);
    return { entries: [] };
  }) as unknown as HubHandlers['request'];
  const { directory, change, view } = await startedHub({}, { request });
  const viewer = await connectClient(directory, { role: 'viewer' });
  expect(viewer.view).toEqual(view());
  const seen = new Promise((resolve) => viewer.onView(resolve));
  change({ standing: sampleStanding(7) });
  expect(await seen).toEqual(view());
  expect(await viewer.request('journal', { rollout: 'one', before: null, limit: 5 })).toEqual({ entries: [] });
  for (const { method, params } of orders) {
    await expect(viewer.request(method, params as Params<Method>)).rejects.toMatchObject({ code: 'not-permitted' });
  }
  expect(asked).toEqual(['journal']);
  const operator = await connectClient(directory, { follow: false });
  await operator.request('journal', { rollout: 'one', before: null, limit: 5 });
  expect(asked).toHaveLength(2);
  await Promise.all([viewer.close(), operator.close()]);
});

it('the two tokens are different, each in a private file, and both go with the daemon', async () => {
  const { directory, hub, discovery } = await startedHub();
  const viewing = readDiscovery(directory, 'viewer');
  expect(viewing).toMatchObject({ role: 'viewer', port: discovery.port, instance: discovery.instance });
  expect(viewing?.token).not.toBe(discovery.token);
  expect(statSync(join(directory, 'viewer.json')).mode & 0o777).toBe(0o600);
  await hub.close();
  expect([readDiscovery(directory), readDiscovery(directory, 'viewer')]).toEqual([null, null]);
});
