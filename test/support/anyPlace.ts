import fc from 'fast-check';
import type { FilePlace, Place } from '../../daemon/protocol/domain/place.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';

const number = fc.oneof(fc.nat(), fc.maxSafeNat());

export const anyFilePlace: fc.Arbitrary<FilePlace> = fc.record({
  file: fc.constantFrom('metrics.jsonl', 'metrics.jsonl.1', 'größe "x"'),
  line: number,
  offset: number,
});

/** A place of each kind; a query's time is whole milliseconds, as engines are asked. */
export const anyPlace: fc.Arbitrary<Place> = fc.oneof(
  anyFilePlace,
  fc.record({ query: fc.constantFrom('sum(errors)', 'rate(x[5m])'), at: fc.nat({ max: 2 ** 42 }).map(eventTime) }),
  fc.record({ stream: fc.constantFrom('tail -f app', 'kubectl logs'), line: number }),
);
