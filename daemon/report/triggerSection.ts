import { formatDuration } from '../protocol/domain/duration.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Trigger } from '../protocol/domain/plan.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import { consequenceText } from '../protocol/words/consequenceText.ts';
import { editorLink, recordLink } from '../protocol/words/editorLink.ts';
import { english } from '../protocol/words/factWords.ts';
import { firedText, settingText, tookText } from '../protocol/words/figureText.ts';
import { stageName } from '../protocol/words/journalWords.ts';
import { partTitle } from '../protocol/words/partTitle.ts';
import { placeKey, placeText } from '../protocol/words/placeText.ts';
import { causeText } from './entryText.ts';
import { firingExplanation } from './explanationBlocks.ts';
import type { ReportFacts } from './facts.ts';
import { exactText } from './moment.ts';
import { closeUpChart } from './reportCharts.ts';
import { type Block, code, type Fact, link, mark, type QuotedLine, type Section, type Text } from './reportDocument.ts';
import { entryNames, isInSpan } from './timeline.ts';

const mostFirings = 20;
const mostRollbacks = 20;
const mostLines = 10;

/** The plan's triggers, each time one fired with the lines behind it, and each rollback with the time it took. */
export function triggersSection(facts: ReportFacts): Section | null {
  const { triggers } = facts.loaded.plan;
  const fired = facts.entries.flatMap(({ at, body }) =>
    body.kind === 'firing' && isInSpan(facts, at) ? [body.firing] : [],
  );
  const blocks: Block[] = [];
  if (triggers.length > 0) blocks.push(ruleTable(triggers, fired));
  if (fired.length === 0) blocks.push({ kind: 'paragraph', text: ['No trigger fired.'] });
  const rollbacks = rollbackSections(facts);
  if (triggers.length === 0 && fired.length === 0 && rollbacks.length === 0) return null;
  const sections = [...firingSections(facts, fired), ...rollbacks];
  return { id: 'triggers', title: ['Triggers and rollbacks'], blocks, sections };
}

function ruleTable(triggers: readonly Trigger[], fired: readonly Firing[]): Block {
  return {
    kind: 'table',
    columns: [
      { title: 'Trigger' },
      { title: 'When' },
      { title: 'Over' },
      { title: 'Then' },
      { title: 'Fired', align: 'right' },
    ],
    rows: triggers.map(({ id, when, over, for: length, min, then: consequence, within }) => {
      const count = fired.filter(({ trigger }) => trigger === id).length;
      const more = [
        ...(length === undefined || length === 0 ? [] : [`for ${formatDuration(length)}`]),
        ...(min === undefined ? [] : [`at least ${min}`]),
      ];
      const promise = within === undefined ? '' : ` within ${formatDuration(within)}`;
      return [
        [code(id)],
        [code(when.text)],
        [[formatDuration(over), ...more].join(', ')],
        [`${consequenceText({ consequence }, english)}${promise}`],
        [count === 0 ? '0' : mark(String(count), 'bad')],
      ];
    }),
  };
}

const ruleWords: Readonly<Record<Firing['rule'], string>> = {
  literal: 'the plan’s literal rule',
  proven: 'proof: the data carry it',
  sequential: 'the sequential test beside the rule',
  missing: 'the plan’s policy on missing data',
};

/** By its title; the id stands behind it, by which the journal and the commands know the trigger. */
function firingName({ loaded }: ReportFacts, { trigger: id }: Firing): Section['title'] {
  const title = loaded.plan.triggers.find((trigger) => trigger.id === id)?.title;
  return title === undefined ? [code(id)] : [`${partTitle({ id, title })} (`, code(id), ')'];
}

function firingSections(facts: ReportFacts, fired: readonly Firing[]): readonly Section[] {
  const zone = facts.loaded.plan.timezone;
  const shown = fired.slice(-mostFirings);
  const sections = shown.map((firing, index): Section => {
    const rows: Fact[] = [
      { name: 'First sufficient evidence', text: [exactText(firing.at, zone)] },
      { name: 'Window', text: [`${exactText(firing.window.from, zone)} to ${exactText(firing.window.to, zone)}`] },
      { name: 'Judged by', text: [ruleWords[firing.rule]] },
      { name: 'In the editor', text: [link('show why', whyLink(facts, firing))] },
    ];
    return {
      id: `firing-${index + 1}`,
      title: [...firingName(facts, firing), ' fired'],
      blocks: [
        { kind: 'paragraph', text: [`${firedText(firing, facts.view.triggers)}.`] },
        { kind: 'facts', facts: rows },
        ...firingExplanation(facts.entries, { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at }),
        ...lineBlocks(facts, firing),
      ],
      sections: [],
    };
  });
  const left = fired.length - shown.length;
  if (left === 0) return sections;
  const text: Text = [`${left} earlier ones, see the journal: `, code('rampwatch journal')];
  const earlier = {
    id: 'firings-left',
    title: ['Earlier firings'],
    blocks: [{ kind: 'paragraph' as const, text }],
    sections: [],
  };
  return [earlier, ...sections];
}

function whyLink({ loaded }: ReportFacts, { trigger, at }: Firing): string {
  return editorLink({ rollout: loaded.plan.id, trigger, at: String(at) });
}

