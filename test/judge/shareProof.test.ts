import { describe, expect, it } from 'vitest';
import { percent } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench, verifiedEffect } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

function proofBench(changes = '') {
  const bench = new JudgeBench(uploadPlan(changes));
  let second = 0;
  return {
    bench,
    /** Uploads of one arm, ten a second. */
    send(arm: 'treatment' | 'control', count: number) {
      for (let index = 0; index < count; index += 1) {
        second += 0.1;
        bench.observe(upload({ second, arm }));
      }
    },
    /** Every n-th of them treatment. */
    sendShare(count: number, every: number) {
      for (let index = 1; index <= count; index += 1) this.send(index % every === 0 ? 'treatment' : 'control', 1);
    },
    wait(seconds: number) {
      second += seconds;
    },
    proof(wanted: number, previous: number | null, verifiedAt = 0) {
      const effect = verifiedEffect(wanted, verifiedAt);
      return bench.at(second, 'one', { effect, previous: previous === null ? null : percent(previous) }).proof;
    },
  };
}

it('there is none without a flag, without a wish for one, and before the flag is verified', () => {
  expect(proofBench().bench.at(0).proof).toBeNull();
  const effect = { ...verifiedEffect(1, 0), verifiedAt: null };
  expect(proofBench().bench.at(0, 'one', { effect }).proof).toBeNull();
  expect(proofBench('flag: { dotenv: .env, set: {} }').proof(1, 0)).toBeNull();
});

describe('a percentage between', () => {
  it('is proven by its share, when the percentage before is excluded', () => {
    const traffic = proofBench();
    traffic.send('control', 500);
    traffic.wait(100);
    const verifiedAt = 120;
    expect(traffic.proof(10, 1, verifiedAt)).toMatchObject({ kind: 'unproven', total: 0 });
    traffic.wait(100);
    traffic.sendShare(60, 10);
    expect(traffic.proof(10, 1, verifiedAt)).toMatchObject({ kind: 'proven', treatment: 6, total: 60 });
    expect(traffic.proof(10, 1, verifiedAt)?.detail).toMatch(
      /^6 of 60 records since 09:02:29 were treatment \(10 %, 10 % wanted\)$/,
    );
  });

  it('learns from the first records no share that the next percentage could not be told from', () => {
    // By chance the first records of the stage are all of the treatment.
    const traffic = proofBench();
    traffic.send('treatment', 3);
    const first = traffic.proof(10, 1);
    expect(first).toMatchObject({ kind: 'proven', treatment: 3, total: 3 });
    expect(first?.share?.share).toBeLessThan(0.5);
    const biased = proofBench();
    biased.sendShare(2000, 5);
    expect(biased.proof(10, 1)?.share).toMatchObject({ n: 2000, share: 0.2 });
  });

  it('says since when in the zone of the plan, with the day when it is not that of the newest record', () => {
    const traffic = proofBench('timezone: Europe/Berlin');
    traffic.sendShare(60, 10);
    expect(traffic.proof(10, 1)?.detail).toMatch(/ since 10:00:29 were /);
    traffic.wait(86_400);
    traffic.send('control', 2000);
    expect(traffic.proof(0.5, 0)?.detail).toMatch(
      /^6 of 2,060 records since yesterday 10:00:29 were treatment \(0\.291 %, 0\.5 % wanted\)/,
    );
  });

  it('is not proven by what the percentage before would show as well', () => {
    const traffic = proofBench();
    traffic.sendShare(100, 10);
    expect(traffic.proof(10, 12)?.kind).toBe('unproven');
    traffic.send('control', 3);
    expect(traffic.proof(10, 0)?.kind).toBe('proven');
  });

  it('of the first one is proven by the first uploads that meet it', () => {
    const traffic = proofBench();
    traffic.send('control', 99);
    expect(traffic.proof(1, 0)?.kind).toBe('unproven');
    traffic.send('treatment', 1);
    expect(traffic.proof(1, 0)?.kind).toBe('proven');
  });

  it('is contradicted by another share', () => {
    const traffic = proofBench();
    traffic.send('control', 600);
    expect(traffic.proof(10, 1)).toMatchObject({
      kind: 'contradicted',
      detail: expect.stringMatching(
        /\(0 %, 10 % wanted\): the flag is not in force everywhere, beyond the 3\.33 % to 30 % that count as 10 %; /,
      ),
    });
  });
});

