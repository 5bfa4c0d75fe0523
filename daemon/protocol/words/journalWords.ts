import { formatDuration } from '../domain/duration.ts';
import type { EffectProgress } from '../domain/flagEffect.ts';
import type { JournalBody } from '../domain/journalEntry.ts';
import type { CommandKind } from '../domain/rolloutCommand.ts';
import type { ObservedShare } from '../domain/verdict.ts';
import { redactRecord, shownText } from '../secrets/redactRecord.ts';
import type { RolloutView } from '../wire/view.ts';
import { explanationSummary } from './explanationWords.ts';
import { english, type Tone, type Translate } from './factWords.ts';
import { clockGapText, firedText, firedTexts, percentText, settingText, shareText, tookText } from './figureText.ts';
import { boundedList } from './listText.ts';
import { partTitle, triggerTitle } from './partTitle.ts';
import { byWords, holdCause, rollbackCause } from './phaseWords.ts';
import { planChangeText } from './planChanges.ts';

export type JournalKind = JournalBody['kind'];

/** An entry of the journal in words. All of it is untrusted where people or logs wrote into it. */
export interface JournalWords {
  /** `Entered ten at 10 %`. */
  readonly title: string;
  /** Person and reason; may be empty. */
  readonly detail: string;
  /** `null` where the entry is neither good nor bad news. */
  readonly tone: Exclude<Tone, 'active' | 'quiet'> | null;
  readonly symbol: JournalSymbol;
  readonly topic: JournalTopic;
  /**
   * 0: decisions, triggers and their effects; 1: an explanation of them; 2: the daily round; 3: told elsewhere, or
   * needed by the machine alone.
   */
  readonly rank: 0 | 1 | 2 | 3;
  /** A daily review lists it among the events of its period. */
  readonly reviewed: boolean;
}

/** The topic by which a reader may filter. */
export type JournalTopic = 'decisions' | 'triggers' | 'sources' | 'other';

export type JournalSymbol =
  | 'play'
  | 'arrow-right'
  | 'arrow-circle-right'
  | 'circle-slash'
  | 'circle-small'
  | 'debug-pause'
  | 'debug-continue'
  | 'debug-step-over'
  | 'history'
  | 'pulse'
  | 'warning'
  | 'check'
  | 'close'
  | 'discard'
  | 'edit'
  | 'error'
  | 'pass'
  | 'pass-filled'
  | 'file'
  | 'person'
  | 'bell'
  | 'output'
  | 'graph'
  | 'database'
  | 'megaphone'
  | 'note'
  | 'beaker'
  | 'checklist'
  | 'server-process';

/** The parts of a view that give an entry's numbers their names. */
export type JournalNames = Pick<RolloutView, 'triggers'> & {
  readonly stages: readonly { readonly id: string; readonly title?: string | undefined; readonly percent: number }[];
  readonly checklists?: RolloutView['checklists'] | undefined;
  readonly deliverables?: RolloutView['deliverables'] | undefined;
};

/**
 * The words of an entry, without text that looks like a secret; an entry of a newer version is named by its kind alone.
 */
export function journalWords(body: JournalBody, names: JournalNames, t: Translate): JournalWords {
  const words = writtenWords(body, names, t);
  return { ...words, title: shownText(words.title), detail: shownText(words.detail) };
}

/** Only the rank of an entry: in a long journal, words are made for the shown entries only. */
export function journalRank(body: JournalBody, names: JournalNames): JournalWords['rank'] {
  return writtenWords(body, names, english).rank;
}

function writtenWords(body: JournalBody, names: JournalNames, t: Translate): JournalWords {
  if (!Object.hasOwn(tellers, body.kind)) return told(2, 'other', 'circle-small', String(body.kind), '');
  const tell = tellers[body.kind] as Teller<JournalBody>;
  return tell(body, names, t);
}

type Body<Kind extends JournalKind> = Extract<JournalBody, { kind: Kind }>;
type Teller<Entry> = (body: Entry, names: JournalNames, t: Translate) => JournalWords;

