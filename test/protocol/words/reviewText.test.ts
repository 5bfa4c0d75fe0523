import { expect, it } from 'vitest';
import { summaryText } from '../../../daemon/protocol/words/reviewText.ts';
import { sampleReview } from '../../extension/sampleReview.ts';

const counts = { ticked: 1, proven: 0, skipped: 1, open: 0 };

it('the summary of a review calls nothing "no new errors" that was not searched', () => {
  const [line] = sampleReview.errors.lines;
  if (line === undefined) throw new Error('the sample has no lines');
  const told = (lines: typeof sampleReview.errors.lines) =>
    summaryText({ ...sampleReview, errors: { ...sampleReview.errors, lines, rejected: [] } }, 'All calm.', counts);
  expect(told([])).toContain('No log is searched for errors.');
  expect(told([])).not.toContain('No new errors');
  expect(told([{ ...line, n: 0, unread: 'no such log was read' }])).toContain(`No data on ${line.measure}.`);
  expect(told([{ ...line, n: 0, unread: '' }])).toContain('No new errors.');
  expect(told([{ ...line, n: 2, unread: '' }])).toContain(`New: 2 ${line.measure}.`);
});

it('the summary counts what was skipped apart from what was done', () => {
  expect(summaryText(sampleReview, 'All calm.', counts)).toContain('Checklists: 1 ticked, 1 skipped.');
});
