import { checklistsSection, deliverablesSection } from './checklistSection.ts';
import { planSections, proofSection, targetsSection, testsSection } from './evidenceSection.ts';
import type { ReportFacts } from './facts.ts';
import { headOf } from './outcome.ts';
import { chartsSection } from './reportCharts.ts';
import type { ReportDocument, Section } from './reportDocument.ts';
import { stagesSection } from './stageSections.ts';
import { timelineSection } from './timeline.ts';
import { triggersSection } from './triggerSection.ts';

/**
 * The report's sections, in the order in which they are read: events, causes, evidence, and what people add.
 * `figures`: a drawing tells it at a glance and stands first; a table of numbers explains and stands later.
 */
export function composeReport(facts: ReportFacts, figures: 'first' | 'later'): ReportDocument {
  const charts = chartsSection(facts);
  const sections = [
    figures === 'first' ? charts : null,
    timelineSection(facts),
    stagesSection(facts),
    triggersSection(facts),
    figures === 'later' ? charts : null,
    targetsSection(facts),
    testsSection(facts),
    checklistsSection(facts),
    deliverablesSection(facts),
    ...planSections(facts),
    ...blankSections(facts),
    proofSection(facts),
  ];
  return { ...headOf(facts), sections: sections.filter((section) => section !== null) };
}

/** Fields for people: no journal knows these. */
function blankSections({ period }: ReportFacts): readonly Section[] {
  const blank = (id: string, title: string, prompt: string): Section => ({
    id,
    title: [title],
    blocks: [{ kind: 'blank', id, prompt }],
    sections: [],
  });
  if (period.kind === 'day') return [blank('findings', 'Findings', 'Observations of today, and tasks for tomorrow.')];
  return [
    blank('lessons', 'Lessons learned', 'What went well, what did not, and what nobody had expected.'),
    blank('recommendations', 'Recommendations', 'What should be done next, by whom, and until when.'),
  ];
}
