import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { FailuresResult, ShownRecord } from '../../daemon/protocol/wire/failures.ts';
import type { WhyContent, WhyHostMessage } from '../../daemon/protocol/wire/whyMessages.ts';
import { sampleExplanation } from '../extension/sampleExplanation.ts';
import { lookedAt } from '../extension/sampleViews.ts';
import { fullRollout, journalEntry } from './dashboardSamples.ts';

/** A firing, explained, with its records: what the host tells the page "Why". */

const firedAt = eventTime(lookedAt - 10 * 60_000);

const explanation = sampleExplanation({ trigger: 'low-success', at: firedAt });

const stack = `TypeError: Cannot read properties of undefined (reading 'value')
    at price (file:///srv/shop/src/checkoutV2.mjs:9:49)
    at checkoutV2 (file:///srv/shop/src/checkoutV2.mjs:3:37)
    at node:internal/timers:523:9`;

export function record(n: number, over: Readonly<Record<string, string>> = {}, marks = true): ShownRecord {
  const fields: Readonly<Record<string, string>> = {
    ts: `2025-11-08T08:4${n % 10}:11.042Z`,
    order: `ord-${1000 + n}`,
    checkout: 'v2',
    provider: 'klarna',
    region: 'eu-west-1',
    took_s: `0.3${n}`,
    outcome: 'error',
    'error.type': 'TypeError',
    'error.message': "Cannot read properties of undefined (reading 'value')",
    'error.stack': stack,
    token: '[redacted]',
    ...over,
  };
  return {
    place: marks ? { file: 'logs/orders.jsonl', line: 120 + n, offset: 9000 + n } : null,
    at: eventTime(firedAt - n * 1500),
    fields: Object.entries(fields).map(([path, text]) => ({
      path,
      text,
      mark:
        marks && path === 'outcome' ? 'fails' : marks && ['provider', 'error.type'].includes(path) ? 'telling' : null,
    })),
  };
}

const passed = { outcome: 'ok', 'error.type': '', 'error.message': '', 'error.stack': '' };

export const failures: FailuresResult = {
  groups: [
    {
      of: { field: 'error.type', content: { kind: 'value', text: 'TypeError' }, isNew: true },
      records: [1, 2, 3, 4, 5, 6, 7].map((n) => record(n)),
    },
    {
      of: { field: 'provider', content: { kind: 'value', text: 'klarna' }, isNew: false },
      records: [
        record(8, { 'error.type': 'ProviderTimeout', 'error.stack': 'ProviderTimeout', 'error.message': 'late' }),
      ],
    },
  ],
  passed: [
    record(23, { ...passed, provider: 'stripe', region: 'us-east-1' }, false),
    record(24, { ...passed, provider: 'stripe' }, false),
  ].map((each) => ({ ...each, fields: each.fields.filter(({ text }) => text !== '') })),
  gone: [],
};

const content: WhyContent = {
  name: 'Checkout v2',
  title: 'Rollback',
  sentence: 'Rolled back from 10 % at 08:50 because success_rate was 92.3 % (48 of 52), below 95 %.',
  tone: 'bad',
  rule: {
    condition: 'success_rate < 95%',
    line: { text: 'rampwatch.yaml:61', part: 'triggers.0' },
    more: ['Judged over 5m', 'Minimum sample: 20', 'It rolls back.'],
  },
  sections: [
    {
      title: 'When it fired',
      facts: [
        'From 08:49:40 to 08:50:00',
        'Figure: success_rate was 92.3 % (48 of 52), below 95 %',
        'Sample: 52',
        '48 count towards it, 4 do not',
        'Window: 08:45:00 to 08:50:00 (5m)',
        "By the plan's literal rule.",
      ],
    },
  ],
  explanation,
  figure: { measure: 'success_rate', condition: 'success_rate < 95%', firedAt },
  records: [
    { place: { file: 'logs/orders.jsonl', line: 121, offset: 9001 }, text: null },
    { place: { stream: 'kubectl logs', line: 7 }, text: '{"outcome":"error"}' },
  ],
  zone: 'UTC',
};

export function whySnapshot(over: Partial<WhyContent> | null = {}): Extract<WhyHostMessage, { type: 'snapshot' }> {
  const base = fullRollout();
  const journal = [
    journalEntry(99, firedAt, {
      kind: 'firing',
      firing: {
        trigger: 'low-success',
        condition: 'success_rate < 95%',
        rule: 'literal',
        at: firedAt,
        until: firedAt,
        figure: 0.923,
        n: 52,
        good: 48,
        window: { from: eventTime(firedAt - 300_000), to: firedAt },
        evidence: [],
        baseline: null,
      },
    } as never),
  ];
  return {
    type: 'snapshot',
    now: wallTime(lookedAt),
    content: over === null ? null : { ...content, ...over },
    view: {
      ...base,
      journal,
      standing: { ...base.standing, may: ['rollback', 'acknowledge'] },
    },
    live: true,
    kept: { folder: '/workspace', rollout: 'checkout-v2', about: { kind: 'rollback' } },
    language: {},
  };
}

export const blame: Extract<WhyHostMessage, { type: 'blame' }> = {
  type: 'blame',
  place: { file: '/srv/shop/src/checkoutV2.mjs', line: 9 },
  blame: { kind: 'commit', commit: 'a1b2c3d4e5', author: 'Mia', at: Date.UTC(2025, 9, 31), summary: 'sum in one go' },
};
