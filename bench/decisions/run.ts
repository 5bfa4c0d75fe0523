import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CellResult, cellName, cellsOf, emptyResult, simulateCell, withoutProven } from './cells.ts';
import { delays, wrongRollbacks } from './plots.ts';
import { table } from './tables.ts';

/**
 * How often each rule rolls a healthy rollout back, and how soon it finds a drop: seeded, over simulated rollouts at 50 %.
 * Results are kept in a JSON file after each part, and a later run goes on from there (`--minutes` ends one early); from
 * them it writes `docs/decisions.md` and its plots.
 */
const docs = join(import.meta.dirname, '..', '..', 'docs');
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    /** The peers see only so many of them: what they do differs by more than a few percent. */
    peers: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    rates: { type: 'string', default: '0.2,1,10,100' },
    shares: { type: 'string', default: '0.99,0.98,0.999' },
    minutes: { type: 'string', default: 'Infinity' },
    results: { type: 'string', default: join(docs, 'decisions', 'results.json') },
    out: { type: 'string', default: join(docs, 'decisions.md') },
    /** The rule `proven` has changed: forget its outcomes, and keep the peers'. */
    again: { type: 'boolean', default: false },
    /** Only write the tables and plots of what is there. */
    write: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const rates = values.rates.split(',').map(Number);
const shares = values.shares.split(',').map(Number);
/** The plots are of this one. */
const shownRate = rates.includes(10) ? 10 : (rates.at(-1) ?? 1);
/** So many rollouts a cell at a time, so that what is there when it ends is of all cells alike. */
const part = 60;

interface Kept {
  readonly seed: number;
  readonly cells: Record<string, CellResult>;
}

function kept(): Kept {
  if (!existsSync(values.results)) return { seed, cells: {} };
  const known = JSON.parse(readFileSync(values.results, 'utf8')) as Kept;
  if (known.seed !== seed) throw new Error(`${values.results} is of seed ${known.seed}: name another file (--results)`);
  return known;
}

function keep(results: Kept): void {
  mkdirSync(join(values.results, '..'), { recursive: true });
  writeFileSync(`${values.results}.new`, `${JSON.stringify(results)}\n`);
  renameSync(`${values.results}.new`, values.results);
}

const results = kept();
if (values.again) {
  for (const [name, cell] of Object.entries(results.cells)) results.cells[name] = withoutProven(cell);
}
const end = values.write ? 0 : performance.now() + Number(values.minutes) * 60_000;
simulating: for (let upTo = part; upTo < runs + part; upTo += part) {
  for (const cell of cellsOf(rates, shares)) {
    if (performance.now() >= end) break simulating;
    const result = results.cells[cellName(cell)] ?? emptyResult();
    if (result.runs >= Math.min(runs, upTo)) continue;
    simulateCell(cell, seed, Math.min(runs, upTo), result, Number(values.peers));
    results.cells[cellName(cell)] = result;
    keep(results);
    process.stderr.write(`${cellName(cell)}: ${result.runs}\n`);
  }
}

const tables = shares.flatMap((success) =>
  rates
    .filter((perMinute) => cellsOf([perMinute], [success]).some((cell) => results.cells[cellName(cell)] !== undefined))
    .map((perMinute) => table(perMinute, success, results.cells)),
);
const productFile = join(docs, 'decisions', 'product.md');
/** What `product.ts` has measured; it is slow, and run apart. */
const through = existsSync(productFile) ? `\n${readFileSync(productFile, 'utf8')}` : '';

/** By the run length of a Markov chain (Brook and Evans 1972) of 500 cells, and 4,000 simulated drops. */
const limits = `
## What no rule can beat

The CUSUM that knows both shares exactly is the fastest of all rules with as few false alarms (Moustakides 1986). Its median delay, in records of
the treatment, where one of 100 three-week rollouts of independent records is rolled back wrongly (one of 200), without anything
held back for blips, bursts or an outage of both arms:

| a minute | 0.98 → 0.9 | 0.99 → 0.9 | 0.999 → 0.9 |
|---|---|---|---|
| 0.2 | 95 (105) | 58 (62) | 27 (26) |
| 1 | 115 (123) | 69 (74) | 27 (29) |
| 10 | 141 (149) | 85 (90) | 36 (37) |
| 100, one week | 156 (164) | 92 (98) | 37 (38) |

So a median of 150 records for 0.98 → 0.9 at 10 a minute is the limit itself: a rule that must learn both shares, and take no outage of both
arms for a decline, needs more.
`;