const tellers: { readonly [Kind in JournalKind]: Teller<Body<Kind>> } = {
  begun: ({ attempt, by, reason = null, adopted, unmet = [] }, _, t) =>
    adopted === undefined
      ? event('play', t('Attempt {0} begun', attempt), [byWords(by, reason, t), ...unmet].join('; '))
      : event('play', t('Attempt {0} adopted the exposure', attempt), byWords(by, reason ?? adopted, t)),
  'stage-entered': (body, names, t) => ({
    ...event(
      'arrow-right',
      t('Entered {0} at {1}', titleOfStage(names, body.id), percentText(body.percent)),
      enteredDetail(body, t),
    ),
    tone: body.cause === 'override' ? 'caution' : null,
  }),
  'gate-ready': (_, __, t) => ({
    ...told(1, 'other', 'arrow-circle-right', t('Gate met'), t('ready to advance')),
    tone: 'good',
  }),
  'gate-lost': ({ conditions }, _, t) => ({
    ...told(1, 'other', 'circle-slash', t('Gate no longer met'), conditions.join('; ')),
    tone: 'caution',
  }),
  held: ({ cause }, { triggers }, t) => ({
    ...event('debug-pause', t('Held'), holdCause(cause, triggers, t)),
    topic: cause.kind === 'trigger' ? 'triggers' : 'decisions',
    tone: 'caution',
  }),
  resumed: ({ by }, _, t) => event('debug-continue', t('Resumed'), byWords(by, null, t)),
  'clock-gap': (body, _, t) => ({
    ...told(1, 'sources', 'history', capitalized(clockGapText(body)), clockGapDetail(body, t)),
    reviewed: true,
  }),
  'data-fresh': (_, __, t) => told(3, 'sources', 'pulse', t('New data has arrived'), t('an advance is possible again')),
  'review-opened': ({ firings }, { triggers }, t) => ({
    ...event('warning', t('Review needed'), firedTexts(firings, triggers, t)),
    topic: 'triggers',
    tone: 'caution',
  }),
  acknowledged: ({ by, reason, triggers, for: length }, known, t) => {
    const titles = triggers.map((id) => triggerTitle(known, id));
    const names = boundedList(titles, 5, ', ', t);
    const title =
      length === undefined
        ? t('Acknowledged {0}', names)
        : t('Acknowledged {0} for {1}', names, formatDuration(length));
    return event('check', title, byWords(by, reason, t));
  },
  'rollback-started': ({ cause, to, from }, names, t) => ({
    ...event('discard', rollbackTitle(names, to, from, t), rollbackCause(cause, names.triggers, t)),
    topic: cause.kind === 'trigger' ? 'triggers' : 'decisions',
    tone: 'bad',
  }),
  'effect-intended': ({ effect }, names, t) =>
    told(
      3,
      'other',
      'edit',
      t('Flag to be set to {0}', settingText(effect.percent)),
      titleOfStage(names, effect.stage),
    ),
  'effect-progressed': (body, _, t) => progressWords(body, t),
  'flag-drifted': ({ detail }, _, t) => ({
    ...told(0, 'other', 'warning', t('Flag overwritten'), detail),
    tone: 'bad',
    reviewed: true,
  }),
  'flag-restored': (_, __, t) => ({
    ...told(
      1,
      'other',
      'edit',
      t('Flag set again'),
      t('to be proven again; records from the time between count for no gate'),
    ),
    reviewed: true,
  }),
  'exposure-found': ({ detail }, _, t) => ({
    ...event('error', t('Exposed without an attempt'), detail),
    topic: 'triggers',
    tone: 'bad',
  }),
  'exposure-over': (_, __, t) => ({
    ...event('pass', t('No longer exposed without an attempt'), ''),
    topic: 'triggers',
    tone: 'good',
  }),
  'promise-broken': ({ trigger, promised, took }, names, t) => ({
    ...event(
      'warning',
      t('Rollback of {0} took too long', triggerTitle(names, trigger)),
      promiseDetail(took, promised, t),
    ),
    topic: 'triggers',
    tone: 'bad',
  }),
  'rolled-back': (_, __, t) => ({ ...event('discard', t('Rolled back'), ''), tone: 'caution' }),
  'rollback-failed': ({ detail }, _, t) => ({
    ...event('error', t('Rollback FAILED'), detail),
    topic: 'triggers',
    tone: 'bad',
  }),
  completed: (body, _, t) => ({
    ...event(
      'pass-filled',
      t('Completed'),
      body.unmet.length > 0 ? overrideDetail(body, t) : byWords(body.by, body.reason, t),
    ),
    tone: body.unmet.length > 0 ? 'caution' : 'good',
  }),
  'plan-changed': ({ stage, planHash, changes = [], loosened = [] }, { stages }, t) => {
    const where = t('now at {0}, sha256 {1}', stageName(stages, stage, t), planHash.slice(0, 12));
    const asked = loosened.length === 0 ? [] : [t('not met and no longer asked for: {0}', loosened.join(', '))];
    const detail = [...asked, ...changes.map((change) => planChangeText(change, t)), where].join('; ');
    return { ...event('file', t('Plan edited'), detail), ...(loosened.length > 0 && { tone: 'caution' as const }) };
  },
  command: ({ command, outcome, by }, _, t) =>
    outcome.kind === 'done'
      ? told(3, 'decisions', 'person', t('{0} asked for by {1}', commandWords(command.kind, t), by), outcome.message)
      : told(
          1,
          'decisions',
          'circle-slash',
          t('{0} refused to {1}', commandWords(command.kind, t), by),
          outcome.message,
        ),
  firing: ({ firing }, names, t) => ({
    ...event('bell', t('{0} fired', triggerTitle(names, firing.trigger)), firedText(firing, names.triggers)),
    topic: 'triggers',
    tone: 'bad',
  }),
  lines: ({ trigger, lines }, names, t) => {
    const text = redactRecord(lines.at(-1)?.text ?? '').text;
    return told(3, 'triggers', 'output', t('Lines behind {0}', triggerTitle(names, trigger)), text);
  },
  explained: ({ explanation }, names, t) => {
    const { about } = explanation;
    const subject = about.kind === 'trigger' ? triggerTitle(names, about.trigger) : about.condition;
    return told(1, 'triggers', 'output', t('What explains {0}', subject), explanationSummary(explanation, t));
  },
  measured: ({ stage, gate }, names, t) => {
    const met = gate.filter(({ verdict }) => verdict === 'met').length;
    return told(
      3,
      'other',
      'graph',
      t('Measured {0}', titleOfStage(names, stage)),
      t('{0} of {1} met', met, gate.length),
    );
  },
  source: ({ file, glob, detail }, _, t) => told(1, 'sources', 'database', t('Source {0}', file ?? glob), detail),
  signal: ({ name, by, note }, _, t) => ({
    ...told(1, 'sources', 'megaphone', t('{0} reported', name), byWords(by, note, t)),
    reviewed: true,
  }),
  tick: (body, names, t) => tickWords(body, names, t),
  evidence: ({ item, holds, detail }, names, t) =>
    holds
      ? { ...told(2, 'other', 'pass', t('Evidence for "{0}"', itemTitle(item, names)), detail), tone: 'good' }
      : told(2, 'other', 'circle-slash', t('No more evidence for "{0}"', itemTitle(item, names)), detail),
  tests: ({ suite }, _, t) =>
    suite.state === 'passing'
      ? { ...told(2, 'other', 'beaker', t('Tests of {0} pass', suite.name), suite.detail), tone: 'good' }
      : {
          ...told(2, 'other', 'beaker', t('Tests of {0} do not count as passing', suite.name), suite.detail),
          tone: 'bad',
        },
  escalated: (body, _, t) => escalatedWords(body, t),
  reviewed: ({ by, summary }, _, t) => told(2, 'decisions', 'checklist', t('Daily review'), byWords(by, summary, t)),
  approved: ({ by, reason, needed }, _, t) =>
    event('person', t('Advance approved'), `${byWords(by, reason, t)}; ${t('{0} people must approve it', needed)}`),
  'lease-taken': ({ holder, epoch }, _, t) =>
    told(1, 'decisions', 'server-process', t('Held by {0}', holder), t('epoch {0} of the lease', epoch)),
  'journal-replaced': ({ unpublished }, _, t) =>
    told(
      1,
      'decisions',
      'server-process',
      t('The journal of the team follows'),
      unpublished === 0 ? '' : t('{0} entries before it are known here alone', unpublished),
    ),
  daemon: ({ detail }, _, t) => told(1, 'sources', 'server-process', t('Daemon'), detail),
};

