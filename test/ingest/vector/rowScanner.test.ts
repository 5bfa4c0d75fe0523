import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { jsonLinesScanner } from '../../../daemon/ingest/formats/lineScanner.ts';
import { byField, keptFields, type Reader, type Scanner, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally, type TurnLimits, wholeTurn } from '../../../daemon/ingest/formats/tally.ts';
import { scannerModule } from '../../../daemon/ingest/vector/scannerModule.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import type { RunOfRows } from '../../../daemon/protocol/domain/observationBlock.ts';
import type { Plan } from '../../../daemon/protocol/domain/plan.ts';
import { eventTime, type WallTime, wallTime } from '../../../daemon/protocol/domain/units.ts';
import { compiledScanner, sourceHash } from '../../../scripts/compileScanner.mjs';
import { MutatedLines } from '../../support/mutatedLines.ts';
import { uploadPlan } from '../../support/uploadPlan.ts';

/** `npm run fuzz` raises it to some millions. */
const fuzzLines = Number(process.env.RAMPWATCH_FUZZ_LINES ?? 10_000);
const arrived = wallTime(Date.UTC(2025, 11, 1));

/** Takes note of how many lines the compiled scanner took. */
class CountingTally extends Tally {
  rows = 0;

  override addRows(run: RunOfRows): void {
    this.rows += run.length;
    super.addRows(run);
  }
}

/** The three ways to read the lines of a plan's first source: by JSON.parse alone, byte by byte, and by the compiled scanner. */
function threeScanners(plan: Plan, now: WallTime = arrived) {
  const instrument = compileInstrument(plan);
  const reader: Reader = {
    record: (record) => instrument.readRecord(0, record, now),
    line: (text) => instrument.readLine(0, text, now),
    kept: keptFields(instrument),
    reads: instrument.reads?.(0) ?? [],
  };
  const fields = () => ({ ...reader, ...byField(compileInstrument(plan), 0, () => now) });
  return {
    parsing: jsonLinesScanner(reader),
    bytewise: jsonLinesScanner(fields(), { module: null, leastBytes: 0 }),
    compiled: jsonLinesScanner(fields(), { module: scannerModule(), leastBytes: 0 }),
  };
}

/** All that a scanner finds in the bytes, in turns; they are read again from where a turn ended. */
function scanned(scanner: Scanner, bytes: Buffer, cuts: readonly number[] = [], limits: TurnLimits = wholeTurn) {
  const turns: unknown[] = [];
  let rows = 0;
  let state = scanStart;
  for (const end of [...cuts, bytes.length]) {
    for (;;) {
      const tally = new CountingTally('file', limits);
      const next = scanner.scan(
        bytes.subarray(state.offset, end),
        state,
        end === bytes.length ? 'whole' : 'open',
        tally,
      );
      const { observations, rows: taken, order, ...counts } = tally;
      turns.push({ observations: [...observations], order: order.state, ...counts, next });
      rows += taken;
      const isMoved = next.offset > state.offset;
      state = next;
      if (!isMoved) break;
    }
  }
  return { turns, rows };
}

function expectSame(found: { turns: unknown[] }, expected: { turns: unknown[] }, told: unknown): void {
  if (isDeepStrictEqual(found.turns, expected.turns)) return;
  expect({ told, turns: found.turns }).toEqual({ told, turns: expected.turns });
  expect(found.turns).toStrictEqual(expected.turns);
}

const odd = (parts: string) =>
  uploadPlan(`
sources: [ { file: m.jsonl, time: { field: timestamp, zone: Europe/Berlin } } ]
stages: [ { id: off, percent: 0 } ]
baseline: {}
triggers: []
${parts}`);
const plans = {
  'the usual plan': uploadPlan(),
  'a plan of odd fields': odd(`
arms: { treatment: { success: true, duration_ms: [0, 7, "12.5"] }, control: { __proto__: any } }
measures: { rate: { share: { timestamp: any, constructor: null } }, size: { gauge: file_size_mb } }`),
  'a plan of many numbers': odd(`
arms: { treatment: { execution_type: [async, sync_fallback] }, control: { execution_type: sync } }
measures:
  rate: { share: { success: true, error_type: none } }
  slow: { quantile: 0.95, field: duration_ms, field_unit: s, unit: ms }
  long: { quantile: 0.9, field: duration_ms, field_unit: us, unit: ms, where: { success: true } }
  size: { gauge: file_size_mb, unit: MB }
  far: { gauge: ctx.size, unit: MB }`),
};

