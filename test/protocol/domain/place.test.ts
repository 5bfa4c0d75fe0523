import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeColumns, placeOf, placeSchema } from '../../../daemon/protocol/domain/place.ts';
import { eventTime } from '../../../daemon/protocol/domain/units.ts';
import { placeKey, placeText } from '../../../daemon/protocol/words/placeText.ts';
import { anyPlace } from '../../support/anyPlace.ts';

describe('a place', () => {
  it('is the same after it was a name and two numbers, and after it was JSON', () => {
    fc.assert(
      fc.property(anyPlace, (place) => {
        const { name, line, offset } = placeColumns(place);
        expect(placeOf(name, line, offset)).toEqual(place);
        expect(placeSchema.parse(JSON.parse(JSON.stringify(place)))).toEqual(place);
      }),
    );
  });

  it('of a file is stored under its path, as every version before has stored it', () => {
    expect(placeColumns({ file: 'a.jsonl', line: 7, offset: 90 })).toEqual({ name: 'a.jsonl', line: 7, offset: 90 });
  });

  it('has its words, in which nothing can steer a terminal', () => {
    expect(placeText({ file: 'a\u001b[31m.jsonl', line: 7, offset: 90 })).toBe('a\\u001b[31m.jsonl:7');
    expect(placeText({ stream: 'tail -f app', line: 7 })).toBe('tail -f app:7');
    expect(placeText({ query: 'sum(errors)', at: eventTime(0) })).toBe('sum(errors) at 1970-01-01T00:00:00.000Z');
  });

  it('has one key, whatever the order of its parts', () => {
    expect(placeKey({ line: 7, offset: 90, file: 'a' })).toBe(placeKey({ file: 'a', line: 7, offset: 90 }));
    expect(placeKey({ file: 'a', line: 7, offset: 91 })).not.toBe(placeKey({ file: 'a', line: 7, offset: 90 }));
  });
});
