import { formatDuration } from '../protocol/domain/duration.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import type { ConditionVerdict, Verdict } from '../protocol/domain/verdict.ts';
import { english } from '../protocol/words/factWords.ts';
import { clockGapText, figureText, percentText, valueText } from '../protocol/words/figureText.ts';
import { partTitle, stageTitle } from '../protocol/words/partTitle.ts';
import { holdCause } from '../protocol/words/phaseWords.ts';
import { evidenceOf, verdictWords } from '../protocol/words/verdictWords.ts';
import { stayExplanations } from './explanationBlocks.ts';
import type { ReportFacts, Stay } from './facts.ts';
import { factTones } from './factTone.ts';
import { momentText } from './moment.ts';
import { type Block, code, mark, type Section, type Span, type Text } from './reportDocument.ts';

const mostStays = 60;

/** Per attempt and stage: what was required, what was measured, and what the data can carry. */
export function stagesSection(facts: ReportFacts): Section | null {
  const inSpan = facts.stays.filter(({ visit }) => overlaps(facts, visit));
  const shown = inSpan.slice(-mostStays);
  const attempts = [...new Set(shown.map(({ visit }) => visit.attempt))];
  const ahead = aheadSection(facts);
  const sections = [
    ...attempts.map((attempt) => attemptSection(facts, attempt, shown)),
    ...(ahead === null ? [] : [ahead]),
  ];
  if (sections.length === 0) return null;
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      text: [
        'The verdict is the plan’s own rule, taken literally. Beside it stands the conclusion that the data can carry: proven or refuted at 95 %, however often one looks, or not proven yet.',
      ],
    },
  ];
  if (inSpan.length > shown.length) {
    const left = inSpan.length - shown.length;
    blocks.push({ kind: 'paragraph', text: [`${left} earlier stays in a stage are left out; see the journal.`] });
  }
  return { id: 'stages', title: ['Stages'], blocks, sections };
}

function overlaps({ span }: ReportFacts, { from, to }: StageVisit): boolean {
  return span === null || (from < span.to && (to === null || to >= span.from));
}

function attemptSection(facts: ReportFacts, attempt: number, stays: readonly Stay[]): Section {
  const own = stays.filter(({ visit }) => visit.attempt === attempt);
  return {
    id: `attempt-${attempt}`,
    title: [`Attempt ${attempt}`],
    blocks: [],
    sections: own.map((stay) => staySection(facts, stay, facts.stays.indexOf(stay))),
  };
}

function staySection(facts: ReportFacts, stay: Stay, index: number): Section {
  const { visit, gate, from } = stay;
  const zone = facts.loaded.plan.timezone;
  const required = facts.loaded.plan.stages[stay.index]?.soak ?? null;
  const end = visit.to ?? facts.asOf ?? visit.from;
  const length = formatDuration(end - visit.from);
  const until = visit.to === null ? `, and on: ${length} so far` : ` to ${momentText(visit.to, zone)}: ${length}`;
  const soak = required === null || required === 0 ? '' : `; ${formatDuration(required)} of soak required`;
  const blocks: Block[] = [
    { kind: 'paragraph', text: [`${momentText(visit.from, zone)}${until}${soak}.`] },
    ...overrideBlocks(visit),
    ...holdBlocks(facts, visit),
  ];
  if (gate.length === 0) blocks.push({ kind: 'paragraph', text: ['Its gate asks for no figures.'] });
  else blocks.push(gateTable(gate));
  blocks.push(...stayExplanations(facts.entries, visit));
  blocks.push({ kind: 'paragraph', text: [countsText(stay, from)] });
  return {
    id: `stay-${index + 1}`,
    title: [`${stageTitle(facts.view, visit.stage)}, ${percentText(visit.percent)}`],
    blocks,
    sections: [],
  };
}

function countsText({ arms, visit }: Stay, from: Stay['from']): string {
  const n = (count: number): string => valueText(count, '');
  const counted = `Records: ${n(arms.treatment)} of treatment, ${n(arms.control)} of control.`;
  if (visit.to === null) return counted;
  return from === 'journal'
    ? `${counted} As judged when the stage was left; the journal keeps these figures.`
    : `${counted} Counted again from the stored records.`;
}

/** An override is shown for ever: who, why, and what was missing. */
function overrideBlocks({ override, to }: StageVisit): readonly Block[] {
  if (override === null) return [];
  const { by, reason, unmet } = override;
  return [
    {
      kind: 'paragraph',
      text: [mark(to === null ? 'Completed by override' : 'Left by override', 'warning'), ` by ${by}: ${reason}`],
    },
    { kind: 'list', items: unmet.map((each): Text => [`not met: ${each}`]) },
  ];
}

interface Pause {
  readonly what: string;
  readonly from: number;
  readonly to: number | null;
  readonly why: string;
  readonly ended: string;
}

