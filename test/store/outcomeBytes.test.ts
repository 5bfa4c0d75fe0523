import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OutcomeRecord } from '../../daemon/protocol/domain/observation.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { decodeOutcomes, encodeOutcomes } from '../../daemon/store/sqlite/outcomeBytes.ts';
import { anyFilePlace, anyPlace } from '../support/anyPlace.ts';
import { filePlace } from '../support/filePlace.ts';

const outcomesAt = <At extends Place>(place: fc.Arbitrary<At>) =>
  fc.nat(3).chain((fields) =>
    fc.array(
      fc.record({
        at: fc.double({ noNaN: true }).map(eventTime),
        arm: fc.constantFrom('treatment' as const, 'control' as const),
        shares: fc.nat(2 ** 31 - 1),
        fields: fc.array(fc.double(), { minLength: fields, maxLength: fields }),
        place,
      }),
    ),
  );

it('outcomes are the same after they were bytes', () => {
  fc.assert(
    fc.property(outcomesAt(anyPlace), (written) => {
      expect(decodeOutcomes(encodeOutcomes(written))).toEqual(written);
    }),
  );
});

it('a body of the first layout is still read', () => {
  fc.assert(
    fc.property(
      outcomesAt(anyFilePlace).filter(({ length }) => length > 0),
      (written) => {
        expect(decodeOutcomes(firstLayout(written))).toEqual(written);
      },
    ),
  );
});

/** As it was written before: the numbers of outcomes and fields, and everything of each outcome, as eight-byte floats. */
function firstLayout(written: readonly OutcomeRecord[]): Uint8Array {
  const files = [...new Set(written.map(({ place }) => filePlace(place).file))];
  const numbers = written.flatMap(({ at, arm, shares, place, fields }) => {
    const { file, line, offset } = filePlace(place);
    return [at, arm === 'treatment' ? 1 : 0, shares, files.indexOf(file), line, offset, ...fields];
  });
  const floats = new Float64Array([written.length, written[0]?.fields.length ?? 0, ...numbers]);
  return Buffer.concat([new Uint8Array(floats.buffer), Buffer.from(JSON.stringify(files))]);
}
