import { describe, expect, it } from 'vitest';
import { lossOfState } from '../../daemon/store/lastingState.ts';

const place = (environment: NodeJS.ProcessEnv, mark: string | null, devices: Record<string, number>) =>
  lossOfState({
    directory: '/state',
    environment,
    exists: (file) => file === mark,
    device: (path) => devices[path] ?? 1,
  });

describe('state in a container', () => {
  it.each([
    ['a Dev Container', { REMOTE_CONTAINERS: 'true' }, null],
    ['a codespace', { CODESPACES: 'true' }, null],
    ['Docker', {}, '/.dockerenv'],
    ['Podman', {}, '/run/.containerenv'],
  ])('is lost with it in its own layer, and lasts in a volume: %s', (_, environment, mark) => {
    expect(place(environment, mark, { '/': 1, '/state': 1 })).toMatch(
      /is gone when the container is rebuilt.*RAMPWATCH_STATE/,
    );
    expect(place(environment, mark, { '/': 1, '/state': 2 })).toBeNull();
  });

  it('is not spoken of elsewhere', () => {
    expect(place({ REMOTE_CONTAINERS: '' }, null, { '/': 1, '/state': 1 })).toBeNull();
  });
});
