import { expect, it } from 'vitest';
import { changedParts, losesPart } from '../../daemon/live/viewParts.ts';
import { sampleRollout } from '../serve/sampleView.ts';

it('a part that is there no more is no change that a delta could tell', () => {
  const shown = { ...sampleRollout('one'), credentials: [] };
  const view = sampleRollout('one');
  expect(changedParts(shown, view)).toBeNull();
  expect(losesPart(shown, view)).toBe(true);
  expect(losesPart(view, shown)).toBe(false);
  expect(losesPart(shown, { ...shown, credentials: undefined })).toBe(true);
  expect(losesPart(undefined, view)).toBe(false);
});
