import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOfKnownLines,
  extended,
  type Fingerprint,
  noFingerprint,
  parsedFingerprint,
  sumOf,
  written,
} from '../../../daemon/ingest/tail/fingerprint.ts';

const line = fc
  .integer({ min: 0, max: 300 })
  .chain((width) => fc.integer({ min: 0, max: 1e9 }).map((id) => `${id} ${'x'.repeat(width)}\n`));
/** Lines, each with an id of its own, and how many are read at a time. */
const reading = fc.record({
  texts: fc
    .array(line, { minLength: 1, maxLength: 400 })
    .map((texts) => texts.map((text, index) => `${index}:${text}`)),
  steps: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
});

function read(texts: readonly string[], steps: readonly number[]): { bytes: Buffer; fingerprint: Fingerprint } {
  let fingerprint = noFingerprint;
  let bytes = Buffer.alloc(0);
  for (let at = 0, turn = 0; at < texts.length; turn += 1) {
    const step = steps[turn % steps.length] ?? 1;
    const more = Buffer.from(texts.slice(at, at + step).join(''));
    fingerprint = extended(fingerprint, more, bytes.length);
    bytes = Buffer.concat([bytes, more]);
    at += step;
  }
  return { bytes, fingerprint };
}

describe('a fingerprint', () => {
  it('has a landmark at the first line, at each of the newest, and at the end, each with the sum of its line', () => {
    fc.assert(
      fc.property(reading, ({ texts, steps }) => {
        const { bytes, fingerprint } = read(texts, steps);
        let end = 0;
        const ends = texts.map((text) => {
          end += Buffer.byteLength(text);
          return end;
        });
        const offsets = fingerprint.map(({ offset }) => offset);
        expect(offsets).toEqual([...new Set(offsets)].sort((one, other) => one - other));
        expect(offsets).toEqual(expect.arrayContaining([ends[0], ...ends.slice(-16)]));
        for (const { offset, length, sum } of fingerprint) {
          expect(ends).toContain(offset);
          expect(sumOf(bytes.subarray(offset - length, offset))).toBe(sum);
        }
        expect(parsedFingerprint(written(fingerprint))).toEqual(fingerprint);
      }),
    );
  });

  it('stays small and dense at its end, however much is read', () => {
    const block = Buffer.from(Array.from({ length: 10_000 }, (_, index) => `${index} of a block of lines\n`).join(''));
    let fingerprint = noFingerprint;
    for (let round = 0; round < 2000; round += 1) fingerprint = extended(fingerprint, block, round * block.length);
    expect(fingerprint.length).toBeLessThan(200);
    expect(fingerprint.at(-1)?.offset).toBe(2000 * block.length);
    const distances = fingerprint.map(({ offset }) => 2000 * block.length - offset);
    for (const [index, distance] of distances.entries()) {
      const next = distances[index + 1] ?? 0;
      if (next > 2048) expect(distance).toBeLessThan(next * 2);
    }
  });

  it('tells where the lines end that were read, when the beginning was taken away and lines were added', () => {
    fc.assert(
      fc.property(reading, fc.nat(), fc.array(line, { maxLength: 30 }), ({ texts, steps }, cut, added) => {
        const { fingerprint } = read(texts, steps);
        const rest = texts.slice(cut % texts.length).join('');
        const bytes = Buffer.from(rest + added.map((text) => `new ${text}`).join(''));
        const end = Buffer.byteLength(rest);
        expect(endOfKnownLines(fingerprint, bytes, true)).toEqual({ end, edited: false, newest: true });
      }),
    );
  });

  it('knows nothing in lines of another', () => {
    fc.assert(
      fc.property(reading, fc.array(line, { maxLength: 200 }), ({ texts, steps }, others) => {
        const { fingerprint } = read(texts, steps);
        const bytes = Buffer.from(others.map((text) => `another ${text}`).join(''));
        expect(endOfKnownLines(fingerprint, bytes, true)).toBeNull();
      }),
    );
  });
});
