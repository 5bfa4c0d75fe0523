import { createHash } from 'node:crypto';
import type { ReportFormat, ReportResult } from '../protocol/wire/reportRequest.ts';
import { composeReport } from '../report/compose.ts';
import type { ReportFacts } from '../report/facts.ts';
import { periodName } from '../report/period.ts';
import { htmlReport } from '../report/renderHtml.ts';
import { markdownReport } from '../report/renderMarkdown.ts';
import { withoutSecrets } from '../report/withoutSecrets.ts';

export function renderReport(facts: ReportFacts, format: ReportFormat): ReportResult {
  const { period, loaded, asOf, entries } = facts;
  const report = withoutSecrets(composeReport(facts, format === 'html' ? 'first' : 'later'));
  const head = entries.at(-1);
  return {
    text: format === 'html' ? htmlReport(report, hashOf) : markdownReport(report),
    format,
    name: `${loaded.plan.id}-${periodName(period)}`,
    asOf,
    head: head === undefined ? null : { seq: head.seq, hash: head.hash },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
