import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { jsonLines } from '../../../daemon/ingest/formats/jsonLines.ts';
import { formatNamed } from '../../../daemon/ingest/formats/kinds.ts';
import { readRecording } from '../../../daemon/ingest/recorded/recording.ts';
import type { SourceFormat } from '../../../daemon/protocol/domain/formatNames.ts';
import type { Instrument, Observation } from '../../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../../daemon/protocol/domain/units.ts';
import { UserError } from '../../../daemon/protocol/domain/userError.ts';
import { filePlace } from '../../support/filePlace.ts';
import { idInstrument } from '../../support/idInstrument.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const recorded = join(import.meta.dirname, '../../fixtures/recorded');

/** Reads the recordings' own shape: uploads with an execution type, and the events between them. */
const uploads: Instrument = {
  shares: ['success'],
  fields: ['duration_ms'],
  lines: [],
  valueFields: ['execution_type'],
  readRecord(_source, record) {
    const at = eventTime(Date.parse(`${record.timestamp}Z`));
    if (record.event_type === 'rollout_stage') return { kind: 'stage', at, percent: Number(record.percentage) };
    return {
      kind: 'outcome',
      at,
      arm: record.execution_type === 'sync' ? 'control' : 'treatment',
      shares: record.success === true ? 1 : 0,
      fields: [Number(record.duration_ms)],
      values: [String(record.execution_type)],
    };
  },
  readLine: () => ({ kind: 'rejected', reason: 'invalid-json' }),
};

describe.each(['healthy', 'incident', 'masked'])('the recording %s', (name) => {
  it('has the lines, events and records of its answer key', async () => {
    const key = JSON.parse(readFileSync(join(recorded, name, 'answer-key.json'), 'utf8'));
    const observations: Observation[] = [];
    let rejected = 0;
    const file = join(recorded, name, 'metrics.jsonl.gz');
    const arrived = (at: number) => wallTime(at);
    for await (const batch of readRecording(file, {
      name,
      source: 0,
      format: jsonLines,
      instrument: uploads,
      arrived,
    })) {
      observations.push(...batch.observations);
      rejected += Object.values(batch.rejected).reduce((sum, count) => sum + count, 0);
    }
    expect(rejected).toBe(0);
    expect(observations.length).toBe(key.records + key.events.length);
    expect(observations.map(({ place }) => filePlace(place).line)).toEqual(observations.map((_, index) => index + 1));

    const events = observations.flatMap(({ reading }) => (reading.kind === 'stage' ? [reading] : []));
    expect(events.map(({ percent }) => percent)).toEqual(key.events.map((event: { percent: number }) => event.percent));

    const outcomes = observations.flatMap(({ reading }) => (reading.kind === 'outcome' ? [reading] : []));
    expect(outcomes.length).toBe(key.records);
    expect(outcomes.filter(({ shares }) => shares === 1).length).toBe(key.successes);
    expect(outcomes.filter(({ arm }) => arm === 'treatment').length).toBe(key.treatment.n);
    for (const [type, count] of Object.entries(key.by_execution_type)) {
      expect(outcomes.filter(({ values }) => values[0] === type).length).toBe(count);
    }
  });
});

interface Read {
  readonly ids: number[];
  readonly rejected: Record<string, number>;
  readonly batches: number;
  readonly damaged: readonly string[];
}

