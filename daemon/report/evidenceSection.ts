import type { TargetFigure, TargetView } from '../protocol/domain/targetView.ts';
import type { SuiteState, TestSuiteView } from '../protocol/domain/testReport.ts';
import { english } from '../protocol/words/factWords.ts';
import { percentText, shareText, valueText } from '../protocol/words/figureText.ts';
import { planChangeText } from '../protocol/words/planChanges.ts';
import { rejectedText } from '../protocol/words/rejectsText.ts';
import type { ReportFacts } from './facts.ts';
import { momentText } from './moment.ts';
import { type Block, code, mark, type Section, type Span, type Text, type Tone } from './reportDocument.ts';

export function testsSection(facts: ReportFacts): Section | null {
  const { tests = [] } = facts.view;
  if (tests.length === 0) return null;
  const zone = facts.loaded.plan.timezone;
  const passed = tests.reduce((sum, suite) => sum + suite.passed, 0);
  const expected = tests.reduce((sum, suite) => sum + (suite.expect ?? suite.tests), 0);
  const passing = tests.filter(({ state }) => state === 'passing').length;
  const groups = tests.flatMap((suite) => suite.groups.map((group) => ({ suite, group })));
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      text: [
        `${valueText(passed, '')} passed of ${valueText(expected, '')} expected; ${passing} of ${tests.length} suites count as passing.`,
      ],
    },
    {
      kind: 'table',
      columns: [
        { title: 'Suite' },
        { title: 'State' },
        { title: 'Passed', align: 'right' },
        { title: 'Expected', align: 'right' },
        { title: 'Failed', align: 'right' },
        { title: 'Skipped', align: 'right' },
        { title: 'Ran, commit' },
        { title: 'Why' },
      ],
      rows: tests.map((suite) => [
        [suite.name],
        [suiteMark(suite.state)],
        [String(suite.passed)],
        [suite.expect === null ? '–' : String(suite.expect)],
        [String(suite.failed)],
        [String(suite.skipped)],
        ranText(suite, zone),
        [suite.detail],
      ]),
    },
  ];
  if (groups.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [
        { title: 'Suite' },
        { title: 'Group' },
        { title: 'State' },
        { title: 'Passed', align: 'right' },
        { title: 'Expected', align: 'right' },
      ],
      rows: groups.map(({ suite, group }) => [
        [suite.name],
        [group.name],
        [group.met ? mark('met', 'good') : mark('not met', 'bad')],
        [String(group.passed)],
        [String(group.expect)],
      ]),
    });
  }
  return { id: 'tests', title: ['Tests'], blocks, sections: [] };
}

function ranText({ ran, commit }: TestSuiteView, zone: string): Text {
  const when = ran === null ? '–' : momentText(ran, zone);
  return commit === null ? [when] : [when, ', ', code(commit.slice(0, 12))];
}

function suiteMark(state: SuiteState): Span {
  const tones: Readonly<Record<SuiteState, Tone>> = {
    passing: 'good',
    failing: 'bad',
    partial: 'warning',
    empty: 'warning',
    skipped: 'warning',
    stale: 'warning',
    missing: 'warning',
    unreadable: 'warning',
  };
  return mark(state, tones[state]);
}

export function targetsSection(facts: ReportFacts): Section | null {
  const { targets = [] } = facts.view;
  if (targets.length === 0) return null;
  return {
    id: 'targets',
    title: ['Targets'],
    blocks: [
      { kind: 'paragraph', text: ['Ranges are 95 % intervals.'] },
      {
        kind: 'table',
        columns: [
          { title: 'Measure' },
          { title: 'Wanted' },
          { title: 'Outcome' },
          { title: 'Baseline' },
          { title: 'Now' },
          { title: 'Change' },
          { title: 'Why' },
        ],
        rows: targets.map((target) => [
          [code(target.measure)],
          [target.wanted],
          [outcomeMark(target.outcome)],
          [figureRange(target.baseline, target.unit)],
          [figureRange(target.current, target.unit)],
          [changeText(target)],
          [target.detail],
        ]),
      },
    ],
    sections: [],
  };
}

function outcomeMark(outcome: TargetView['outcome']): Span {
  switch (outcome) {
    case 'achieved':
      return mark('achieved', 'good');
    case 'missed':
      return mark('missed', 'bad');
    case 'not-measurable':
      return mark('not measurable', 'warning');
  }
}

function figureRange(figure: TargetFigure | null, unit: string): string {
  if (figure === null) return '–';
  const { value, lower, upper } = figure;
  const written = valueText(value, unit);
  return lower === value && upper === value
    ? written
    : `${written} (${valueText(lower, unit)} to ${valueText(upper, unit)})`;
}

function changeText({ ratio }: TargetView): string {
  if (ratio === null) return '–';
  const upper = ratio.upper >= 1e9 ? '∞' : factorText(ratio.upper);
  return `${factorText(ratio.value)} (${factorText(ratio.lower)} to ${upper})`;
}

/** The change against the baseline: `62 %`, `5.2 ×`. */
function factorText(ratio: number): string {
  return ratio > 2 ? `${Number(ratio.toPrecision(3))} ×` : shareText(Number(ratio.toFixed(3)));
}

