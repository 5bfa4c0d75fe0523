import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type {
  CommandKind,
  EffectProgress,
  HoldCause,
  JournalEntry,
  JournalNote,
  RollbackCause,
  RolloutEvent,
} from '../../daemon/protocol/domain/rollout.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { firedText, percentText, settingText } from '../../daemon/protocol/words/figureText.ts';
import type { Translate } from '../vscodeApi.ts';
import type { RowIcon } from './row.ts';

/** What a reader may want to see alone. */
export type ActivityKind = 'decisions' | 'triggers' | 'sources' | 'other';

/** An entry of the journal in plain words. Both texts are untrusted where people or logs wrote into them. */
export interface ActivityText {
  readonly label: string;
  /** What stands behind the time; may be empty. */
  readonly detail: string;
  readonly icon: RowIcon;
  readonly kind: ActivityKind;
}

const good = 'testing.iconPassed';
const bad = 'list.errorForeground';
const warning = 'list.warningForeground';

/** The parts of a view that give an entry's numbers their names. */
export type Names = Pick<RolloutView, 'stages' | 'triggers' | 'checklists' | 'deliverables'>;

export function activityText({ body }: JournalEntry, names: Names, t: Translate): ActivityText {
  switch (body.kind) {
    case 'begun':
      return told(t('Attempt {0} begun', body.attempt), byText(body.by, null, t), 'play', 'decisions');
    case 'stage-entered':
      return told(
        t('Entered {0} at {1}', body.id, percentText(body.percent)),
        enteredText(body, t),
        'arrow-right',
        'decisions',
      );
    case 'gate-ready':
      return told(t('Gate met'), t('ready to advance'), 'arrow-circle-right', 'other', good);
    case 'gate-lost':
      return told(t('Gate no longer met'), body.conditions.join('; '), 'circle-slash', 'other', warning);
    case 'held':
      return told(t('Held'), holdText(body.cause, t), 'debug-pause', 'decisions', warning);
    case 'resumed':
      return told(t('Resumed'), byText(body.by, null, t), 'debug-continue', 'decisions');
    case 'clock-gap':
      return body.to < body.from
        ? told(
            t('The clock was set back by {0}', formatDuration(body.from - body.to)),
            body.setAside === undefined ? '' : t('{0} records dated later count no more', String(body.setAside)),
            'history',
            'sources',
          )
        : told(t('The clock stood still for {0}', formatDuration(body.to - body.from)), '', 'history', 'sources');
    case 'data-fresh':
      return told(t('New data has arrived'), t('an advance is possible again'), 'pulse', 'sources');
    case 'review-opened':
      return told(
        t('Review needed'),
        body.firings.map((each) => firedText(each, names.triggers)).join('; '),
        'warning',
        'triggers',
        warning,
      );
    case 'acknowledged':
      return told(
        t('Acknowledged {0}', body.triggers.join(', ')),
        byText(body.by, body.reason, t),
        'check',
        'decisions',
      );
    case 'rollback-started':
      return told(
        t('Rollback to {0}', names.stages[body.to]?.id ?? t('off')),
        causeText(body.cause, names, t),
        'discard',
        body.cause.kind === 'trigger' ? 'triggers' : 'decisions',
        warning,
      );
    case 'effect-intended':
      return told(t('Flag to be set to {0}', settingText(body.effect.percent)), body.effect.stage, 'edit', 'other');
    case 'effect-progressed':
      return progressText(body, t);
    case 'flag-drifted':
      return told(t('Flag overwritten'), body.detail, 'warning', 'other', bad);
    case 'flag-restored':
      return told(t('Flag as it was set again'), t('what was counted meanwhile meets no gate'), 'edit', 'other');
    case 'promise-broken':
      return told(
        t('{0} took longer than promised', body.trigger),
        t('{0}, promised {1}', formatDuration(body.took), formatDuration(body.promised)),
        'warning',
        'triggers',
        bad,
      );
    case 'rolled-back':
      return told(t('Rolled back'), '', 'discard', 'decisions', warning);
    case 'rollback-failed':
      return told(t('Rollback FAILED'), body.detail, 'error', 'triggers', bad);
    case 'completed':
      return told(t('Completed'), byText(body.by, body.reason, t), 'pass-filled', 'decisions', good);
    case 'plan-changed':
      return told(t('Plan changed'), t('now at {0}', names.stages[body.stage]?.id ?? ''), 'file', 'decisions');
    case 'command':
      return commandText(body, t);
    case 'firing':
      return told(t('{0} fired', body.firing.trigger), firedText(body.firing, names.triggers), 'bell', 'triggers', bad);
    case 'lines':
      return told(t('Lines behind {0}', body.trigger), body.lines.at(-1)?.text ?? '', 'output', 'triggers');
    case 'measured': {
      const met = body.gate.filter(({ verdict }) => verdict === 'met').length;
      return told(t('Measured {0}', body.stage), t('{0} of {1} met', met, body.gate.length), 'graph', 'other');
    }
    case 'source':
      return told(body.file ?? body.glob, body.detail, 'database', 'sources');
    case 'signal':
      return told(t('Signal {0}', body.name), byText(body.by, body.note, t), 'megaphone', 'sources');
    case 'tick':
      return tickText(body, names, t);
    case 'evidence':
      return body.holds
        ? told(t('Evidence for "{0}"', titleOf(body.item, names)), body.detail, 'pass', 'other', good)
        : told(t('No more evidence for "{0}"', titleOf(body.item, names)), body.detail, 'circle-slash', 'other');
    case 'tests': {
      const { name, state, detail } = body.suite;
      return state === 'passing'
        ? told(t('Tests of {0} pass', name), detail, 'beaker', 'other', good)
        : told(t('Tests of {0} do not count as passing', name), detail, 'beaker', 'other', bad);
    }
    case 'escalated': {
      const { exit, failure } = body.answer;
      const told = failure ?? (exit === 0 ? t('the command was done') : t('the command ended with {0}', exit ?? ''));
      return {
        label: body.reference === null ? t('Escalated') : t('Escalated under {0}', body.reference),
        detail: byText(body.by, told, t),
        icon: { id: 'megaphone', color: exit === 0 ? undefined : bad },
        kind: 'decisions',
      };
    }
    case 'reviewed':
      return told(t('Daily review'), byText(body.by, body.summary, t), 'checklist', 'decisions');
    case 'daemon':
      return told(t('Daemon'), body.detail, 'server-process', 'sources');
    default:
      return unknownText(body);
  }
}

