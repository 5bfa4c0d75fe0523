import type { Format } from '../../daemon/ingest/formats/format.ts';
import { lineFeed, type Reader, type Scanner } from '../../daemon/ingest/formats/scan.ts';

/** `id=7 name=seven`, a record a line: a format that no plan knows. */
export const pairs: Format = {
  hasHeader: false,
  beginsLike: (head) => /^\w+=/.test(head),
  scanner: pairsScanner,
  lines: () => ({ record: recordIn, columns: null }),
};

function pairsScanner(reader: Reader): Scanner {
  return {
    scan(bytes, state, _ending, into) {
      let { line } = state;
      let at = 0;
      for (let feed = bytes.indexOf(lineFeed); feed !== -1; feed = bytes.indexOf(lineFeed, at)) {
        const record = recordIn(bytes.toString('utf8', at, feed));
        if (record === null) into.reject('invalid-json');
        else into.add(reader.record(record, into.newest), line, state.offset + at);
        if (into.beyond) break;
        at = feed + 1;
        line += 1;
      }
      return { ...state, offset: state.offset + at, line };
    },
  };
}

function recordIn(line: string): Readonly<Record<string, unknown>> | null {
  const fields = [...line.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [
    key,
    /^\d+$/.test(value) ? Number(value) : value,
  ]);
  return fields.length === 0 ? null : Object.fromEntries(fields);
}
