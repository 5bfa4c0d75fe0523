import { expect, it } from 'vitest';
import { hour, RolloutBench, second } from '../faults/rolloutBench.ts';

const placed = (name: string) => `$\{${name}}`;
const more = `flag: { dotenv: .env, set: { ENABLED: "${placed('enabled')}" } }
`;

function tookOf(bench: RolloutBench): readonly (number | null)[] {
  return bench.journal.flatMap((body) =>
    body.kind === 'effect-progressed' && body.progress === 'verified' && body.took !== null ? [body.took] : [],
  );
}

it.each([
  ['ahead', 2 * hour],
  ['back', -2 * hour],
])('a rollback takes as long as it takes, also where the wall clock is set %s meanwhile', (_, moved) => {
  const bench = new RolloutBench('begun', more);
  bench.isFlagSlow = true;
  bench.uploads(20, false);
  expect(bench.phase).toBe('rolling-back');
  bench.now += 2 * second;
  bench.flagSays('failed', 'the disk is full');
  bench.gap(moved + second, moved);
  bench.now += 3 * second;
  bench.tick();
  bench.flagSays('verified');
  expect(bench.phase).toBe('rolled-back');
  const [took = 0] = tookOf(bench);
  expect(took).toBeGreaterThanOrEqual(6 * second);
  expect(took).toBeLessThan(30 * second);
  expect(bench.restoredState()).toEqual(bench.execution.state);
});

it('the time for which the process was stopped is a part of it', () => {
  const bench = new RolloutBench('begun', more);
  bench.isFlagSlow = true;
  bench.uploads(20, false);
  bench.gap(hour);
  bench.flagSays('verified');
  expect(tookOf(bench)[0]).toBeGreaterThanOrEqual(hour);
});
