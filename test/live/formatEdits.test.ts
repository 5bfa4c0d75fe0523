import { expect, it } from 'vitest';
import { uncounted } from '../../daemon/judge/doubts.ts';
import { rangeScope } from '../../daemon/judge/scope.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { Edited, start } from './edited.ts';

const planText = (source: string) => `version: 1
id: edited
sources: [${source}]
arms: { treatment: { kind: new } }
measures: { ok: { share: { ok: true } }, rss: { gauge: rss } }
stages: [{ id: on, percent: 50, gate: ["ok >= 90%"] }]
`;

function shareOf({ ledger, loaded: { plan } }: Edited) {
  const measure = resolveMeasure(plan, compileInstrument(plan), 'ok');
  const { n, good } = ledger.totals('treatment', null, null);
  return { n, good: good[0] ?? 0, unknown: uncounted(measure, rangeScope(ledger, null, null)) };
}

function firstLines(lines: readonly string[], file: string) {
  let next = 0;
  return (seed: number, at: string) => {
    const text = lines[next] ?? `${at},new,${seed % 2 === 0}`;
    next += 1;
    return { file, text };
  };
}

it('a table that was read as another format counts from its first row on, once its format is right', async () => {
  const line = firstLines(['timestamp,kind,ok'], 'a.dat');
  const edited = new Edited(planText('{ file: a.dat, format: jsonl }'), { files: ['a.dat'], line });
  try {
    await edited.take({ kind: 'write', records: [0, 1, 2, 2] });
    expect(shareOf(edited)).toEqual({ n: 0, good: 0, unknown: 0 });
    await edited.edit(planText('{ file: a.dat, format: csv }'));
    // The header of these rows was read in the other format.
    await edited.take({ kind: 'write', records: [1, 2] });
    await edited.take({ kind: 'kill' });
    await edited.take({ kind: 'write', records: [1] });
    await edited.settle();
    expect(shareOf(edited)).toEqual({ n: 6, good: 3, unknown: 0 });
    await edited.edit(planText('{ file: a.dat, format: jsonl }'));
    await edited.edit(planText('{ file: a.dat, format: csv }'));
    await edited.settle();
    expect(shareOf(edited)).toEqual({ n: 6, good: 3, unknown: 0 });
  } finally {
    await edited.end();
  }
});

it.each(['text', 'logfmt'])(
  'lines of %s that are gone when they become records are unknown, not none',
  async (format) => {
    const line = (seed: number, at: string) => ({
      file: 'a.log',
      text: JSON.stringify({ timestamp: at, kind: 'new', ok: seed % 2 === 0 }),
    });
    const edited = new Edited(planText(`{ file: a.log, format: ${format} }, { file: b.jsonl }`), {
      files: ['a.log', 'b.jsonl'],
      line,
    });
    try {
      await edited.take({ kind: 'write', records: [1, 1, 1, 1, 1] });
      await edited.take({ kind: 'rotate' });
      await edited.take({ kind: 'delete' });
      await edited.take({ kind: 'write', records: [2, 2] });
      await edited.edit(planText('{ file: a.log, format: jsonl }, { file: b.jsonl }'));
      await edited.settle();
      const { n, good, unknown } = shareOf(edited);
      expect({ n, good, known: unknown === 0 }).toEqual({ n: 2, good: 2, known: format === 'logfmt' });
      expect(edited.entries.some((detail) => detail.includes('cannot be read again'))).toBe(true);
    } finally {
      await edited.end();
    }
  },
);

it('records that are unknown since an earlier edit stay so in another format', async () => {
  const line = (_: number, at: string) => ({ file: 'a.log', text: JSON.stringify({ timestamp: at, kind: 'new' }) });
  const edited = new Edited(planText('{ file: a.log, format: jsonl }'), { files: ['a.log'], line });
  const linesPlan = planText('{ file: a.log, format: text }, { file: b.jsonl }').replace(
    'rss:',
    'all: { lines: [new] }, rss:',
  );
  try {
    await edited.take({ kind: 'write', records: [1, 1, 1] });
    await edited.take({ kind: 'rotate' });
    await edited.take({ kind: 'delete' });
    await edited.edit(planText('{ file: a.log, format: jsonl, ignore: { kind: old } }'));
    await edited.settle();
    expect(shareOf(edited)).toEqual({ n: 0, good: 0, unknown: 3 });
    await edited.edit(linesPlan);
    await edited.settle();
    const { plan } = edited.loaded;
    const lines = resolveMeasure(plan, compileInstrument(plan), 'all');
    expect(uncounted(lines, rangeScope(edited.ledger, null, null))).toBe(3);
    await edited.edit(planText('{ file: a.log, format: jsonl }'));
    await edited.settle();
    expect(shareOf(edited)).toEqual({ n: 3, good: 0, unknown: 0 });
  } finally {
    await edited.end();
  }
});

it('records that the new format cannot read are unknown, although every file is there', async () => {
  const line = (seed: number, at: string) => ({
    file: 'a.log',
    text: seed < 5 ? JSON.stringify({ timestamp: at, kind: 'new', ok: false }) : `time=${at} kind=new ok=true`,
  });
  const edited = new Edited(planText('{ file: a.log, format: jsonl }'), { files: ['a.log'], line });
  try {
    await edited.take({ kind: 'write', records: [1, 1, 1, 1] });
    await edited.edit(planText('{ file: a.log, format: logfmt, time: { field: time } }'));
    await edited.take({ kind: 'write', records: [5, 5] });
    await edited.settle();
    expect(shareOf(edited)).toEqual({ n: 2, good: 2, unknown: 4 });
  } finally {
    await edited.end();
  }
});

it('what a source has rejected is remembered over edits that do not touch how it is read', async () => {
  const line = (seed: number, at: string) => ({
    file: 'a.jsonl',
    text: seed === 0 ? 'no record' : JSON.stringify({ timestamp: at, kind: 'new', ok: true }),
  });
  const edited = new Edited(planText('{ file: a.jsonl }'), { files: ['a.jsonl'], line });
  const leftOut = () => edited.judge.leftOut(eventTime(start - 60_000), eventTime(edited.now + 60_000));
  try {
    await edited.take({ kind: 'write', records: [0, 1, 0, 1, 0, 1] });
    const [before] = leftOut();
    expect(before).toMatchObject({ glob: 'a.jsonl', read: 6, rejected: { 'invalid-json': 3 } });
    await edited.edit(planText('{ file: a.jsonl, fresh: 20m }').replace('gauge: rss', 'gauge: heap'));
    await edited.settle();
    expect(leftOut()).toEqual([before]);
    await edited.edit(planText('{ file: "a*.jsonl" }'));
    await edited.settle();
    expect(leftOut()).toEqual([{ ...before, glob: 'a*.jsonl' }]);
  } finally {
    await edited.end();
  }
});
