import { editorLink } from '../protocol/words/editorLink.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { partTitle } from '../protocol/words/partTitle.ts';
import { sentence } from '../protocol/words/sentence.ts';
import type { ReportFacts } from './facts.ts';
import { momentText } from './moment.ts';
import { periodText } from './period.ts';
import { code, type Fact, link, type ReportDocument, type Text } from './reportDocument.ts';

/** The head of a report: the result of the rollout, and the facts that the report rests on. */
export function headOf(facts: ReportFacts): Omit<ReportDocument, 'sections'> {
  const { plan } = facts.loaded;
  return {
    rollout: plan.id,
    title: plan.name ?? plan.id,
    subject: periodText(facts.period),
    outcome: outcomeOf(facts),
    sentence: facts.asOf === null ? nothingYet(facts) : sentence(facts.view, facts.asOf),
    facts: headFacts(facts),
  };
}

function nothingYet({ view, span }: ReportFacts): string {
  return `${sentence(view, 0)} The journal has no entry ${span === null ? 'yet' : 'up to then'}.`;
}

/** Overrides and rollbacks of earlier attempts remain part of the outcome. */
function outcomeOf(facts: ReportFacts): ReportDocument['outcome'] {
  const { word, tone } = presentOutcome(facts);
  const { attempt } = facts.view.standing;
  const earlier = facts.entries.filter(
    (entry) => entry.body.kind === 'rollback-started' && entry.attempt < attempt,
  ).length;
  if (earlier === 0) return { word, tone };
  return { word: `${word}, after ${earlier === 1 ? 'an earlier rollback' : `${earlier} earlier rollbacks`}`, tone };
}

function presentOutcome({ view, entries }: ReportFacts): ReportDocument['outcome'] {
  const { phase, percent } = view.standing;
  const overridden = entries.some(({ body }) => 'unmet' in body && (body.unmet ?? []).length > 0);
  switch (phase.kind) {
    case 'planned':
      return { word: 'Not begun', tone: 'quiet' };
    case 'soaking':
    case 'ready':
      return { word: `Under way at ${percentText(percent)}`, tone: overridden ? 'warning' : 'quiet' };
    case 'held':
      return { word: `Held at ${percentText(percent)}`, tone: 'warning' };
    case 'review':
      return { word: `In review at ${percentText(percent)}`, tone: 'warning' };
    case 'rolling-back':
      return { word: 'Rolling back', tone: 'bad' };
    case 'rolled-back':
      return { word: 'Rolled back', tone: 'bad' };
    case 'rollback-failed':
      return { word: 'Rollback failed', tone: 'bad' };
    case 'completed':
      return overridden ? { word: 'Completed, with overrides', tone: 'warning' } : { word: 'Completed', tone: 'good' };
  }
}

function headFacts(facts: ReportFacts): readonly Fact[] {
  const { loaded, view, entries, asOf, span } = facts;
  const { plan } = loaded;
  const zone = plan.timezone;
  const began = view.standing.attempt === 0 ? undefined : facts.stays[0]?.visit.from;
  const head = entries.at(-1);
  const rows: (Fact | null)[] = [
    span === null ? null : fact('Period', [`${momentText(span.from, zone)} to ${momentText(span.to, zone)}`]),
    asOf === null
      ? null
      : fact('As of', [momentText(asOf, zone), head === undefined ? '' : `, journal entry ${head.seq}`]),
    fact('Times are in', [zone]),
    fact('In the editor', [link('open the rollout', editorLink({ rollout: plan.id }))]),
    began === undefined ? null : fact('Began', [momentText(began, zone)]),
    view.standing.attempt > 1 ? fact('Attempts', [String(view.standing.attempt)]) : null,
    fact('Stages', [plan.stages.map((stage) => `${partTitle(stage)} ${percentText(stage.percent)}`).join(' → ')]),
    fact('Advance', [plan.advance.mode === 'auto' ? 'by itself when a gate is met' : 'by a person']),
    plan.escalation?.contact === undefined ? null : fact('Escalation', escalationText(plan.escalation)),
  ];
  return rows.filter((row) => row !== null);
}

function escalationText({
  contact = '',
  reference,
}: {
  contact?: string | undefined;
  reference?: string | undefined;
}): Text {
  return reference === undefined ? [contact] : [contact, ', reference ', code(reference)];
}

function fact(name: string, text: Text): Fact {
  return { name, text };
}