describe.each(Object.entries(plans))('%s', (_name, plan) => {
  it(`has ${fuzzLines} mutated lines read by the compiled scanner as by JSON.parse`, { timeout: 7_200_000 }, () => {
    const { parsing, bytewise, compiled } = threeScanners(plan);
    const together = 1000;
    let rows = 0;
    for (let seed = 0; seed * together < fuzzLines; seed += 1) {
      const bytes = new MutatedLines(seed, seed % 2 === 0 ? 'calm' : 'wild').take(together);
      const found = scanned(compiled, bytes);
      expectSame(found, scanned(parsing, bytes), { seed });
      expectSame(found, scanned(bytewise, bytes), { seed });
      rows += found.rows;
    }
    // Else it would be the same way twice; the odd plan reads the stamp as a value, which leaves all to JavaScript.
    if (plan !== plans['a plan of odd fields']) expect(rows).toBeGreaterThan(fuzzLines / 8);
  });
});

describe('the compiled scanner', () => {
  const plan = plans['a plan of many numbers'];

  it('gives the same wherever the bytes of a read end', () => {
    const bytes = Buffer.concat([regularLines(3), new MutatedLines(7).take(3), regularLines(2), Buffer.from('{"a')]);
    const { bytewise, compiled } = threeScanners(plan);
    const expected = scanned(bytewise, bytes);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const found = scanned(compiled, bytes, [cut]);
      expectSame(found, scanned(bytewise, bytes, [cut]), { cut });
      expect(places(found)).toEqual(places(expected));
    }
  });

  it('takes plain lines, in any order of keys and spacing, with escapes and nested values that nobody reads', () => {
    const { parsing, compiled } = threeScanners(plan);
    const members = ['"timestamp":"2025-11-01T10:42:07.5Z"', '"execution_type":"async"', '"success":true'];
    const others = [
      '"note":"a\\"\\u00e9\\n"',
      '"ctx2":{"a":[1,{"b":[]}],"a":-1e9}',
      '"n":1e400',
      '"größe":"ä"',
      '"n":null',
    ];
    const order = fc.shuffledSubarray([...members, ...others, '"duration_ms":12.25'], { minLength: 9 });
    const spaces = fc.constantFrom('', ' ', '\t', ' \r ');
    const line = fc
      .tuple(order, spaces)
      .map(([parts, space]) => `{${space}${parts.join(`${space},${space}`)}${space}}\n`);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const bytes = Buffer.from(lines.join(''));
        const found = scanned(compiled, bytes);
        expectSame(found, scanned(parsing, bytes), { lines });
        // The first of a class is for JavaScript, and there is one here.
        expect(found.rows).toBeGreaterThanOrEqual(lines.length - 1);
      }),
      { numRuns: 120 },
    );
  });

  it('leaves a line in which a key that is read comes twice, or lies in another one', () => {
    const { parsing, compiled } = threeScanners(plan);
    const whole = '"timestamp":"2025-11-01T10:42:07Z","execution_type":"async","success":true';
    for (const more of [
      '"success":true',
      '"suc\\u0063ess":false',
      '"ctx":{"size":7}',
      '"ctx":{"size":7,"size":8}',
      '"ctx.size":7',
      '"ctx":1,"ctx":2',
      '"":{"success":1,"success":2}',
      '"other":1,"other":2',
      '"other":{"success":1,"success":2}',
      '"duration_ms":9007199254740993',
      '"duration_ms":"12s"',
      '"duration_ms":true',
      '"duration_ms":null',
      '"duration_ms":-0',
      `"deep":${'['.repeat(31)}${']'.repeat(31)}`,
      `"deep":${'['.repeat(32)}${']'.repeat(32)}`,
      `"long":"${'x'.repeat(1024 * 1024)}"`,
    ]) {
      const bytes = Buffer.from(`{${whole}}\n{${whole}}\n{${whole},${more}}\n{${more},${whole}}\n{${whole}}\n`);
      const found = scanned(compiled, bytes);
      expectSame(found, scanned(parsing, bytes), { more });
      expect(found.rows).toBeGreaterThan(0);
    }
  });

  it('leaves bytes that are no UTF-8, and only their line', () => {
    const { parsing, compiled } = threeScanners(plan);
    const whole = '"timestamp":"2025-11-01T10:42:07Z","execution_type":"async","success":true';
    const lines = [`{${whole},"note":"`, '"}\n', `{${whole},"note":"größe"}\n{${whole}}\n`];
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0], [0xef, 0xbb, 0xbf]]) {
      const [head = '', tail = '', rest = ''] = lines;
      const bytes = Buffer.concat([rest, head, bad, tail, rest].map((part) => Buffer.from(part as string)));
      expectSame(scanned(compiled, bytes), scanned(parsing, bytes), { bad });
    }
  });

  it('holds to what a turn may take', () => {
    const bytes = regularLines(300);
    const { bytewise, compiled } = threeScanners(plan);
    const start = Date.UTC(2025, 10, 1, 10);
    for (const limits of [
      { lines: 7, upTo: null },
      { lines: 100_000, upTo: eventTime(start + 100_000) },
      { lines: 50, upTo: eventTime(start + 100_000), knownBefore: eventTime(start + 40_000) },
    ]) {
      expectSame(scanned(compiled, bytes, [], limits), scanned(bytewise, bytes, [], limits), limits);
    }
    // Stamps from the future.
    const early = threeScanners(plan, wallTime(start + 100_500 - 300_000));
    expectSame(scanned(early.compiled, bytes), scanned(early.bytewise, bytes), 'future');
    const close = threeScanners(plan, wallTime(start + 99_800));
    expectSame(scanned(close.compiled, bytes), scanned(close.bytewise, bytes), 'a little ahead');
  });

  it('knows more classes and keys than it has places for', () => {
    const { bytewise, compiled } = threeScanners(plan);
    const line = (index: number) =>
      `{"timestamp":"2025-11-01T10:42:07Z","execution_type":"kind ${index}","success":true,"key ${index % 700}":${index}}\n`;
    const each = Array.from({ length: 3000 }, (_, index) => line(index >> 1)).join('');
    const bytes = Buffer.from(each);
    const found = scanned(compiled, bytes);
    expectSame(found, scanned(bytewise, bytes), 'many classes');
    expect(found.rows).toBeGreaterThan(500);
  });

  it('knows a class anew that was forgotten with all others', () => {
    const { bytewise, compiled } = threeScanners(plan);
    const line = (kind: string) => `{"timestamp":"2025-11-01T10:42:07Z","execution_type":"${kind}","success":true}\n`;
    const each = Array.from({ length: 900 }, (_, index) => line(`kind ${index}`) + (index > 5 ? line('async') : ''));
    const bytes = Buffer.from(each.join(''));
    const found = scanned(compiled, bytes);
    expectSame(found, scanned(bytewise, bytes), 'forgotten');
    expect(found.rows).toBeGreaterThan(880);
  });

  it('reads more bytes at once than its window has', () => {
    const bytes = regularLines(12_000);
    expect(bytes.length).toBeGreaterThan(2_000_000);
    const { bytewise, compiled } = threeScanners(plan);
    const limits = { lines: 20_000, upTo: null };
    expectSame(scanned(compiled, bytes, [], limits), scanned(bytewise, bytes, [], limits), 'large');
  });

  const digits = fc
    .array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 25 })
    .map((each) => each.join(''));
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String),
    fc.tuple(fc.constantFrom('', '-'), digits, digits).map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
    fc.tuple(fc.constantFrom('', '-0.', '0.', '.', '-'), digits).map(([before, text]) => `${before}${text}`),
    // Exactly between two float64s, and a little beside it: where rounding goes wrong first.
    fc
      .tuple(fc.bigInt(2n ** 53n, 2n ** 54n - 1n), fc.integer({ min: 0, max: 10 }), fc.bigInt(-1n, 1n))
      .map(([mantissa, bits, beside]) => {
        const middle = String(((2n * mantissa + 1n) << BigInt(bits)) / 2n + beside);
        return `${middle.slice(0, -9)}.${middle.slice(-9)}`;
      }),
  );

  it('reads each number to the last bit', () => {
    const { parsing, compiled } = threeScanners(plan);
    fc.assert(
      fc.property(fc.array(number, { minLength: 20, maxLength: 40 }), (texts) => {
        const lines = texts.map(
          (text) => `{"timestamp":"2025-11-01T10:42:07Z","execution_type":"async","file_size_mb":${text}}\n`,
        );
        const bytes = Buffer.from(lines.join(''));
        expectSame(scanned(compiled, bytes), scanned(parsing, bytes), { texts });
      }),
      { numRuns: 400 },
    );
  });

  it('takes lines whose stamps are numbers', () => {
    const { parsing, compiled } = threeScanners(plan);
    const stamps = ['1761993727', '1761993727.25', '1761993727123', '1761993727123456', '1761993727123.0625'];
    const lines = stamps.map((stamp) => `{"timestamp":${stamp},"execution_type":"async","duration_ms":${stamp}}\n`);
    const bytes = Buffer.from(lines.join(''));
    const found = scanned(compiled, bytes);
    expectSame(found, scanned(parsing, bytes), 'epochs');
    expect(found.rows).toBe(stamps.length - 1);
  });

  it('reads each stamp as its text, in the hour that comes twice too', () => {
    const { parsing, compiled } = threeScanners(plan);
    const stamp = fc
      .tuple(
        fc.oneof(
          fc.date({ min: new Date(0), max: new Date('2025-11-30'), noInvalidDate: true }),
          fc.date({ min: new Date('2025-10-25'), max: new Date('2025-10-27'), noInvalidDate: true }),
        ),
        fc.integer({ min: 0, max: 61 }).map((second) => String(second).padStart(2, '0')),
        fc.constantFrom('.5', '.123456', ',123456789', '', '.', '.1234567891'),
        fc.constantFrom('', '', 'Z', '+01:00', '-09:59', '+0100', ' UTC', 'x', '+1a:00'),
      )
      .map(([at, second, fraction, end]) => `"${at.toISOString().slice(0, 17)}${second}${fraction}${end}"`);
    const epoch = fc
      .tuple(fc.integer({ min: 0, max: 2_000_000_000 }), fc.integer({ min: -3, max: 9 }), fc.nat(999_999))
      .map(([second, digits, rest]) => `${second}${digits > 0 ? '0'.repeat(digits) : ''}.${rest}`);
    const edge = fc.constantFrom(
      '0',
      '-0',
      '-1',
      '0.0000005',
      '0.0000015',
      '99999999999',
      '1e11',
      '99999999999999.9995',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(stamp, epoch, edge), { minLength: 20, maxLength: 40 }), (stamps) => {
        const bytes = Buffer.from(
          stamps.map((text) => `{"timestamp":${text},"execution_type":"async"}\n`.repeat(2)).join(''),
        );
        expectSame(scanned(compiled, bytes), scanned(parsing, bytes), { stamps });
      }),
      { numRuns: 200 },
    );
  });
});