it('records in flight contradict nothing', () => {
  const traffic = proofBench();
  traffic.sendShare(90, 2);
  expect(traffic.proof(10, 50)?.kind).toBe('unproven');
  traffic.wait(10);
  traffic.sendShare(60, 10);
  expect(traffic.proof(10, 50)).toMatchObject({ kind: 'proven', total: 150 });
});

describe('nothing', () => {
  it('is proven by so much traffic without treatment as would have shown it before', () => {
    const traffic = proofBench();
    traffic.send('control', 4);
    expect(traffic.proof(0, 50)?.kind).toBe('unproven');
    traffic.send('control', 1);
    expect(traffic.proof(0, 50)?.kind).toBe('proven');
    traffic.send('control', 23);
    expect(traffic.proof(0, 10)?.kind).toBe('unproven');
    traffic.send('control', 1);
    expect(traffic.proof(0, 10)?.kind).toBe('proven');
    expect(traffic.proof(0, null)?.kind).toBe('unproven');
  });

  it('is proven by the first other upload when all was treatment before', () => {
    const traffic = proofBench();
    expect(traffic.proof(0, 100)?.kind).toBe('unproven');
    traffic.send('control', 1);
    expect(traffic.proof(0, 100)?.kind).toBe('proven');
  });

  it('forgives what was in flight, and is contradicted by what comes later', () => {
    const traffic = proofBench();
    traffic.send('treatment', 5);
    traffic.send('control', 50);
    expect(traffic.proof(0, 50)?.kind).toBe('unproven');
    traffic.wait(10);
    traffic.send('control', 5);
    expect(traffic.proof(0, 50)).toMatchObject({ kind: 'proven', treatment: 5, total: 60 });
    traffic.send('treatment', 1);
    expect(traffic.proof(0, 50)?.kind).toBe('contradicted');
    // One of six was a straggler: a run of 26 without one is chance once in a hundred times.
    traffic.send('control', 25);
    expect(traffic.proof(0, 50)?.kind).toBe('contradicted');
    traffic.send('control', 1);
    expect(traffic.proof(0, 50)?.kind).toBe('proven');
  });

  it('is contradicted as long as a worker with the old flag goes on', () => {
    const traffic = proofBench();
    traffic.wait(11);
    for (let round = 0; round < 50; round += 1) {
      traffic.send('control', 19);
      traffic.send('treatment', 1);
      expect(traffic.proof(0, 50)?.kind).toBe('contradicted');
    }
  });
});

it('everything is proven by the absence of the control arm', () => {
  const traffic = proofBench();
  traffic.send('treatment', 4);
  expect(traffic.proof(100, 50)?.kind).toBe('unproven');
  traffic.send('treatment', 1);
  expect(traffic.proof(100, 50)?.kind).toBe('proven');
  traffic.wait(20);
  traffic.send('control', 1);
  expect(traffic.proof(100, 50)?.kind).toBe('contradicted');
});

it('the proof goes on after a restart', () => {
  const traffic = proofBench();
  traffic.send('control', 3);
  traffic.proof(0, 50);
  traffic.bench.restart();
  traffic.send('control', 1);
  expect(traffic.proof(0, 50)).toMatchObject({ kind: 'unproven', total: 4 });
  traffic.send('control', 1);
  expect(traffic.proof(0, 50)).toMatchObject({ kind: 'proven', total: 5 });
});
