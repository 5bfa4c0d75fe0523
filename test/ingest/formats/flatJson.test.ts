import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonNumber } from '../../../daemon/ingest/formats/jsonNumber.ts';
import { jsonLinesScanner } from '../../../daemon/ingest/formats/lineScanner.ts';
import { byField, keptFields, type Reader, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../../daemon/ingest/formats/tally.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { stampBytesReader } from '../../../daemon/measure/stampBytes.ts';
import { parseTimestamp } from '../../../daemon/measure/timestamp.ts';
import { zoneNamed } from '../../../daemon/measure/zone.ts';
import type { Plan } from '../../../daemon/protocol/domain/plan.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { MutatedLines } from '../../support/mutatedLines.ts';
import { uploadPlan } from '../../support/uploadPlan.ts';

/** Raise it to some millions after a change of this room. */
const fuzzLines = Number(process.env.RAMPWATCH_FUZZ_LINES ?? 20_000);
const arrived = wallTime(Date.UTC(2025, 11, 1));

/** Both ways to read the lines of a plan's first source: byte by byte where that is possible, and by JSON.parse alone. */
function bothScanners(plan: Plan) {
  const instrument = compileInstrument(plan);
  let parsed = 0;
  const reader: Reader = {
    record(record) {
      parsed += 1;
      return instrument.readRecord(0, record, arrived);
    },
    line: (text) => instrument.readLine(0, text, arrived),
    kept: keptFields(instrument),
    reads: instrument.reads?.(0) ?? [],
  };
  const withoutModule = { module: null, leastBytes: 0 };
  const plain = jsonLinesScanner(reader, withoutModule);
  const fast = jsonLinesScanner({ ...reader, ...byField(instrument, 0, () => arrived) }, withoutModule);
  return { plain, fast, parsedSoFar: () => parsed };
}

const plans = {
  'the usual plan': uploadPlan(),
  'a plan of odd fields': uploadPlan(`
sources: [ { file: m.jsonl, time: { field: timestamp, zone: Europe/Berlin } } ]
arms: { treatment: { success: true, duration_ms: [0, 7, "12.5"] }, control: { __proto__: any } }
measures: { rate: { share: { timestamp: any, constructor: null } }, size: { gauge: file_size_mb } }
stages: [ { id: off, percent: 0 } ]
baseline: {}
triggers: []`),
};

describe.each(Object.entries(plans))('%s', (_name, plan) => {
  it(`reads ${fuzzLines} mutated lines byte by byte as JSON.parse does`, { timeout: 3_600_000 }, () => {
    const { plain, fast, parsedSoFar } = bothScanners(plan);
    const together = 1000;
    let unparsed = 0;
    for (let seed = 0; seed * together < fuzzLines; seed += 1) {
      const bytes = new MutatedLines(seed).take(together);
      for (let state = scanStart; state.offset < bytes.length; ) {
        const [expected, found] = [new Tally('file'), new Tally('file')];
        const before = parsedSoFar();
        const rest = bytes.subarray(state.offset);
        const next = plain.scan(rest, state, 'whole', expected);
        const between = parsedSoFar();
        const reached = fast.scan(rest, state, 'whole', found);
        unparsed += between - before - (parsedSoFar() - between);
        const areSame = isDeepStrictEqual([...found.observations], [...expected.observations]);
        if (!areSame || !isDeepStrictEqual(found, expected) || !isDeepStrictEqual(reached, next)) {
          expect({ seed, found: [...found.observations], rejected: found.rejected, reached }).toEqual({
            seed,
            found: [...expected.observations],
            rejected: expected.rejected,
            reached: next,
          });
          expect(found).toStrictEqual(expected);
        }
        state = next;
      }
    }
    // Otherwise both ways would be the same one.
    expect(unparsed).toBeGreaterThan(fuzzLines / 5);
  });
});

describe('a number', () => {
  const digits = fc
    .array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 25 })
    .map((each) => each.join(''));
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.constantFrom('', '-'), digits, digits).map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
    fc.tuple(fc.constantFrom('', '-0.', '0.', '.', '-'), digits).map(([before, text]) => `${before}${text}`),
    // Exactly between two float64s, and a little beside it: where rounding goes wrong first.
    fc
      .tuple(fc.bigInt(2n ** 53n, 2n ** 54n - 1n), fc.integer({ min: 0, max: 40 }), fc.bigInt(-1n, 1n), fc.boolean())
      .map(([mantissa, bits, beside, isWhole]) => {
        const middle = String(((2n * mantissa + 1n) << BigInt(bits)) / 2n + beside);
        return isWhole ? middle : `${middle.slice(0, -9)}.${middle.slice(-9)}`;
      }),
  );

  it('is bit for bit the one of JSON.parse, or left to it', () => {
    fc.assert(
      fc.property(number, (text) => {
        const bytes = Buffer.from(`${text},`);
        const read = new JsonNumber();
        const end = read.read(bytes, 0);
        if (end === bytes.length - 1) expect(read.value).toBe(JSON.parse(text));
        else expect(/e/.test(text) || !isJson(text)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('a stamp', () => {
  it('is read from bytes as from text, whatever came before', () => {
    const zone = zoneNamed('America/New_York');
    const read = stampBytesReader(zone);
    const stamp = fc
      .tuple(
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 61 }).map((second) => String(second).padStart(2, '0')),
        fc.constantFrom('.5', '.123456', ',123456789', '', '.'),
        fc.constantFrom('', 'Z', '+01:00', '-09:59', '+0100', ' UTC', 'x'),
      )
      .map(([at, second, fraction, end]) => `${at.toISOString().slice(0, 17)}${second}${fraction}${end}`);
    fc.assert(
      fc.property(stamp, (text) => {
        const at = read(Buffer.from(`"${text}"`), 1, text.length + 1);
        if (!Number.isNaN(at)) expect(at).toBe(parseTimestamp(text, zone));
        else expect(text).toMatch(/:6|\.\D?|\.$|\d{4}$|UTC$|x$/);
      }),
      { numRuns: 20_000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
