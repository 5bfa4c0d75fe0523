import { formatDuration } from '../protocol/domain/duration.ts';
import type { HoldCause, JournalEntry, RollbackCause } from '../protocol/domain/rollout.ts';
import type { TriggerStatus } from '../protocol/domain/verdict.ts';
import { clockGapText, firedText, percentText, settingText } from '../protocol/words/figureText.ts';
import { code, mark, strong, type Text } from './document.ts';
import { tookText } from './moment.ts';

/** What gives an entry's numbers their names. */
export interface EntryNames {
  readonly stages: readonly { readonly id: string; readonly percent: number }[];
  readonly triggers: readonly TriggerStatus[];
}

export interface EntryText {
  /**
   * 0: decisions, triggers and what came of them; 1: what explains them; 2: the daily round; 3: what a report tells
   * elsewhere, or only the machine needs.
   */
  readonly rank: 0 | 1 | 2 | 3;
  readonly what: Text;
  /** May be empty. */
  readonly why: Text;
}

/** An entry of the journal in plain words, for the report's timeline and the command line. */
export function entryText({ body }: JournalEntry, names: EntryNames): EntryText {
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
      return row(3, ['New data has arrived'], ['an advance is possible again']);
    case 'lines': {
      const newest = body.lines.at(-1)?.text ?? null;
      return row(3, ['Lines behind ', code(body.trigger)], newest === null ? [] : [newest]);
    }
    case 'measured': {
      const met = body.gate.filter(({ verdict }) => verdict === 'met').length;
      return row(3, [`Measured ${body.stage}`], [`${met} of ${body.gate.length} met`]);
    }
    case 'review-opened':
      return row(
        0,
        [mark('Review needed', 'warning')],
        [body.firings.map((each) => firedText(each, names.triggers)).join('; ')],
      );
    case 'acknowledged':
      return row(0, ['Review acknowledged: ', ...codes(body.triggers)], byText(body.by, body.reason));
    case 'rollback-started':
      return row(0, [mark('Rollback', 'bad'), ` to ${stageName(names, body.to)}`], causeText(body.cause, names));
    case 'effect-intended':
      return row(3, [`Flag to be set to ${settingText(body.effect.percent)}`], [`for ${body.effect.stage}`]);
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
      if (outcome.kind === 'done') return row(3, [`Asked: ${command.kind}`], [by, ': ', outcome.message]);
      return row(1, [`Refused: ${command.kind}`], [by, ': ', outcome.message]);
    }
    case 'firing':
      return row(
        0,
        [mark('Trigger', 'bad'), ' ', code(body.firing.trigger), ' fired'],
        [firedText(body.firing, names.triggers)],
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
function unknownRow(body: never): EntryText {
  return row(2, [String((body as { kind: unknown }).kind)], []);
}

function row(rank: EntryText['rank'], what: Text, why: Text): EntryText {
  return { rank, what, why };
}

type Body<Kind extends JournalEntry['body']['kind']> = Extract<JournalEntry['body'], { kind: Kind }>;

function progressRow({ progress, detail, took }: Body<'effect-progressed'>): EntryText {
  const after = took === null ? '' : `${tookText(took)} after the cause`;
  switch (progress) {
    case 'written':
      return detail === null ? row(3, ['Flag written'], [after]) : row(1, ['Flag written, not as wanted'], [detail]);
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

export function causeText(cause: RollbackCause, names: EntryNames): Text {
  if (cause.kind === 'person') return byText(cause.by, cause.reason);
  return [code(cause.firing.trigger), `: ${firedText(cause.firing, names.triggers)}`];
}

export function stageName({ stages }: EntryNames, index: number): string {
  const stage = stages[index];
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