/** A command as a person reads it on a button. */
function commandWords(kind: CommandKind, t: Translate): string {
  return commands[kind](t);
}

const commands: Readonly<Record<CommandKind, (t: Translate) => string>> = {
  begin: (t) => t('Begin'),
  advance: (t) => t('Advance'),
  hold: (t) => t('Hold'),
  resume: (t) => t('Resume'),
  acknowledge: (t) => t('Acknowledge'),
  rejudge: (t) => t('Judge Anew'),
  restore: (t) => t('Put Back'),
  rollback: (t) => t('Roll Back'),
};

/** An entry as one sentence without a full stop: `Held: by ann: lunch`. */
export function journalSentence({ title, detail }: Pick<JournalWords, 'title' | 'detail'>): string {
  return detail === '' ? title : `${title}: ${detail}`;
}

/** `off` where a rollback leads to no stage. */
export function stageName(stages: JournalNames['stages'], index: number, t: Translate): string {
  const stage = stages[index];
  return stage === undefined ? t('off') : `${partTitle(stage)} (${percentText(stage.percent)})`;
}

/** By its title, for people; the journal itself has the id. */
function titleOfStage({ stages }: JournalNames, id: string): string {
  return partTitle(stages.find((stage) => stage.id === id) ?? { id });
}

/** The origin of a rollback is named where it is not the stage of its attempt. */
function rollbackTitle(
  names: JournalNames,
  index: number,
  from: Body<'rollback-started'>['from'],
  t: Translate,
): string {
  const to = stageName(names.stages, index, t);
  if (from === undefined || (from.stage === null && from.percent === 0)) return t('Rollback to {0}', to);
  return from.stage === null
    ? t('Rollback to {0} of an exposure without an attempt', to)
    : t('Rollback to {0} from {1}', to, titleOfStage(names, from.stage));
}

