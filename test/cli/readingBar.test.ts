import { expect, it } from 'vitest';
import { ReadingBar } from '../../daemon/cli/readingBar.ts';
import { readingText } from '../../daemon/protocol/words/readingText.ts';

function watched(size: number | null) {
  let now = 0;
  const written: string[] = [];
  const bar = new ReadingBar(size, { columns: 80, write: (text) => written.push(text), now: () => now });
  const at = (time: number, bytes: number): void => {
    now = time;
    bar.reached(bytes);
  };
  return { bar, at, written };
}

it('says how much has been read, how fast, and how long it still takes', () => {
  expect(readingText({ bytes: 250e6, size: 1e9, elapsed: 2000 })).toBe('250 of 1,000 MB, 125 MB/s, 6 s left');
  expect(readingText({ bytes: 1e9, size: 1e9, elapsed: 8000 })).toBe('1,000 of 1,000 MB, 125 MB/s');
  expect(readingText({ bytes: 1e6, size: null, elapsed: 2000 })).toBe('1 MB, 0.5 MB/s');
  expect(readingText({ bytes: 0, size: 1e9, elapsed: 0 })).toBe('0 of 1,000 MB, 0.0 MB/s');
});

it('is silent for what is over at once, and then written over a few times a second', () => {
  const { bar, at, written } = watched(1e9);
  at(10, 1e6);
  at(999, 1e8);
  bar.remove();
  expect(written).toEqual([]);
  at(1000, 25e7);
  at(1100, 26e7);
  at(1200, 3e8);
  bar.remove();
  bar.remove();
  expect(written).toEqual([
    '\r\u001b[K██████░░░░░░░░░░░░░░░░░░ 250 of 1,000 MB, 250 MB/s, 3 s left',
    '\r\u001b[K███████░░░░░░░░░░░░░░░░░ 300 of 1,000 MB, 250 MB/s, 3 s left',
    '\r\u001b[K',
  ]);
});

it('has no bar where nobody knows the size', () => {
  const { at, written } = watched(null);
  at(2000, 3e8);
  expect(written).toEqual(['\r\u001b[K300 MB, 150 MB/s']);
});