const text = `# Decisions: how often a rule is wrong, and how soon it is right

Made by \`npm run bench:decisions\` with seed ${seed}, which goes on from \`decisions/results.json\` and makes these tables and
plots. Simulated rollouts at 50 %, three weeks each (one week at 100 a minute), so many a cell as the column's head says (300 are
wanted, and what is missing is left to a longer run); the peers are shown the first ${values.peers} of them. A daily wave of ±60 %, weekends two thirds. \`blips\`: three a day of 1–3
minutes in which both arms fail in 30–100 %. \`bursts\`: batches of five on average, whose records fail together; \`batches\`: of ten
over half a minute. \`retries\`: each failure is tried up to three times more within half a minute each, and fails again in 80 %, so
that of 99 % there succeed 97 %. \`outage\`: two of 20–60 minutes of both arms. The rate is of the treatment's records.

First columns: percent of healthy rollouts that were rolled back (95 % interval). Last columns: the treatment's records from the drop
to the rollback, median / 95th percentile, and the median in minutes; the drop comes after a day and a half.

![Wrong rollbacks](decisions/wrong-rollbacks.svg)

![Delays](decisions/delays.svg)

${tables.join('\n\n')}

The rule \`proven\` is the daemon's own code (\`daemon/statistics/provenDecline.ts\`), looked at every 15 seconds, and
the records of a proof are on the wrong side of the plan's limit; the daemon looks at each failure, too.
The peers are their decision rules as documented, not their programs.

${limits}
${through}
## What the proof is

Every 15 seconds of event time are one slot. Of the treatment, a mixture of likelihood ratios says how much better the plan's
threshold b, 2 b, 5 b and 12 b failures explain what was seen than 0.4 b (b: failures at the threshold); it starts anew where
it is below 1; they weigh 0.3, 0.4, 0.2 and 0.1. Where the control always fails more than that, 1.3 times its share is what counts as
healthy, at most b, and 1.2 times at least. With a control beside
it, blocks of at least five records of each arm say how much better odds of failure of 2, 5, 12 and 40 times the control's explain
it than equal odds, whatever both arms have in common. Each slot counts for at most a factor of 8 (blocks: 15) and a twentieth of
what goes beyond, a fifth of what goes beyond e^60; the evidence is divided by the control's overdispersion over ten minutes, and the cap by its root, so that what fails together is about one event.
Until failures have shown how they come, what arrives in batches is taken to fail in batches, and a failure to be tried again; of a
control that has not failed for 300 records and more, less and less so; and less with each window in which a single one failed. What the
control fails is that of all its records, or of its newest (half of the weight is of 1,000), whichever is more.

With a control it fires at evidence of 20,000 for the decline, 30 for the comparison and e^13.5 for both: that is for 300,000 records of
the control, and less by the power 0.45 for fewer, divided by that overdispersion. Where the control declines too, and the longer a decline waits for a comparison, more
is asked; and so it is after each event that the control had too, because each is one more chance to take such an event for the
treatment's own: after k of them, 1 + k times as much. Without a control it fires at 100,000, and an outage of everything looks the same.
A control of less than 2 % of the traffic is too rare for blocks: its records must show, at 20 to 1 or (after 8 that should have come) on balance, that it
does not fail as the treatment does. \`false_alarm\` and a
rollout longer than three weeks scale these. The thresholds are measured, as above; they are no bound by a theorem.

With \`strata: [size_class, provider]\` like is compared with like: each combination of values (the first 16) makes blocks of its own, is
slow beyond the control's quantile of the same values, and is healthy as the control's of the same values are. A treatment with more of what is
slow, or often fails, has not declined, and one that is worse in each stratum has, whatever the mix hides. A block of a stratum that waits
in vain for the other arm is compared with all that have none.

A ratio to a recorded window or a fixed figure is proven, too, without a control: of a latency, how many records are beyond that part of the window's quantile,
of a share, how many fail beyond that part of its share. The error of the window itself counts for the treatment (2.33 deviations of the quantile's rank, 2 of the share); a
window of too few records proves nothing. A latency so held takes some hundred records; strata do not enter, because the window keeps none.

The evidence is of one attempt and goes on from stage to stage. A record up to five minutes late counts where it belongs, a later one in the oldest
slot that is open. An edit of the threshold or of \`false_alarm\` starts anew.
`;
const plots = join(values.out, '..', 'decisions');
mkdirSync(plots, { recursive: true });
writeFileSync(values.out, text);
writeFileSync(join(plots, 'wrong-rollbacks.svg'), wrongRollbacks(results.cells, shownRate, 0.99));
writeFileSync(join(plots, 'delays.svg'), delays(results.cells, shownRate, 0.99, 0.9));
