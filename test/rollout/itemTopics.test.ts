import { describe, expect, it } from 'vitest';
import { itemTopics } from '../../daemon/rollout/itemTopics.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

function topicOf(item: string) {
  const plan = uploadPlan(`checklists: [{ id: daily, title: Daily, every: day, items: [${item}] }]`);
  const [topic] = Object.values(itemTopics(plan));
  if (topic === undefined) throw new Error('the plan has no item');
  return topic;
}

describe('what an item is about', () => {
  it('is its evidence first, whatever its title says', () => {
    expect(topicOf('{ title: Check memory, evidence: { measure: "success_rate >= 99%" } }')).toMatchObject({
      from: 'evidence',
      measures: ['success_rate'],
      triggers: [],
    });
    expect(topicOf('{ title: Quiet, evidence: { quiet: low-success, for: 1h } }')).toMatchObject({
      from: 'evidence',
      triggers: ['low-success'],
    });
    expect(topicOf('{ title: Check memory, evidence: tests }')).toMatchObject({ from: 'evidence', measures: [] });
  });

  it('is else what its title names: measures, their triggers, and everyday words for them', () => {
    expect(topicOf('Check success rate')).toMatchObject({
      from: 'title',
      measures: ['success_rate'],
      triggers: ['low-success', 'sagging'],
    });
    expect(topicOf('Response times are stable').measures).toEqual(['latency']);
    expect(topicOf('Memory usage')).toMatchObject({ measures: ['memory'], triggers: ['memory'] });
    expect(topicOf('Review overnight logs')).toMatchObject({ measures: ['critical_errors'], errors: true });
    expect(topicOf('Verify no rollback triggers').triggers).toHaveLength(6);
    expect(topicOf('Any user complaints?').measures).toEqual(['complaints']);
    expect(topicOf('All sources deliver')).toMatchObject({ from: 'title', sources: true, measures: [] });
  });

  it('is everything where the title names nothing', () => {
    for (const title of ['Check metrics', 'Rate the day', 'Send a report', 'Überblick']) {
      expect(topicOf(title)).toEqual({ from: 'overview', measures: [], triggers: [], errors: false, sources: false });
    }
  });
});
