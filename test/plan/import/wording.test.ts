import { describe, expect, it } from 'vitest';
import { type ImportResult, importGuides } from '../../../daemon/plan/import/importGuide.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import { flagTexts } from '../../../daemon/protocol/domain/flagKinds.ts';
import { guideOf } from './guideFixtures.ts';

/** A guide said in one way; said in another it must give the same plan, apart from the lines it cites. */
const guide = `# 🚀 Cart service rollout

**Start:** 2026-09-07

## 🪜 Stages

Set \`CART_V2_PERCENT=5\` first.

| Stage | Traffic | Soak | Exit criteria |
|---|---|---|---|
| Canary | 5% | 24h | error rate ≤ 0.5%; ≥ 200 carts |
| Half | 50% | 48h | error rate ≤ 0.4%; p95 latency ≤ 110% of baseline |
| Full | 100% | 72h | error rate ≤ 0.4% |

## 🔥 Rollback triggers

- error rate > 3% for 5 minutes
- p95 latency > 150% of baseline for 10 minutes
- success rate < 96% for 5 minutes

## ⚠️ Manual review

- error rate > 1% for 30 minutes

## 📋 Daily checklist

- Look at the dashboard
- Read the support channel
`;

const rows = guide.split('\n').filter((line) => /^\| (?!Stage)\w/.test(line));
const list = rows.flatMap((row) => {
  const [name, percent, soak, criteria = ''] = row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  return [`- ${name} (${percent})`, `  - soak: ${soak}`, ...criteria.split('; ').map((each) => `  - ${each}`)];
});
const asList = guide.replace(/\| Stage[\s\S]*\| Full.*\n/, `${list.join('\n')}\n`);
const asTable = guide.replace(
  /- error rate > 3%[\s\S]*?5 minutes\n- p95.*\n- success.*\n/,
  [
    '| Signal | Threshold | Duration |',
    '|---|---|---|',
    '| error rate | > 3% | 5 minutes |',
    '| p95 latency | > 150% of baseline | 10 minutes |',
    '| success rate | < 96% | 5 minutes |',
    '',
  ].join('\n'),
);
const items = (text: string, mark: (index: number) => string) => {
  let index = 0;
  return text.replaceAll(/^- /gm, () => {
    index += 1;
    return mark(index);
  });
};

const others: readonly (readonly [string, string])[] = [
  ['other headings', guide.replace('Rollback triggers', 'Abort if').replace('Manual review', 'Needs a human')],
  ['headings of another level', guide.replaceAll(/^## /gm, '### ')],
  ['bold lines for headings', guide.replaceAll(/^## (.*)$/gm, '**$1**')],
  ['a list for the table', asList],
  ['a table for the list', asTable],
  ['signs of two letters', guide.replaceAll('≥', '>=').replaceAll('≤', '<=')],
  [
    'words for signs',
    guide
      .replaceAll('≥', 'at least')
      .replaceAll('≤', 'at most')
      .replaceAll(/ > (?=\d)/g, ' above ')
      .replaceAll(/ < (?=\d)/g, ' below '),
  ],
  ['stars', items(guide, () => '* ')],
  ['plus signs', items(guide, () => '+ ')],
  ['boxes', items(guide, () => '- [ ] ')],
  ['numbers', items(guide, (index) => `${index}. `)],
  ['CRLF', guide.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\ufeff${guide}`],
  ['no emoji', guide.replaceAll(/\p{Extended_Pictographic}\ufe0f? /gu, '')],
  ['spaces before the percent sign', guide.replaceAll(/(\d)%/g, '$1 %')],
  ['percent in words', guide.replaceAll(/(\d)% (?=of|for)/g, '$1 percent ')],
  ['other words for a length', guide.replaceAll('24h', '24 hours').replaceAll('minutes', 'min')],
  ['more than', guide.replaceAll(/ > (?=\d)/g, ' more than ')],
];

/** What the plan asks and does; titles and checklists are the guide's own words. */
function meaning(result: ImportResult): unknown {
  const parsed = parsePlan(result.yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const { stages, triggers, flag, start, timezone } = parsed.loaded.plan;
  return {
    stages: stages.map(({ percent, soak, gate }) => [percent, soak, gate.map(({ text }) => text).sort()]),
    triggers: triggers
      .map(({ when, then, over, for: lasting }) => [when.text, then, over, lasting ?? ''].join(' '))
      .sort(),
    flag: flag === undefined ? undefined : flagTexts(flag),
    start,
    timezone,
  };
}

describe('the same guide in other words gives the same plan', () => {
  const expected = meaning(importGuides([guideOf(guide)]));

  it('as it stands', () => {
    const hour = 3_600_000;
    expect(expected).toMatchObject({
      stages: [
        [0, 24 * hour, ['critical_errors == 0']],
        [5, 24 * hour, ['carts >= 200', 'error_rate <= 0.5%']],
        [50, 48 * hour, ['error_rate <= 0.4%', 'latency <= 110% of baseline']],
        [100, 72 * hour, ['error_rate <= 0.4%']],
      ],
      triggers: [
        'error_rate > 1% review 1800000 1800000',
        'error_rate > 3% rollback 300000 ',
        'latency > 150% of baseline rollback 600000 ',
        'success_rate < 96% rollback 300000 ',
      ],
      start: '2026-09-07',
    });
  });

  it.each(others)('%s', (_name, text) => {
    expect(text).not.toBe(guide);
    expect(meaning(importGuides([guideOf(text)]))).toEqual(expected);
  });
});