function told(
  rank: JournalWords['rank'],
  topic: JournalTopic,
  symbol: JournalSymbol,
  title: string,
  detail: string,
): JournalWords {
  return { title, detail, tone: null, symbol, topic, rank, reviewed: false };
}

/** A decision or its effect: first in a timeline, and part of a daily review. */
function event(symbol: JournalSymbol, title: string, detail: string): JournalWords {
  return { ...told(0, 'decisions', symbol, title, detail), reviewed: true };
}

function enteredDetail(body: Body<'stage-entered'>, t: Translate): string {
  const shown = body.accepted === undefined ? '' : observedWords(body.accepted, t);
  return [enteredBy(body, t), shown].filter((part) => part !== '').join('; ');
}

function observedWords({ share, percent }: ObservedShare, t: Translate): string {
  return t('{0} observed against {1} intended', shareText(share), percentText(percent));
}

function enteredBy(body: Body<'stage-entered'>, t: Translate): string {
  switch (body.cause) {
    case 'begin':
    case 'advance':
      return byWords(body.by, body.reason, t);
    case 'rejudge':
      return t('judged anew {0}', byWords(body.by, body.reason, t));
    case 'auto':
      return t('automatically, the gate was met');
    case 'override':
      return overrideDetail(body, t);
    case 'observed':
      return t('as the source says');
  }
}