async function read(file: string, name: SourceFormat = 'jsonl', instrument = idInstrument): Promise<Read> {
  const ids: number[] = [];
  const rejected: Record<string, number> = {};
  let batches = 0;
  const format = formatNamed(name);
  const damaged: string[] = [];
  const options = {
    name: 'given.jsonl',
    source: 0,
    format,
    instrument,
    arrived: (at: number) => wallTime(at),
    damaged: (what: string) => void damaged.push(what),
  };
  for await (const batch of readRecording(file, options)) {
    batches += 1;
    ids.push(...Array.from(batch.observations, ({ reading }) => Number(reading.at)));
    for (const [reason, count] of Object.entries(batch.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return { ids, rejected, batches, damaged };
}

describe('a finished file', () => {
  it('is read in batches of bounded size, gzipped or not, whatever its name', async () => {
    const folder = temporaryDirectory();
    const ids = Array.from({ length: 10_000 }, (_, index) => index);
    const text = ids.map((id) => `{"id":${id}}\n`).join('');
    writeFileSync(join(folder, 'plain'), text);
    writeFileSync(join(folder, 'packed'), gzipSync(text));
    writeFileSync(
      join(folder, 'two members'),
      Buffer.concat([gzipSync(text.slice(0, 5000)), gzipSync(text.slice(5000))]),
    );
    for (const name of ['plain', 'packed', 'two members']) {
      const result = await read(join(folder, name));
      expect(result.ids).toEqual(ids);
      expect(result.batches).toBeGreaterThan(1);
    }
  });

  it('that is cut off while it is read is refused, not taken for a shorter one', async () => {
    const file = join(temporaryDirectory(), 'metrics.jsonl');
    writeFileSync(file, '{"id":1,"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n'.repeat(40_000));
    const options = { name: 'metrics.jsonl', source: 0, format: jsonLines, instrument: idInstrument } as const;
    const reading = readRecording(file, { ...options, arrived: (at) => wallTime(at) });
    expect((await reading.next()).done).toBe(false);
    truncateSync(file, 100);
    const rest = async (): Promise<void> => {
      for await (const _ of reading);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'recording-changed' });
  });

  it('counts a last line without a line end when it is complete', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'whole'), '{"id":1}\n{"id":2}');
    writeFileSync(join(folder, 'cut'), '{"id":1}\n{"id":2');
    expect(await read(join(folder, 'whole'))).toMatchObject({ ids: [1, 2], rejected: {} });
    expect(await read(join(folder, 'cut'))).toMatchObject({ ids: [1], rejected: { partial: 1 } });
  });

  it.each(['plain', 'gzipped'])(
    '%s passes a long run of NUL bytes as one, and takes those at its end for nothing',
    async (kind) => {
      const file = join(temporaryDirectory(), 'metrics.jsonl');
      const run = Buffer.alloc(6_000_000);
      const bytes = Buffer.concat([Buffer.from('{"id":1}\n'), run, Buffer.from('{"id":2}\n{"id":3}\n'), run]);
      writeFileSync(file, kind === 'plain' ? bytes : gzipSync(bytes));
      expect(await read(file)).toMatchObject({ ids: [1, 2, 3], rejected: { 'nul-bytes': 1 } });
    },
  );

  it('gives a text line without a time that of the line before', async () => {
    const file = join(temporaryDirectory(), 'app.log');
    writeFileSync(file, 'no time yet\n17 CRITICAL failed\n  in a traceback\n23 fine\n  more of it\n');
    const result = await read(file, 'text');
    expect(result.ids).toEqual([17, 17, 23, 23]);
    expect(result.rejected).toEqual({ 'no-time': 1 });
  });

  it('does not take any stamp for one from the future', async () => {
    const file = join(temporaryDirectory(), 'recording.jsonl');
    writeFileSync(file, '{"id":1}\n{"id":9}\n');
    const strict: Instrument = {
      ...idInstrument,
      readRecord: (source, record, arrived) =>
        Number(record.id) > arrived
          ? { kind: 'rejected', reason: 'future' }
          : idInstrument.readRecord(source, record, arrived),
    };
    expect(await read(file, 'jsonl', strict)).toMatchObject({ ids: [1, 9] });
  });
});

it.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9), /^given\.jsonl ends too early/],
  [
    'with a wrong checksum',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(8, 7)]),
    /not a sound/,
  ],
  ['followed by garbage', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('garbage')]), /goes on behind/],
] as const)('a compressed recording that is %s is read as far as it goes, and told', async (_, damage, told) => {
  const file = join(temporaryDirectory(), 'metrics.jsonl.gz');
  writeFileSync(file, damage(gzipSync('{"id":1}\n'.repeat(1000))));
  const result = await read(file);
  expect(result.ids.length).toBeGreaterThan(900);
  expect(result.damaged).toEqual([expect.stringMatching(told)]);
});

describe('one line says why a recording cannot be read', () => {
  const packed = gzipSync(Buffer.from('{"id":1}\n'.repeat(1000)));
  const cases: readonly [string, RegExp, Buffer | string | null][] = [
    ['missing', /does not exist/, null],
    ['empty', /is empty/, ''],
    ['empty.gz', /is empty/, gzipSync('')],
    ['utf16', /UTF-16/, Buffer.from('\ufeff{"id":1}\n', 'utf16le')],
    ['image', /is not text/, Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), packed])],
    ['head.gz', /damaged gzip file of which nothing can be read/, packed.subarray(0, 12)],
    ['corrupt.gz', /damaged gzip file/, Buffer.concat([packed.subarray(0, 10), Buffer.alloc(80, 0x77)])],
  ];

  it.each(cases)('%s', async (name, message, content) => {
    const file = join(temporaryDirectory(), name);
    if (content !== null) writeFileSync(file, content);
    const error = await read(file).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).toMatch(/^given\.jsonl [^\n]*[;:] [^\n]+$/);
  });

  it('a folder', async () => {
    const folder = join(temporaryDirectory(), 'folder');
    mkdirSync(folder);
    await expect(read(folder)).rejects.toThrow(/^given\.jsonl is a folder; /);
  });
});
