import { formatDuration } from '../protocol/duration.ts';
import { clockGapText, firedText, percentText } from '../protocol/figureText.ts';
import type { HoldCause, JournalEntry, RollbackCause } from '../protocol/rollout.ts';
import { type Block, code, mark, type Section, strong, type Text } from './document.ts';
import type { ReportFacts } from './facts.ts';
import { exactText, tookText } from './moment.ts';

/** A report is read by people: what is left out is counted, and stands in the journal. */
const mostRows = 250;

interface Row {
  /** 0: decisions, triggers and what came of them; 1: what explains them; 2: the daily round. */
  readonly rank: 0 | 1 | 2;
  readonly what: Text;
  readonly why: Text;
}

export function timelineSection(facts: ReportFacts): Section {
  const rows = facts.entries.flatMap((entry) => {
    const row = isInSpan(facts, entry.at) ? rowOf(entry, facts) : null;
    return row === null ? [] : [{ at: entry.at, ...row }];
  });
  const shown = mostTelling(rows);
  const zone = facts.loaded.plan.timezone;
  const blocks: Block[] = [];
  if (shown.length === 0) blocks.push({ kind: 'paragraph', text: [emptyText(facts)] });
  else {
    blocks.push({
      kind: 'table',
      columns: [{ title: 'When' }, { title: 'What' }, { title: 'Who and why' }],
      rows: shown.map(({ at, what, why }) => [[exactText(at, zone)], what, why]),
    });
  }
  const left = rows.length - shown.length;
  if (left > 0)
    blocks.push({ kind: 'paragraph', text: [`${left} more, see the journal: `, code('rampwatch journal')] });
  return { id: 'timeline', title: ['Timeline'], blocks, sections: [] };
}

export function isInSpan({ span }: ReportFacts, at: number): boolean {
  return span === null || (at >= span.from && at < span.to);
}

function emptyText({ span }: ReportFacts): string {
  return span === null ? 'Nothing has happened yet.' : 'Nothing was journalled in this period.';
}

