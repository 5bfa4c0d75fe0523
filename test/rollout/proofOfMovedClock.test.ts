import { expect, it } from 'vitest';
import { hour, minute, RolloutBench, second } from '../faults/rolloutBench.ts';

const placed = (name: string) => `$\{${name}}`;
const more = `flag:
  dotenv: .env
  set: { ENABLED: "${placed('enabled')}" }
  proof: { share: treatment, within: 1h, exposure: rollback }
`;

/** Half of the traffic is the treatment's, and not the tenth that the flag says; a record a second up to now. */
function contradict(bench: RolloutBench): void {
  const records = Array.from({ length: 200 }, (_, index) => ({
    timestamp: new Date(bench.now - (199 - index) * second).toISOString(),
    arm: index % 2 === 0 ? 'new' : 'old',
    ok: true,
  }));
  bench.records(records);
}

/** Ten minutes have passed since the flag was read back. */
function contradictedBench(): RolloutBench {
  const bench = new RolloutBench('begun', more);
  contradict(bench);
  expect(bench.phase).toBe('soaking');
  return bench;
}

it.each([
  ['ahead', 2 * hour],
  ['back', -2 * hour],
  ['ahead by a suspend and back again', 0],
])('a proof has the time that the plan gives it, also where the clock is set %s meanwhile', (_, moved) => {
  const bench = contradictedBench();
  if (moved === 0) {
    bench.gap(3 * hour, 3 * hour);
    bench.gap(-3 * hour, -3 * hour);
  } else bench.gap(moved, moved);
  for (let passed = 0; passed < 48; passed += 4) {
    contradict(bench);
    bench.tick(4 * minute);
    expect([passed, bench.phase]).toEqual([passed, 'soaking']);
  }
  contradict(bench);
  bench.tick(5 * minute);
  contradict(bench);
  expect(bench.phase).toBe('rolling-back');
  expect(bench.restoredState()).toEqual(bench.execution.state);
});

it('a rollback that the traffic contradicts is told as failed as late as without a step of the clock', () => {
  const bench = new RolloutBench('begun', more);
  bench.uploads(20, false);
  expect(bench.phase).toBe('rolling-back');
  bench.gap(2 * hour, 2 * hour);
  for (let passed = 0; passed < 56; passed += 4) {
    contradict(bench);
    bench.tick(4 * minute);
    expect([passed, bench.phase]).toEqual([passed, 'rolling-back']);
  }
  contradict(bench);
  bench.tick(8 * minute);
  contradict(bench);
  expect(bench.phase).toBe('rollback-failed');
});
