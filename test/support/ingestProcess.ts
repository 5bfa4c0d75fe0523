import { appendFileSync, closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { startIngest } from '../../daemon/ingest/tail/ingest.ts';
import type { PositionRecord } from '../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { idInstrument } from './idInstrument.ts';

/**
 * An ingest in a process of its own, to be killed or starved. Its store is a file of one line per batch, positions and
 * ids together; a line that a kill cut short does not count.
 *
 * node ingestProcess.ts tail|once|exhausted|many FOLDER
 */
const [, , mode, folder = '.'] = process.argv;
const store = join(folder, 'store');
let counted = 0;

const ingest = startIngest({
  root: folder,
  sources: [{ file: mode === 'many' ? '*.jsonl' : 'metrics.jsonl' }],
  instrument: idInstrument,
  positions: committedPositions(),
  now: () => wallTime(Date.now()),
  commit(batches) {
    const ids = batches.flatMap(({ observations }) => Array.from(observations, ({ reading }) => Number(reading.at)));
    const positions = batches.flatMap((batch) => batch.positions);
    const forgotten = batches.flatMap((batch) => batch.forgotten);
    counted += ids.length;
    appendFileSync(store, `${JSON.stringify({ ids, positions, forgotten })}\n`);
  },
  unattended: mode === 'tail',
});

if (mode === 'once') {
  await ingest.poll();
  await ingest.close();
}

if (mode === 'exhausted') {
  const hoard: number[] = [];
  try {
    for (;;) hoard.push(openSync('/dev/null', 'r'));
  } catch {
    // None left.
  }
  await ingest.poll();
  const starved = ingest.health()[0];
  for (const descriptor of hoard) closeSync(descriptor);
  await ingest.poll();
  const fed = ingest.health()[0];
  for (const health of [starved, fed]) process.stdout.write(`${health?.state} ${health?.detail}\n`);
  process.stdout.write(`${counted} counted\n`);
  await ingest.close();
}

if (mode === 'many') {
  await ingest.poll();
  appendFileSync(join(folder, '1.jsonl'), '{"id":1000}\n');
  await ingest.poll();
  let more = 0;
  const hoard: number[] = [];
  try {
    for (; more < 64; more += 1) hoard.push(openSync('/dev/null', 'r'));
  } catch {
    // None left.
  }
  for (const descriptor of hoard) closeSync(descriptor);
  const health = ingest.health()[0];
  process.stdout.write(`${health?.state} ${health?.detail}\n${counted} counted\n${more} more can be opened\n`);
  await ingest.close();
}

function committedPositions(): readonly PositionRecord[] {
  let text: string;
  try {
    text = readFileSync(store, 'utf8');
  } catch {
    return [];
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  truncateSync(store, Buffer.byteLength(whole));
  const positions = new Map<string, PositionRecord>();
  for (const line of whole.split('\n').slice(0, -1)) {
    const batch = JSON.parse(line) as { positions: PositionRecord[]; forgotten: { generation: string }[] };
    for (const position of batch.positions) positions.set(position.generation, position);
    for (const { generation } of batch.forgotten) positions.delete(generation);
  }
  return [...positions.values()];
}