/** Ranks are filled up one after the other; of too many of one rank the first and the last. */
function mostTelling<T extends { readonly rank: Row['rank'] }>(rows: readonly T[]): readonly T[] {
  if (rows.length <= mostRows) return rows;
  const kept = new Set<T>();
  for (const rank of [0, 1, 2]) {
    const room = mostRows - kept.size;
    const ofRank = rows.filter((row) => row.rank === rank);
    const half = Math.ceil(room / 2);
    const chosen =
      ofRank.length <= room ? ofRank : [...ofRank.slice(0, half), ...ofRank.slice(ofRank.length - (room - half))];
    for (const row of chosen) kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}

/** `null` for what other sections tell, or what only the machine needs. */
function rowOf({ body }: JournalEntry, facts: ReportFacts): Row | null {
  switch (body.kind) {
    case 'begun':
      return row(0, [strong(`Attempt ${body.attempt} begun`)], byText(body.by, null));
    case 'stage-entered':
      return row(0, [strong(`Entered ${body.id}`), ` at ${percentText(body.percent)}`], enteredText(body));
    case 'gate-ready':
      return row(1, ['Gate met'], []);
    case 'gate-lost':
      return row(1, ['Gate no longer met'], [body.conditions.join('; ')]);
    case 'held':
      return row(0, ['Held'], holdText(body.cause));
    case 'resumed':
      return row(0, ['Resumed'], byText(body.by, null));
    case 'clock-gap':
      return row(
        1,
        [body.to < body.from ? 'The clock was set back' : 'The clock stood still'],
        [
          body.to < body.from
            ? clockGapText(body)
            : `for ${formatDuration(body.to - body.from)}; none of it counts as soaked`,
        ],
      );
    case 'data-fresh':
    case 'lines':
    case 'measured':
      return null;
    case 'review-opened':
      return row(
        0,
        [mark('Review needed', 'warning')],
        [body.firings.map((each) => firedText(each, facts.view.triggers)).join('; ')],
      );
    case 'acknowledged':
      return row(0, ['Review acknowledged: ', ...codes(body.triggers)], byText(body.by, body.reason));
    case 'rollback-started':
      return row(0, [mark('Rollback', 'bad'), ` to ${stageName(facts, body.to)}`], causeText(body.cause, facts));
    case 'effect-intended':
      return null;
    case 'effect-progressed':
      return progressRow(body);
    case 'flag-drifted':
      return row(0, [mark('Flag overwritten', 'bad')], [body.detail]);
    case 'flag-restored':
      return row(1, ['Flag as it was set again'], ['to be proven anew; what was counted meanwhile meets no gate']);
    case 'promise-broken':
      return row(
        0,
        [mark('Promise broken', 'bad'), ' of ', code(body.trigger)],
        [`took ${tookText(body.took)}, promised within ${formatDuration(body.promised)}`],
      );
    case 'rolled-back':
      return row(0, [strong('Rolled back')], []);
    case 'rollback-failed':
      return row(0, [mark('Rollback failed', 'bad')], [body.detail]);
    case 'completed':
      return row(
        0,
        [strong('Completed')],
        enteredText({ ...body, cause: body.unmet.length > 0 ? 'override' : 'advance' }),
      );
    case 'plan-changed':
      return row(0, ['Plan edited'], ['sha256 ', code(body.planHash.slice(0, 12))]);
    case 'command': {
      const { command, outcome, by } = body;
      if (outcome.kind === 'done') return null;
      return row(1, [`Refused: ${command.kind}`], [by, ': ', outcome.message]);
    }
    case 'firing':
      return row(
        0,
        [mark('Trigger', 'bad'), ' ', code(body.firing.trigger), ' fired'],
        [firedText(body.firing, facts.view.triggers)],
      );
    case 'source':
      return row(1, ['Source ', code(body.file ?? body.glob)], [body.detail]);
    case 'signal':
      return row(1, ['Signal ', code(body.name)], byText(body.by, body.note));
    case 'tick':
      return row(2, [tickWord(body), ' ', code(body.item)], byText(body.by, body.note));
    case 'evidence':
      return row(2, [body.holds ? 'Evidence for ' : 'No more evidence for ', code(body.item)], [body.detail]);
    case 'tests': {
      const { name, state, detail } = body.suite;
      const word = mark(state, state === 'passing' ? 'good' : state === 'failing' ? 'bad' : 'warning');
      return row(2, ['Tests of ', name, ' ', word], [detail]);
    }
    case 'escalated': {
      const { exit, failure, stdout } = body.answer;
      const under = body.reference === null ? [] : [' under ', code(body.reference)];
      const told = failure ?? (exit === 0 ? (stdout.split('\n')[0] ?? '') : `the command ended with ${exit}`);
      return row(0, [strong('Escalated'), ...under], [`${body.by}: ${told === '' ? 'the command was done' : told}`]);
    }
    case 'reviewed':
      return row(2, ['Daily review'], [`by ${body.by}: ${body.summary}`]);
    case 'daemon':
      return row(1, ['Daemon'], [body.detail]);
    default:
      return unknownRow(body);
  }
}

/** A journal may be read by an older version than wrote it. */
function unknownRow(body: never): Row {
  return row(2, [String((body as { kind: unknown }).kind)], []);
}

function row(rank: Row['rank'], what: Text, why: Text): Row {
  return { rank, what, why };
}

type Body<Kind extends JournalEntry['body']['kind']> = Extract<JournalEntry['body'], { kind: Kind }>;

function progressRow({ progress, detail, took }: Body<'effect-progressed'>): Row | null {
  const after = took === null ? '' : `${tookText(took)} after the cause`;
  switch (progress) {
    case 'written':
      return detail === null ? null : row(1, ['Flag written, not as wanted'], [detail]);
    case 'verified':
      return detail === null
        ? row(1, ['Flag written and read back'], [after])
        : row(0, [mark('The traffic contradicts the flag', 'warning')], [detail]);
    case 'in-force':
      return row(1, ['In force, proven by the traffic'], [after]);
    case 'failed':
      return row(0, [mark('Flag not set', 'bad')], [detail ?? 'no reason given']);
  }
}

function enteredText({
  cause,
  by,
  reason,
  unmet,
}: Pick<Body<'stage-entered'>, 'by' | 'reason' | 'unmet' | 'cause'>): Text {
  switch (cause) {
    case 'auto':
      return ['by itself: the gate was met'];
    case 'observed':
      return ['as the source says'];
    case 'override':
      return [mark('Override', 'warning'), ` by ${by}: ${reason ?? 'no reason given'}. Not met: ${unmet.join('; ')}`];
    case 'begin':
    case 'advance':
      return byText(by, reason);
  }
}

function byText(by: string, reason: string | null): Text {
  return reason === null ? [`by ${by}`] : [`by ${by}: ${reason}`];
}

function holdText(cause: HoldCause): Text {
  switch (cause.kind) {
    case 'person':
      return byText(cause.by, cause.reason);
    case 'clock-gap':
      return [`the clock stood still for ${formatDuration(cause.length)}`];
    case 'fault':
      return [cause.detail];
  }
}

export function causeText(cause: RollbackCause, facts: ReportFacts): Text {
  if (cause.kind === 'person') return byText(cause.by, cause.reason);
  return [code(cause.firing.trigger), `: ${firedText(cause.firing, facts.view.triggers)}`];
}

export function stageName({ loaded }: ReportFacts, index: number): string {
  const stage = loaded.plan.stages[index];
  return stage === undefined ? 'off' : `${stage.id} (${percentText(stage.percent)})`;
}

function tickWord({ as, ticked }: Body<'tick'>): string {
  if (as === 'skip') return 'Skipped';
  if (as === 'note') return 'Note on';
  return ticked ? 'Ticked' : 'Unticked';
}

function codes(names: readonly string[]): readonly Text[number][] {
  return names.flatMap((name, index) => (index === 0 ? [code(name)] : [', ', code(name)]));
}