/** The newest of the lines that a firing rests on, as they were read when it fired. */
function lineBlocks({ entries, loaded }: ReportFacts, firing: Firing): readonly Block[] {
  if (firing.evidence.length === 0) {
    return [{ kind: 'paragraph', text: ['No record is kept for it: it rests on a count, or on missing records.'] }];
  }
  const texts = textsOf(entries, firing);
  const shown = firing.evidence.slice(-mostLines);
  const lines = shown.map(
    (place): QuotedLine => ({
      place: placeText(place),
      link: 'file' in place ? recordLink(loaded.plan.id, place) : null,
      text: texts.get(placeKey(place)) ?? null,
    }),
  );
  const left = firing.evidence.length - shown.length;
  const told =
    left === 0
      ? 'The records behind it:'
      : `The newest ${shown.length} of ${firing.evidence.length} records behind it:`;
  return [
    { kind: 'paragraph', text: [told] },
    { kind: 'lines', lines },
  ];
}

function textsOf(entries: readonly JournalEntry[], { trigger, at }: Firing): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { body } of entries) {
    if (body.kind !== 'lines' || body.trigger !== trigger || body.firedAt !== at) continue;
    for (const { place, text } of body.lines) texts.set(placeKey(place), text);
  }
  return texts;
}

interface Rollback {
  readonly entry: JournalEntry;
  readonly body: Extract<JournalBody, { kind: 'rollback-started' }>;
  readonly after: readonly JournalEntry[];
}

function rollbackSections(facts: ReportFacts): readonly Section[] {
  const shown = rollbacksOf(facts);
  return shown.map(({ entry, body, after }, index) => {
    const zone = facts.loaded.plan.timezone;
    const chart = closeUpChart(facts, entry.seq);
    const rows: Fact[] = [
      { name: 'Cause', text: causeText(body.cause, entryNames(facts)) },
      ...(body.cause.kind === 'trigger'
        ? [{ name: 'First sufficient evidence', text: [exactText(body.cause.firing.at, zone)] }]
        : []),
      { name: 'Decided', text: [exactText(entry.at, zone)] },
      { name: 'To', text: [stageName(entryNames(facts).stages, body.to, english)] },
      ...after.flatMap((later) => stepFacts(later, zone)),
      ...promiseFacts(facts, body, after),
    ];
    return {
      id: `rollback-${index + 1}`,
      title: [`Rollback of attempt ${entry.attempt}`],
      blocks: [{ kind: 'facts', facts: rows }, ...(chart === null ? [] : [{ kind: 'chart' as const, chart }])],
      sections: [],
    };
  });
}

/** The newest, oldest first; each with what followed until the next attempt. */
function rollbacksOf(facts: ReportFacts): readonly Rollback[] {
  const { entries } = facts;
  const starts = entries.flatMap((entry, index) => {
    const { body } = entry;
    return body.kind === 'rollback-started' && isInSpan(facts, entry.at) ? [{ entry, body, index }] : [];
  });
  return starts.slice(-mostRollbacks).map(({ entry, body, index }) => {
    const next = entries.findIndex((later, at) => at > index && later.body.kind === 'begun');
    return { entry, body, after: entries.slice(index + 1, next === -1 ? undefined : next) };
  });
}

function stepFacts({ at, body }: JournalEntry, zone: string): readonly Fact[] {
  switch (body.kind) {
    case 'effect-intended':
      return body.effect.purpose === 'rollback'
        ? [{ name: 'Flag intended', text: [`${settingText(body.effect.percent)}, ${exactText(at, zone)}`] }]
        : [];
    case 'effect-progressed': {
      if (body.took === null) return [];
      const after = `${exactText(at, zone)}, ${tookText(body.took)} after the ${'cause'}`;
      return [
        { name: progressNames[body.progress], text: [body.detail === null ? after : `${after}: ${body.detail}`] },
      ];
    }
    case 'rollback-failed':
      return [{ name: 'Failed', text: [mark('failed', 'bad'), ` ${exactText(at, zone)}: ${body.detail}`] }];
    case 'rolled-back':
      return [{ name: 'Rolled back', text: [exactText(at, zone)] }];
    default:
      return [];
  }
}

const progressNames = {
  written: 'Flag written',
  verified: 'Flag read back',
  'in-force': 'In force, by the traffic',
  failed: 'Flag not set',
} as const;

/** From the first sufficient evidence to the flag in force, against the trigger's `within`. */
function promiseFacts(
  { loaded }: ReportFacts,
  { cause }: Rollback['body'],
  after: readonly JournalEntry[],
): readonly Fact[] {
  if (cause.kind !== 'trigger') return [];
  const promised = loaded.plan.triggers.find(({ id }) => id === cause.firing.trigger)?.within;
  const reached = after.findLast(
    ({ body }) =>
      body.kind === 'effect-progressed' &&
      body.took !== null &&
      (body.progress === 'in-force' || body.progress === 'verified'),
  );
  const took = reached?.body.kind === 'effect-progressed' ? reached.body.took : null;
  const broken = after.find(({ body }) => body.kind === 'promise-broken');
  if (broken?.body.kind === 'promise-broken') {
    const { promised: within } = broken.body;
    const text = took === null ? '' : ` It took ${tookText(took)} in the end.`;
    return [{ name: 'Promise', text: [mark('broken', 'bad'), `: within ${formatDuration(within)}.${text}`] }];
  }
  if (promised === undefined || took === null) return [];
  return [{ name: 'Promise', text: [mark('kept', 'good'), `: ${tookText(took)} of ${formatDuration(promised)}`] }];
}
