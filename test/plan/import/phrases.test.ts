import { describe, expect, it } from 'vitest';
import { readDates } from '../../../daemon/plan/import/dates.ts';
import { readMeasure } from '../../../daemon/plan/import/measureWords.ts';
import { changeOf } from '../../../daemon/plan/import/outcomes.ts';
import { readLengths } from '../../../daemon/plan/import/quantities.ts';
import { readStageMentions } from '../../../daemon/plan/import/stageMentions.ts';
import { timeOfDayOf, topicOf } from '../../../daemon/plan/import/topics.ts';

describe('stages in running text', () => {
  it.each([
    ['Week 1: Deploy Phase 1 & Begin Phase 2 (1%)', [1]],
    ['Week 2: Continue Gradual Rollout (10% → 50%)', [10, 50]],
    ['1% rollout active, ≥100 uploads, success rate ≥99.5%', [1]],
    ['Increase to 10% rollout', [10]],
    ['Rollout in steps of 5/25/100 %', [5, 25, 100]],
    ['We ramp 0 → 5 → 15 → 40 → 100 % of tenants', [0, 5, 15, 40, 100]],
    ['a canary at 2 % of traffic, then 20 %, then everyone', [2, 20, 100]],
    ['At 5 %, wait 24 hours and make sure that the error rate stays under 1%', [5]],
    ['At 100 % we keep watching', [100]],
    ['Stage 1 — 5%', [5]],
    ['Canary (2%)', [2]],
    ['traffic at 25 percent', [25]],
    ['Hold at 50 % over the weekend', [50]],
    ['Deploy Phase 1 with feature flags OFF', [0]],
    ['Success rate drops to 95%', []],
    ['Error rate increases to 5%', []],
    ['Success rate 95-97% for 30+ minutes', []],
    ['Latency ≤110% of baseline', []],
    ['Memory Usage 80-90% reduction', []],
    ['99% of requests succeed', []],
    ['We are 95% confident', []],
    ['Code coverage 80%', []],
    ['Total: 57/57', []],
    ['Nordics (3 % of queries) – Wed 4 March', [3]],
    ['Budget for errors (3 % of queries)', []],
    ['Thursday – 5%', [5]],
    ['1% tue', [1]],
    ['Stage 1: 5% — 1 day — errors under 1%', [5]],
    ['Phase 2: 5% — 10%', []],
    ['CDN_PERCENT=30, wait 4h', [30]],
    ['CDN_PERCENT=0', []],
    ['NG_SHARE=25', [25]],
    ['NG_SHARE=0.25', []],
    ['First slice – 2 % of mailboxes, from Wed', [2]],
    ['Rest – 100 %, from Mon', [100]],
    ['Phase B: a quarter of the hotels', [25]],
    ['canary (1 percent), half (fifty percent) and full', [1, 50, 100]],
  ])('%s', (text, expected) => {
    expect(readStageMentions(text, '').map(({ percent }) => percent)).toEqual(expected);
  });
});

it.each([
  ['2025-10-29', '2025-10-29'],
  ['Oct 29 - Nov 18', '2025-10-29'],
  ['October 29th, 2026', '2026-10-29'],
  ['29 Oct 2026', '2026-10-29'],
  ['29.10.2026', '2026-10-29'],
  ['29/10/2026', '2026-10-29'],
  ['10/29/2026', '2026-10-29'],
])('the date %s', (text, expected) => {
  expect(readDates(text, '2025-06-30')[0]?.date).toBe(expected);
});

it('dates that are none, or could be two, say so', () => {
  expect(readDates('2026-02-30', undefined)[0]).toMatchObject({
    date: undefined,
    problem: '“2026-02-30” is not a date',
  });
  expect(readDates('04/05/2026', undefined)[0]?.problem).toContain('could be two dates');
  expect(readDates('Oct 29', undefined)[0]?.problem).toContain('names no year');
  expect(readDates('version 1.2.2025.4 and 57/57', undefined)).toEqual([]);
});

it.each([
  ['Monitor for 48 hours', '48h'],
  ['30+ minutes', '30m'],
  ['24–36 hours'.replace('–', '-'), '36h'],
  ['a full day', '1d'],
  ['half an hour', '30m'],
  ['two days', '2d'],
  ['1.5 h', '90m'],
  ['1 week', '1w'],
  ['90s', '90s'],
])('the length of %s', (text, expected) => {
  expect(readLengths(text)[0]?.text).toBe(expected);
});

it('no length: versions, sizes, percentages', () => {
  for (const text of ['v5 m', '300 ms', '5 MB', '10 %', 'p95', 'a day-to-day']) {
    expect(readLengths(text).filter(({ text: length }) => length !== '1d')).toEqual([]);
  }
});

it.each([
  ['latency', '30-50% reduction', '-30..-50%'],
  ['throughput', '5-10x improvement', '5..10x'],
  ['timeout rate', '95% reduction', '-95%'],
  ['latency', '2x faster', '-50%'],
  ['error rate', 'from 0.8 % to 0.4 %', '-50%'],
  ['throughput', '20% higher', '+20%'],
  ['latency', '15% improvement', '-15%'],
  ['latency', 'much better', undefined],
  ['latency', 'from 1.2 s to 600 ms', '-50%'],
  ['latency', 'from 1,200 ms to 600 ms', '-50%'],
  ['throughput', 'from 120/s to 480/s', '+300%'],
])('the target %s: %s', (name, text, expected) => {
  const word = readMeasure(name);
  expect(word === undefined ? undefined : changeOf(text, word)).toBe(expected);
});

it.each([
  ['Immediate Auto-Rollback (within 5 minutes)', 'rollback'],
  ['Abort conditions', 'rollback'],
  ['Manual Review Required', 'review'],
  ['Amber: a human decides', 'review'],
  ['Week 1 Completion Criteria', 'criteria'],
  ['2. Go / No-Go', 'criteria'],
  ['Anticipated benefits', 'targets'],
  ['Rollback procedure', 'checklist'],
  ['Daily Monitoring Checklist', 'checklist'],
  ['Documentation Index', 'documents'],
  ['Key Dates', 'milestones'],
  ['Final Deliverables', 'deliverables'],
  ['Support & Escalation', 'escalation'],
  ['Executive Summary', undefined],
])('%s is about %s', (heading, topic) => {
  expect(topicOf(heading)).toBe(topic);
});

it('times of day', () => {
  expect(timeOfDayOf('Every morning, 8:30')).toBe('08:30');
  expect(timeOfDayOf('Daily at 9 am')).toBe('09:00');
  expect(timeOfDayOf('Evenings at 6.15 pm')).toBe('18:15');
  expect(timeOfDayOf('Daily (4 pm)')).toBe('16:00');
  expect(timeOfDayOf('at 25 %')).toBeUndefined();
});