/** A newer daemon may keep more than this editor knows. */
function unknownText(body: never): ActivityText {
  return told(String((body as { kind: unknown }).kind), '', 'circle-small', 'other');
}

function told(label: string, detail: string, icon: string, kind: ActivityKind, color?: string): ActivityText {
  return { label, detail, icon: { id: icon, color }, kind };
}

function byText(by: string, reason: string | null, t: Translate): string {
  return reason === null || reason === '' ? t('by {0}', by) : t('by {0}: {1}', by, reason);
}

function enteredText(body: Extract<RolloutEvent, { kind: 'stage-entered' }>, t: Translate): string {
  switch (body.cause) {
    case 'begin':
    case 'advance':
      return byText(body.by, body.reason, t);
    case 'auto':
      return t('by itself, the gate was met');
    case 'override': {
      const unmet = body.unmet.length === 0 ? '' : ` (${body.unmet.join('; ')})`;
      return `${t('past an unmet gate')}${unmet} ${byText(body.by, body.reason, t)}`;
    }
    case 'observed':
      return t('as the source says');
  }
}

function holdText(cause: HoldCause, t: Translate): string {
  switch (cause.kind) {
    case 'person':
      return byText(cause.by, cause.reason, t);
    case 'clock-gap':
      return t('the clock stood still for {0}', formatDuration(cause.length));
    case 'fault':
      return cause.detail;
  }
}

function causeText(cause: RollbackCause, names: Names, t: Translate): string {
  return cause.kind === 'person' ? byText(cause.by, cause.reason, t) : firedText(cause.firing, names.triggers);
}

function progressText(body: Extract<RolloutEvent, { kind: 'effect-progressed' }>, t: Translate): ActivityText {
  const took = body.took === null ? '' : t('after {0}', formatDuration(body.took));
  const detail = [body.detail ?? '', took].filter((part) => part !== '').join(' · ');
  return told(progressLabel(body.progress, t), detail, ...progressFace(body.progress));
}

function progressLabel(progress: Exclude<EffectProgress, 'intended'>, t: Translate): string {
  switch (progress) {
    case 'written':
      return t('Flag written');
    case 'verified':
      return t('Flag read back as written');
    case 'in-force':
      return t('Flag in force');
    case 'failed':
      return t('Flag could not be set');
  }
}

function progressFace(
  progress: Exclude<EffectProgress, 'intended'>,
): [icon: string, kind: ActivityKind, color?: string] {
  if (progress === 'failed') return ['error', 'other', bad];
  return progress === 'in-force' ? ['pass', 'other', good] : ['edit', 'other'];
}

function commandText(body: Extract<JournalNote, { kind: 'command' }>, t: Translate): ActivityText {
  const asked = commandName(body.command.kind, t);
  return body.outcome.kind === 'done'
    ? told(t('{0} asked for by {1}', asked, body.by), body.outcome.message, 'person', 'decisions')
    : told(t('{0} refused to {1}', asked, body.by), body.outcome.message, 'circle-slash', 'decisions');
}

function commandName(kind: CommandKind, t: Translate): string {
  switch (kind) {
    case 'begin':
      return t('Begin');
    case 'advance':
      return t('Advance');
    case 'hold':
      return t('Hold');
    case 'resume':
      return t('Resume');
    case 'acknowledge':
      return t('Acknowledge');
    case 'rollback':
      return t('Roll Back');
  }
}

function tickText(body: Extract<JournalNote, { kind: 'tick' }>, names: Names, t: Translate): ActivityText {
  const title = titleOf(body.item, names);
  const by = byText(body.by, body.note, t);
  switch (body.as) {
    case 'skip':
      return told(t('Skipped "{0}"', title), by, 'debug-step-over', 'decisions');
    case 'note':
      return told(t('Note on "{0}"', title), by, 'note', 'decisions');
    case undefined:
      return body.ticked
        ? told(t('Ticked "{0}"', title), by, 'check', 'decisions')
        : told(t('Unticked "{0}"', title), by, 'close', 'decisions');
  }
}

function titleOf(item: string, { checklists, deliverables }: Names): string {
  const lists = deliverables === undefined ? checklists : [...checklists, deliverables];
  return lists.flatMap(({ items }) => items).find(({ id }) => id === item)?.title ?? item;
}
