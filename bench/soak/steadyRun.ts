import { parseArgs } from 'node:util';
import { Random } from './random.ts';
import { steadySoak } from './steady.ts';

/** `npm run soak -- [--hours H] [--rate LINES] [--seed S] [--plot FILE]`: ten minutes, when nothing is said. */
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: String(1 / 6) },
    rate: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '20251029' },
    plot: { type: 'string' },
  },
});
const holds = await steadySoak({
  minutes: Math.round(Number(values.hours) * 6000) / 100,
  linesPerSecond: Number(values.rate),
  random: new Random(Number(values.seed)),
  plot: values.plot ?? null,
  say: (line) => process.stdout.write(`${line}\n`),
});
process.exit(holds ? 0 : 1);
