import type { ArmReview, ReviewFacts, ReviewFigures } from '../../daemon/protocol/domain/dailyReview.ts';
import { duration, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { lookedAt } from './sampleViews.ts';

const hour = 3_600_000;

function arm(n: number, good: number): ArmReview {
  const quantile = (at: number, value: number) => ({ at, value, n, needed: 20 });
  return { n, good, latency: { unit: 'ms', quantiles: [quantile(0.5, 410), quantile(0.95, 940)] } };
}

function figures(from: number, to: number, n: number, good: number): ReviewFigures {
  return {
    from: eventTime(lookedAt + from * hour),
    to: eventTime(lookedAt + to * hour),
    arms: { treatment: arm(n, good), control: arm(10 * n, 10 * n) },
    measures: [
      {
        name: 'success_rate',
        figure: { value: good / n, unit: '%', n, good },
        baseline: null,
        state: n < 20 ? 'insufficient' : 'known',
        reason: n < 20 ? `${n} of 20 records` : '',
      },
    ],
  };
}

/** A night in which low-success came near to firing and two lines told of trouble. */
export const sampleReview: ReviewFacts = {
  rollout: 'async-upload',
  name: 'Async upload rollout',
  zone: 'UTC',
  period: {
    from: wallTime(lookedAt - 24 * hour),
    to: wallTime(lookedAt),
    since: 'last-review',
    lastReview: { by: 'ana', at: wallTime(lookedAt - 24 * hour) },
  },
  figures: figures(-24, 0, 1204, 1200),
  figuresBefore: figures(-48, -24, 1000, 1000),
  overnight: figures(-15, 0, 612, 609),
  overnightBefore: figures(-39, -24, 7, 7),
  stays: [],
  errors: {
    lines: [
      {
        measure: 'critical_errors',
        n: 2,
        before: 0,
        newest: [{ at: eventTime(lookedAt - hour), place: { file: 'logs/app.log', line: 12, offset: 700 } }],
        unread: '',
      },
    ],
    rejected: [],
    firstSeen: [],
  },
  triggers: [
    {
      id: 'low-success',
      when: 'success_rate < 95%',
      consequence: 'rollback',
      window: duration(300_000),
      for: duration(0),
      state: 'judged',
      reason: '',
      closest: {
        at: eventTime(lookedAt - 6 * hour),
        figure: { value: 0.958, unit: '%', n: 24, good: 23 },
        limit: 0.95,
        baseline: null,
        holds: false,
        closeness: 0.84,
      },
      most: 40,
      needed: 20,
      held: duration(0),
      fired: [],
    },
  ],
  sources: { now: [], silences: [], limit: duration(900_000), losses: [] },
  events: [{ at: wallTime(lookedAt - 20 * hour), text: 'held by ana: $(bug) [x](y)', override: false }],
  eventsLeftOut: 0,
  unticked: [],
  topics: {
    'daily/logs': { from: 'title', measures: [], triggers: [], errors: true, sources: false },
    'daily/success': {
      from: 'title',
      measures: ['success_rate'],
      triggers: ['low-success'],
      errors: false,
      sources: false,
    },
    'daily/metrics': { from: 'overview', measures: [], triggers: [], errors: false, sources: false },
  },
  log: 'async-upload.review.md',
};