/** Holds, reviews and clock gaps of the stay. */
function holdBlocks(facts: ReportFacts, visit: StageVisit): readonly Block[] {
  const zone = facts.loaded.plan.timezone;
  const pauses = pausesOf(facts.entries, visit);
  if (pauses.length === 0) return [];
  const shown = pauses.slice(-20);
  const items = shown.map(({ what, from, to, why, ended }): Text => {
    const until = to === null ? 'and on' : `to ${momentText(to, zone)} (${formatDuration(to - from)})`;
    return [mark(what, 'warning'), ` ${momentText(from, zone)} ${until}: ${why}${ended === '' ? '' : `; ${ended}`}`];
  });
  const left = pauses.length - shown.length;
  return [{ kind: 'list', items: left === 0 ? items : [[`${left} earlier ones, see the journal`], ...items] }];
}

function pausesOf(entries: readonly JournalEntry[], visit: StageVisit): readonly Pause[] {
  const found: Pause[] = [];
  const end = (to: number, ended: string): void => {
    const last = found.at(-1);
    if (last !== undefined && last.to === null) found[found.length - 1] = { ...last, to, ended };
  };
  for (const { at, attempt, body } of entries) {
    const inStay = attempt === visit.attempt && at >= visit.from && (visit.to === null || at <= visit.to);
    if (!inStay) continue;
    switch (body.kind) {
      case 'held': {
        const { cause } = body;
        const why = holdCause(cause, [], english);
        found.push({ what: 'Held', from: at, to: null, why, ended: '' });
        break;
      }
      case 'resumed':
        end(at, `resumed by ${body.by}`);
        break;
      case 'review-opened':
        if (found.at(-1)?.what === 'In review' && found.at(-1)?.to === null) break;
        found.push({
          what: 'In review',
          from: at,
          to: null,
          why: [...new Set(body.firings.map(({ trigger }) => trigger))].join(', '),
          ended: '',
        });
        break;
      case 'acknowledged':
        end(at, `acknowledged by ${body.by}: ${body.reason}`);
        break;
      case 'flag-drifted':
        if (found.at(-1)?.what === 'Flag overwritten' && found.at(-1)?.to === null) break;
        found.push({ what: 'Flag overwritten', from: body.from, to: null, why: body.detail, ended: '' });
        break;
      case 'flag-restored':
        end(at, 'put back');
        break;
      case 'clock-gap':
        found.push({
          what: 'Clock gap',
          from: Math.min(body.from, body.to),
          to: body.to,
          why: body.to < body.from ? clockGapText(body) : 'not counted as soak',
          ended: '',
        });
        break;
      case 'rollback-started':
        end(at, 'ended by the rollback');
        break;
      default:
    }
  }
  return found;
}

function gateTable(gate: readonly ConditionVerdict[]): Block {
  return {
    kind: 'table',
    columns: [{ title: 'Required' }, { title: 'Measured' }, { title: 'Verdict' }, { title: 'What the data proves' }],
    rows: gate.map((verdict) => [
      [code(verdict.condition)],
      measuredText(verdict),
      [verdictMark(verdict.verdict)],
      [evidenceSpan(verdict)],
    ]),
  };
}

function measuredText(verdict: ConditionVerdict): Text {
  const { figure, limit, baseline, reason } = verdict;
  if (figure.value === null) return [reason === '' ? 'no data' : reason];
  const sample = figure.good === null && figure.unit !== '' ? `, n ${valueText(figure.n, '')}` : '';
  const figureWords = `${figureText(figure, limit)}${sample}`;
  if (baseline === null || baseline.value === null) return [reason === '' ? figureWords : `${figureWords}; ${reason}`];
  const of = { concurrent: 'of control', window: 'in the recorded window', figure: 'as the plan states it' } as const;
  const held = limit === null ? '' : `; limit ${valueText(limit, figure.unit, figure.value)}`;
  const zero = reason === '' ? '' : `; ${reason}`;
  return [
    `${figureWords}${held}; baseline ${valueText(baseline.value, baseline.unit)} ${baseline.why ?? of[baseline.from]}${zero}`,
  ];
}

function verdictMark(verdict: Verdict): Span {
  const { word, tone } = verdictWords(verdict, english);
  return mark(word, factTones[tone]);
}

function evidenceSpan(condition: ConditionVerdict): Span {
  const words = evidenceOf(condition, english);
  if (words === null) return condition.verdict === 'no-data' ? 'nothing' : 'a count or figure; no statistic applies';
  return words.tone === 'caution' ? words.sentence : mark(words.sentence, factTones[words.tone]);
}

/** The requirements of the stages still ahead. */
function aheadSection(facts: ReportFacts): Section | null {
  const { view, loaded } = facts;
  if (facts.span !== null) return null;
  const ahead = loaded.plan.stages.filter((_, index) => view.stages[index]?.state === 'ahead');
  if (ahead.length === 0) return null;
  return {
    id: 'stages-ahead',
    title: [view.standing.phase.kind === 'rolled-back' ? 'Not reached' : 'Ahead'],
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'Stage' },
          { title: 'Traffic', align: 'right' },
          { title: 'Soak', align: 'right' },
          { title: 'Required' },
        ],
        rows: ahead.map(({ id, title, percent, soak, gate }) => [
          [partTitle({ id, title })],
          [percentText(percent)],
          [soak === 0 ? '–' : formatDuration(soak)],
          gate.length === 0
            ? ['–']
            : gate.flatMap(({ text }, index) => (index === 0 ? [code(text)] : [', ', code(text)])),
        ]),
      },
    ],
    sections: [],
  };
}