/** The dates and documents that the plan names. */
export function planSections(facts: ReportFacts): readonly Section[] {
  const { plan } = facts.loaded;
  if (facts.period.kind !== 'whole') return [];
  const sections: Section[] = [];
  if (plan.milestones.length > 0) {
    sections.push({
      id: 'milestones',
      title: ['Milestones'],
      blocks: [
        {
          kind: 'table',
          columns: [{ title: 'Date' }, { title: 'Milestone' }, { title: 'State of the rollout' }],
          rows: plan.milestones.map(({ date, title }) => [[date], [title], [stageOn(facts, date)]]),
        },
      ],
      sections: [],
    });
  }
  if (plan.documents.length > 0) {
    sections.push({
      id: 'documents',
      title: ['Documents'],
      blocks: [
        {
          kind: 'table',
          columns: [{ title: 'Document' }, { title: 'Purpose' }, { title: 'Minutes', align: 'right' }],
          rows: plan.documents.map(({ path, purpose, minutes }) => [
            [code(path)],
            [purpose ?? ''],
            [minutes === undefined ? '' : String(minutes)],
          ]),
        },
      ],
      sections: [],
    });
  }
  return sections;
}

/** At the end of that day. */
function stageOn({ stays, asOf, loaded }: ReportFacts, date: string): string {
  const zone = loaded.plan.timezone;
  if (asOf === null || momentText(asOf, zone).slice(0, 10) < date.slice(0, 10)) return 'later than this report';
  const stay = stays.findLast(({ visit }) => momentText(visit.from, zone).slice(0, 10) <= date.slice(0, 10));
  if (stay === undefined) return 'not begun';
  const { stage, percent, to } = stay.visit;
  const over = to !== null && momentText(to, zone).slice(0, 10) <= date.slice(0, 10);
  return over ? `after ${stage}` : `${stage} at ${percentText(percent)}`;
}

/** The basis of the report, and how anyone can check it. */
export function proofSection(facts: ReportFacts): Section {
  const { entries, loaded, asOf } = facts;
  const zone = loaded.plan.timezone;
  const head = entries.at(-1);
  const blocks: Block[] = [
    {
      kind: 'facts',
      facts: [
        { name: 'Plan', text: [code(fileName(loaded.file))] },
        { name: 'Plan, sha256', text: [code(loaded.hash)] },
        ...(head === undefined
          ? []
          : [
              { name: 'Journal head', text: [code(head.hash)] },
              {
                name: 'Entries',
                text: [`${valueText(entries.length, '')} of this rollout, the last is number ${head.seq}`],
              },
            ]),
      ],
    },
  ];
  if (head !== undefined) {
    blocks.push(
      {
        kind: 'paragraph',
        text: [
          'The journal is a chain of hashes: with this head, kept outside the machine, a later edit or a cut shows.',
        ],
      },
      { kind: 'paragraph', text: ['Check it with ', code(`rampwatch journal verify --head ${head.hash}`)] },
    );
  }
  if (facts.leftOut.length > 0) {
    blocks.push(
      {
        kind: 'paragraph',
        text: [mark('Not all records could be counted', 'warning'), ': these were rejected and are in no figure.'],
      },
      {
        kind: 'table',
        columns: [
          { title: 'Source' },
          { title: 'Read', align: 'right' },
          { title: 'Rejected', align: 'right' },
          { title: 'Why' },
        ],
        rows: facts.leftOut.map(({ glob, read, share, rejected }) => [
          [code(glob)],
          [valueText(read, '')],
          [shareText(share)],
          [rejectedText(rejected)],
        ]),
      },
    );
  }
  const edits = planEdits(facts);
  if (edits.length > 1) {
    blocks.push(
      { kind: 'paragraph', text: [mark('The plan was edited', 'warning'), ' while the rollout was recorded:'] },
      {
        kind: 'table',
        columns: [{ title: 'From' }, { title: 'Plan, sha256' }, { title: 'What changed' }],
        rows: edits.map(({ at, hash, changes }) => [[momentText(at, zone)], [code(hash)], [changes]]),
      },
    );
  }
  if (asOf !== null) {
    blocks.push({
      kind: 'paragraph',
      text: [
        `All facts are as of ${momentText(asOf, zone)}: from the journal, the plan, and the records stored by then. The same journal gives the same report.`,
      ],
    });
  }
  return { id: 'proof', title: ['Basis of this report'], blocks, sections: [] };
}

function planEdits({
  entries,
}: ReportFacts): readonly { readonly at: number; readonly hash: string; readonly changes: string }[] {
  const found: { at: number; hash: string; changes: string }[] = [];
  for (const { at, body } of entries) {
    if (body.kind !== 'begun' && body.kind !== 'plan-changed') continue;
    const told = body.kind === 'plan-changed' ? (body.changes ?? []) : [];
    const changes = told.map((change) => planChangeText(change, english)).join('; ');
    if (found.at(-1)?.hash !== body.planHash) found.push({ at, hash: body.planHash, changes });
  }
  return found.slice(-50);
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
