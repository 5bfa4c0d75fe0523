import { describe, expect, it } from 'vitest';
import type { FlagReport, Wanted } from '../../../daemon/flag/target.ts';
import type { Flag } from '../../../daemon/protocol/domain/flagKinds.ts';
import { FakeUnleash } from '../../support/fakeUnleash.ts';
import { groundedFlag, placed } from '../../support/remoteFlag.ts';

const token = '*:*.8f13bb02d41f4c7f';
const ten: Wanted = { enabled: true, percent: 10 };
const off: Wanted = { enabled: false, percent: 0 };
const forward = { direction: 'forward' } as const;
const back = { direction: 'back' } as const;
const detailOf = (report: FlagReport): string => ('detail' in report ? report.detail : '');

function flagAt(url: string, other: Partial<Extract<Flag, { unleash: unknown }>['unleash']> = {}): Flag {
  const named = { feature: 'new-upload', environment: 'production', token: placed('env:UNLEASH_TOKEN') };
  return { unleash: { url, ...named, ...other } };
}

const targetAt = (url: string, other = {}) => groundedFlag(flagAt(url, other), { UNLEASH_TOKEN: token }).target;

describe('a gradual rollout of Unleash', () => {
  it('is set with its switch, and everything else of its strategy stays', async ({ onTestFinished }) => {
    const unleash = new FakeUnleash(token);
    const before = unleash.strategies[0];
    const server = await unleash.start(onTestFinished);
    const target = targetAt(server.url);
    expect(await target.set(ten, forward)).toEqual({ kind: 'verified' });
    expect(unleash).toMatchObject({ enabled: true, rollout: '10' });
    expect(target.deed?.(ten)).toBe('Unleash new-upload in production → 10 %, switched on');
    expect(unleash.strategies[0]).toEqual({ ...before, parameters: { ...before?.parameters, rollout: '10' } });
    expect(target.lastSeen?.reading).toMatchObject({ kind: 'exposing', percent: 10 });
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
    expect(unleash).toMatchObject({ enabled: false, rollout: '0' });
  });

  it('is switched off first on the way back, and on last on the way forward', async ({ onTestFinished }) => {
    const unleash = new FakeUnleash(token);
    const server = await unleash.start(onTestFinished);
    const target = targetAt(server.url);
    const writes = () => server.seen.flatMap(({ method, path }) => (method === 'GET' ? [] : [path.split('/').at(-1)]));
    await target.set(ten, forward);
    expect(writes()).toEqual(['one', 'on']);
    await target.set(off, back);
    expect(writes()).toEqual(['one', 'on', 'off', 'one']);
    // The switch alone is enough: a strategy that cannot be written keeps nobody exposed.
    unleash.enabled = true;
    server.answer((request) => (request.method === 'PUT' ? { status: 500 } : unleash.answer(request)));
    unleash.strategies = unleash.strategies.map((each) => ({ ...each, parameters: { rollout: '10' } }));
    expect(await target.set(off, back)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/answers PUT with 500/),
    });
    expect(unleash.enabled).toBe(false);
  });

  it('tells what it is not permitted to do, and goes around nothing', async ({ onTestFinished }) => {
    const unleash = new FakeUnleash(token);
    const server = await unleash.start(onTestFinished);
    unleash.needsRequest = true;
    const target = targetAt(server.url);
    expect(detailOf(await target.set(ten, forward))).toMatch(
      /change requests are on for production, and Rampwatch does not go around them: apply one in Unleash/,
    );
    expect(unleash).toMatchObject({ enabled: false, rollout: '0' });
    unleash.enabled = true;
    expect(detailOf(await target.set(off, back))).toMatch(
      /change requests are on.*by hand: curl -X POST -H 'Authorization: '"\$UNLEASH_TOKEN" http:\S+\/off$/,
    );
    expect((await targetAt(server.url, { feature: 'other' }).look()).fault).toMatch(
      /404 \(no such flag there\): No feature/,
    );
    const wrong = groundedFlag(flagAt(server.url), { UNLEASH_TOKEN: 'wrong' }).target;
    expect((await wrong.look()).fault).toMatch(/401 \(the credential is not accepted\): You must log in/);
  });

  it('names what is in the way of a percentage', async ({ onTestFinished }) => {
    const unleash = new FakeUnleash(token);
    const server = await unleash.start(onTestFinished);
    const [gradual] = unleash.strategies;
    if (gradual === undefined) throw new Error('the fake has a strategy');
    const standard = { id: 'two', name: 'default', constraints: [], parameters: {} };
    unleash.strategies = [gradual, standard];
    unleash.enabled = true;
    const target = targetAt(server.url);
    const beside = /has other strategies too \(default\), which expose users beside the percentage/;
    expect((await target.look()).reading).toMatchObject({
      kind: 'exposing',
      percent: null,
      detail: expect.stringMatching(beside),
    });
    expect(detailOf(await target.set(ten, forward))).toMatch(beside);
    // On the way back the switch takes these off as well.
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
    const found: [typeof unleash.strategies, RegExp, string?][] = [
      [[standard], /has no gradual rollout: add one at 0 % in Unleash/],
      [[gradual, { ...gradual, id: 'three' }], /has several gradual rollouts: name the `strategy`/],
      [[{ ...gradual, disabled: true }], /is disabled: enable it in Unleash/],
      [[gradual], /no gradual rollout with the id nine/, 'nine'],
    ];
    for (const [strategies, said, strategy] of found) {
      unleash.strategies = strategies;
      expect((await targetAt(server.url, strategy === undefined ? {} : { strategy }).look()).fault).toMatch(said);
    }
  });

  it('is finished by the next try whatever request fails', async ({ onTestFinished }) => {
    const unleash = new FakeUnleash(token);
    const server = await unleash.start(onTestFinished);
    const target = targetAt(server.url);
    for (const [wanted, way] of [
      [ten, forward],
      [off, back],
    ] as const) {
      for (const fault of ['cut', { status: 503 }, { status: 429 }] as const) {
        for (let failing = 0; failing < 5; failing += 1) {
          unleash.enabled = !wanted.enabled;
          unleash.strategies = unleash.strategies.map((each) => ({ ...each, parameters: { rollout: '70' } }));
          let request = 0;
          server.answer((asked) => {
            request += 1;
            return request - 1 === failing ? fault : unleash.answer(asked);
          });
          await target.set(wanted, way);
          server.answer(unleash.answer);
          expect(await target.set(wanted, way)).toEqual({ kind: 'verified' });
          expect(unleash).toMatchObject({ enabled: wanted.enabled, rollout: String(wanted.percent) });
        }
      }
    }
  });
});