/** An override stays visible for ever: who, why, and the conditions that were not met. */
function overrideDetail(
  { by, reason, unmet }: Pick<Body<'completed'>, 'by' | 'reason' | 'unmet'>,
  t: Translate,
): string {
  const told = t('OVERRIDE {0}', byWords(by, reason ?? t('no reason given'), t));
  return unmet.length === 0 ? told : `${told}. ${t('Not met: {0}', unmet.join('; '))}`;
}

function clockGapDetail({ from, to }: Body<'clock-gap'>, t: Translate): string {
  return to < from ? '' : t('this time does not count as soak');
}

function promiseDetail(took: number, promised: number, t: Translate): string {
  return t('took {0}, promised within {1}', tookText(took), formatDuration(promised));
}

function progressWords({ progress, detail, took, share }: Body<'effect-progressed'>, t: Translate): JournalWords {
  const { rank, symbol, title, tone } = progressFaces[progress](t, detail !== null);
  const after = took === null ? '' : t('{0} after the cause', tookText(took));
  const shown = share == null ? '' : observedWords(share, t);
  const why = [detail ?? '', shown, after].filter((part) => part !== '').join('; ');
  return { ...told(rank, 'other', symbol, title, why), tone };
}

type ProgressFace = Pick<JournalWords, 'rank' | 'symbol' | 'title' | 'tone'>;

const progressFaces: Readonly<
  Record<Exclude<EffectProgress, 'intended'>, (t: Translate, isTroubled: boolean) => ProgressFace>
> = {
  written: (t, isTroubled) => ({
    rank: isTroubled ? 1 : 3,
    symbol: 'edit',
    title: isTroubled ? t('Flag written, but read back differently') : t('Flag written'),
    tone: isTroubled ? 'caution' : null,
  }),
  verified: (t, isTroubled) =>
    isTroubled
      ? { rank: 0, symbol: 'warning', title: t('The traffic contradicts the flag'), tone: 'caution' }
      : { rank: 1, symbol: 'edit', title: t('Flag written and read back'), tone: null },
  'in-force': (t) => ({ rank: 1, symbol: 'pass', title: t('Flag in force, proven by the traffic'), tone: 'good' }),
  failed: (t) => ({ rank: 0, symbol: 'error', title: t('Flag could not be set'), tone: 'bad' }),
};

function tickWords(body: Body<'tick'>, names: JournalNames, t: Translate): JournalWords {
  const title = itemTitle(body.item, names);
  const by = byWords(body.by, body.note, t);
  switch (body.as) {
    case 'skip':
      return told(2, 'decisions', 'debug-step-over', t('Skipped "{0}"', title), by);
    case 'note':
      return told(2, 'decisions', 'note', t('Note on "{0}"', title), by);
    case undefined:
      return body.ticked
        ? told(2, 'decisions', 'check', t('Ticked "{0}"', title), by)
        : told(2, 'decisions', 'close', t('Unticked "{0}"', title), by);
  }
}

function escalatedWords({ answer, reference, by, reason }: Body<'escalated'>, t: Translate): JournalWords {
  const { exit, failure, stdout } = answer;
  const title = reference === null ? t('Escalated') : t('Escalated under {0}', reference);
  const answered =
    exit === 0
      ? stdout.split('\n')[0] || t('the command was carried out')
      : t('the command ended with {0}', exit ?? '');
  const why = [byWords(by, reason, t), failure ?? answered].join('; ');
  return { ...event('megaphone', title, why), tone: exit === 0 ? null : 'bad' };
}

/** The title of a checklist's item, or its id when the plan no longer has the item. */
function itemTitle(item: string, { checklists = [], deliverables }: JournalNames): string {
  const lists = deliverables === undefined ? checklists : [...checklists, deliverables];
  return lists.flatMap(({ items }) => items).find(({ id }) => id === item)?.title ?? item;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
