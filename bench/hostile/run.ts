import { parseArgs } from 'node:util';
import { suffer } from './attackedDaemon.ts';
import { attacks } from './attacks.ts';

/** `node bench/hostile/run.ts [PART OF A NAME …] [--seconds N]`: each attack on a real daemon, and what came of it. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '6' } },
});
const chosen = attacks.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
const bound = 50;
let holds = true;
for (const attack of chosen) {
  try {
    const { rolledBackAfter, turn, delay, resident, told } = await suffer(attack, Number(values.seconds) * 1000);
    const isHeld = rolledBackAfter !== null && rolledBackAfter < 5000 && turn.p99 <= bound;
    holds &&= isHeld;
    const figures = [
      `rolled back ${rolledBackAfter === null ? 'NOT' : `after ${rolledBackAfter.toFixed(0)} ms`}`,
      `turn p99 ${turn.p99.toFixed(1)}, most ${turn.longest.toFixed(0)} ms`,
      `delay p99 ${delay.p99.toFixed(0)}, most ${delay.longest.toFixed(0)} ms`,
      `${resident.toFixed(0)} MiB`,
    ];
    process.stdout.write(
      `${isHeld ? 'held ' : 'FAILS'} ${attack.name}: ${figures.join('; ')}\n        ${told.slice(0, 300)}\n`,
    );
  } catch (error) {
    holds = false;
    process.stdout.write(`FAILS ${attack.name}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.exit(holds ? 0 : 1);
