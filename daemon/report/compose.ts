import { chartsSection } from './charts.ts';
import { checklistsSection, deliverablesSection } from './checklists.ts';
import type { ReportDocument, Section } from './document.ts';
import { planSections, proofSection, targetsSection, testsSection } from './evidence.ts';
import type { ReportFacts } from './facts.ts';
import { headOf } from './outcome.ts';
import { stagesSection } from './stages.ts';
import { timelineSection } from './timeline.ts';
import { triggersSection } from './triggers.ts';

/** What a report says, in the order in which it is read: what happened, why, on what evidence, and what people add. */
export function composeReport(facts: ReportFacts): ReportDocument {
  const sections = [
    chartsSection(facts),
    timelineSection(facts),
    stagesSection(facts),
    triggersSection(facts),
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

/** What no journal knows. */
function blankSections({ period }: ReportFacts): readonly Section[] {
  const blank = (id: string, title: string, prompt: string): Section => ({
    id,
    title: [title],
    blocks: [{ kind: 'blank', id, prompt }],
    sections: [],
  });
  if (period.kind === 'day')
    return [blank('findings', 'Findings', 'What was noticed today, and what is to be done tomorrow.')];
  return [
    blank('lessons', 'Lessons learned', 'What went well, what did not, and what nobody had expected.'),
    blank('recommendations', 'Recommendations', 'What should be done next, by whom, and until when.'),
  ];
}
