import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestBench } from '../support/ingestBench.ts';

let bench: IngestBench;
afterEach(() => bench.dispose());
const line = (id: number) => `{"id":${id},"name":"upload"}\n`;

describe('tail', () => {
  it('reads what is there and what is appended', async () => {
    bench = new IngestBench();
    writeFileSync(bench.path('metrics.jsonl'), line(1) + line(2));
    await bench.poll();
    appendFileSync(bench.path('metrics.jsonl'), line(3));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3]);
    await bench.restart();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(4));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 4]);
    expect(bench.gaps).toEqual([]);
  });
});