it('leaves the logs of a plan of more numbers than it has columns to the other readers', () => {
  const measures = Array.from({ length: 60 }, (_, index) => `m${index}: { quantile: 0.5, field: f${index} }`);
  const { parsing, compiled } = threeScanners(
    odd(`
arms: { treatment: { execution_type: async }, control: { execution_type: sync } }
measures: { rate: { share: { success: true } }, ${measures.join(', ')} }`),
  );
  const bytes = regularLines(500);
  const found = scanned(compiled, bytes);
  expectSame(found, scanned(parsing, bytes), 'many numbers');
  expect(found.rows).toBe(0);
});

it('is left out where RAMPWATCH_SCANNER=javascript says so', async () => {
  expect(scannerModule()).not.toBeNull();
  vi.stubEnv('RAMPWATCH_SCANNER', 'javascript');
  vi.resetModules();
  const fresh = await import('../../../daemon/ingest/vector/scannerModule.ts');
  expect(fresh.scannerModule()).toBeNull();
  vi.unstubAllEnvs();
});

describe('the compiled scanner in the repository: `node scripts/compileScanner.mjs` writes it', () => {
  const there = () => readFileSync(join(import.meta.dirname, '../../../daemon/ingest/vector/scannerBinary.ts'), 'utf8');

  it('is of the present source', () => {
    expect(there()).toContain(sourceHash());
  });

  // The compiler takes seconds.
  it.runIf(process.env.RAMPWATCH_FUZZ_LINES !== undefined)('is the same when it is compiled anew', async () => {
    expect(await compiledScanner()).toBe(there());
  });
});

/** Lines as one program writes them, a second apart. */
function regularLines(count: number): Buffer {
  const lines = Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2025, 10, 1, 10) + index * 1000 + (index % 7)).toISOString();
    const arm = index % 3 === 0 ? 'sync' : 'async';
    return `{"timestamp": "${at}", "execution_type": "${arm}", "success": ${index % 5 !== 0}, "duration_ms": ${Math.sqrt(index + 1)}, "file_size_mb": ${index / 8}, "request_id": "req-${index}", "error_type": null}\n`;
  });
  return Buffer.from(lines.join(''));
}

function places({ turns }: { turns: unknown[] }): unknown[] {
  return turns.flatMap((turn) =>
    (turn as { observations: { place: unknown }[] }).observations.map(({ place }) => place),
  );
}
