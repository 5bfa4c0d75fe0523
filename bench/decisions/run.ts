import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Kind, kinds, type Slots, simulate, type Traffic } from '../../daemon/simulate/traffic.ts';
import { type Rule, rules } from './rules.ts';

/**
 * How often each rule rolls a healthy rollout back, and how soon it finds a drop: seeded, over simulated rollouts of three
 * weeks at 50 %. Writes `docs/decisions.md`; `--runs` and `--seed` make another table.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    rates: { type: 'string', default: '0.2,1,10,100' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'docs', 'decisions.md') },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const rates = values.rates.split(',').map(Number);
const success = 0.99;
/** A week of a hundred a minute has as many records as anyone would wait for. */
const daysOf = (perMinute: number) => (perMinute >= 100 ? 7 : 21);

interface Fired {
  /** Records of the treatment from the drop on, and minutes. */
  readonly records: number;
  readonly minutes: number;
}

/** The first firing from slot `from` on; `early`: before it. */
function first(rule: Rule, slots: Slots, from: number): Fired | 'early' | null {
  const fires = rule.start();
  let records = 0;
  for (let index = 0; index < slots.n.length; index += 1) {
    const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
    const control = { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 };
    if (index >= from) records += treatment.n;
    if (!fires({ index, treatment, control })) continue;
    return index < from ? 'early' : { records, minutes: ((index + 1 - from) * slots.slotSeconds) / 60 };
  }
  return null;
}

/** `2.0 % (0.7–4.9)`, Wilson at 95 %. */
function shareText(count: number, n: number): string {
  const z = 1.96;
  const p = count / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  const percent = (value: number) => (100 * Math.min(1, Math.max(0, value))).toFixed(1);
  return `${percent(p)} (${percent(middle - half)}–${percent(middle + half)})`;
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length * share)] ?? Number.NaN;
}

function falseAlarms(kind: Kind, perMinute: number): readonly string[] {
  const fired = rules.map(() => 0);
  const traffic: Traffic = { kind, perMinute, exposed: 0.5, success, days: daysOf(perMinute) };
  for (let run = 0; run < runs; run += 1) {
    const slots = simulate(traffic, seed * 100_003 + run);
    for (const [index, rule] of rules.entries()) {
      if (first(rule, slots, Number.POSITIVE_INFINITY) !== null) fired[index] = (fired[index] ?? 0) + 1;
    }
  }
  return fired.map((count) => shareText(count, runs));
}

/** A rule that fired before the drop is counted apart: it found nothing. */
function delays(to: number, perMinute: number): readonly string[] {
  const found = rules.map((): Fired[] => []);
  const early = rules.map(() => 0);
  for (let run = 0; run < runs; run += 1) {
    const minute = 1440 * 1.5 + run * 7;
    const days = Math.ceil(minute / 1440) + (perMinute < 1 ? 10 : 3);
    const drop = { minute, success: to };
    const slots = simulate({ kind: 'healthy', perMinute, exposed: 0.5, success, days, drop }, seed * 200_003 + run);
    for (const [index, rule] of rules.entries()) {
      const fired = first(rule, slots, (minute * 60) / slots.slotSeconds);
      if (fired === 'early') early[index] = (early[index] ?? 0) + 1;
      else if (fired !== null) found[index]?.push(fired);
    }
  }
  return found.map((all, index) => {
    const before = early[index] ?? 0;
    const missed = runs - before - all.length;
    const notes = [missed === 0 ? '' : `missed ${missed}`, before === 0 ? '' : `${before} before`].filter(
      (note) => note !== '',
    );
    const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    if (all.length === 0) return `–${note}`;
    const records = all.map((one) => one.records);
    const minutes = quantile(
      all.map((one) => one.minutes),
      0.5,
    );
    return `${quantile(records, 0.5)} / ${quantile(records, 0.95)}, ${minutes.toFixed(minutes < 10 ? 1 : 0)} min${note}`;
  });
}

function table(perMinute: number): string {
  const columns = [
    ...kinds.map((kind) => ({ name: kind, cells: falseAlarms(kind, perMinute) })),
    ...[0.9, 0.5].map((to) => ({ name: `.99 → ${to}`, cells: delays(to, perMinute) })),
  ];
  process.stderr.write(`${perMinute} a minute: done\n`);
  const rows = rules.map(({ name }, index) => `| ${name} | ${columns.map(({ cells }) => cells[index]).join(' | ')} |`);
  const head = `| ${perMinute} a minute | ${columns.map(({ name }) => name).join(' | ')} |`;
  return [head, `|---|${columns.map(() => '---|').join('')}`, ...rows].join('\n');
}

const text = `# Decisions: how often a rule is wrong, and how soon it is right

Made by \`npm run bench:decisions -- --runs ${runs} --seed ${seed} --rates ${values.rates}\`. Simulated rollouts at 50 %, ${runs} a cell, three weeks each (one
week at 100 a minute); both arms succeed in 99 %. A daily wave of ±60 %, weekends two thirds. \`blips\`: three a day of 1–3 minutes
in which both arms fail in 30–100 %. \`bursts\`: batches of five on average, whose records fail together. \`retries\`: each failure
is tried up to three times more within half a minute each, and fails again in 80 %, so that 97 % succeed. \`outage\`: two of 20–60
minutes of both arms. The rate is of the treatment's records.

First columns: percent of healthy rollouts that were rolled back (95 % interval). Last columns: the treatment's records from the drop
to the rollback, median / 95th percentile, and the median in minutes; the drop comes after a day and a half.

${rates.map(table).join('\n\n')}

The rule \`proven\` is the daemon's own code (\`daemon/statistics/provenDecline.ts\`), looked at every 15 seconds; the daemon looks at each failure.
The peers are their decision rules as documented, not their programs. Kayenta is not among them.

## What the proof is

Every 15 seconds of event time are one slot. Of the treatment, a mixture of likelihood ratios says how much better the plan's
threshold b, 2 b, 5 b and 12 b failures explain what was seen than 0.4 b (b: failures at the threshold); it starts anew where
it is below 1. Where the control always fails more than that, 1.2 times its share is what counts as healthy. With a control beside
it, blocks of at least five records of each arm say how much better odds of failure of 2, 5, 12 and 40 times the control's explain
it than equal odds, whatever both arms have in common. Each slot counts for at most a factor of 8 (blocks: 15) and a twentieth of
what goes beyond; both are divided by the control's overdispersion over ten minutes, so that what fails together is about one event.
Until failures have shown how they come, what arrives in batches is taken to fail in batches, and a failure to be tried again.

With a control it fires at evidence of 10,000 for the decline, 30 for the comparison and e^14 for both: that is for 300,000 records of
the control, and less by the power 0.3 for fewer. Where the control declines too, and the longer a decline waits for a comparison, more
is asked. Without a control it fires at 100,000, and an outage of everything looks the same. \`false_alarm\` and a
rollout longer than three weeks scale these. The thresholds are measured, as above; they are no bound by a theorem.

The evidence is of one attempt and goes on from stage to stage. A record up to five minutes late counts where it belongs, a later one in the oldest
slot that is open. An edit of the threshold or of \`false_alarm\` starts anew.
`;
writeFileSync(values.out, text);
