import type { HoldCause, Phase, RollbackCause } from '../../daemon/protocol/domain/rollout.ts';
import type { StandingView } from '../../daemon/protocol/wire/view.ts';
import type { Translate } from '../vscodeApi.ts';
import type { RowIcon } from './row.ts';
import { calmDuration } from './verdictText.ts';

/** The phase in two or three words. */
export function phaseText(phase: Phase, t: Translate): string {
  switch (phase.kind) {
    case 'planned':
      return t('not begun');
    case 'soaking':
      return t('soaking');
    case 'ready':
      return t('ready to advance');
    case 'held':
      return t('held');
    case 'review':
      return t('review needed');
    case 'rolling-back':
      return t('rolling back');
    case 'rolled-back':
      return t('rolled back');
    case 'rollback-failed':
      return t('rollback failed');
    case 'completed':
      return t('completed');
  }
}

/** Why the rollout is in this phase, where a cause is known; from people and logs, so untrusted text. */
export function phaseCause(phase: Phase, t: Translate): string | null {
  switch (phase.kind) {
    case 'held':
      return holdText(phase.cause, t);
    case 'review':
      return phase.firings.map((firing) => `${firing.trigger}: ${firing.condition}`).join('; ');
    case 'rolling-back':
    case 'rolled-back':
      return rollbackText(phase.cause, t);
    case 'rollback-failed':
      return phase.detail;
    case 'planned':
    case 'soaking':
    case 'ready':
    case 'completed':
      return null;
  }
}

function holdText(cause: HoldCause, t: Translate): string {
  switch (cause.kind) {
    case 'person':
      return cause.reason === null ? t('by {0}', cause.by) : t('by {0}: {1}', cause.by, cause.reason);
    case 'clock-gap':
      return t('the clock stood still for {0}', calmDuration(cause.length));
    case 'fault':
      return cause.detail;
  }
}

function rollbackText(cause: RollbackCause, t: Translate): string {
  switch (cause.kind) {
    case 'trigger':
      return t('trigger {0}: {1}', cause.firing.trigger, cause.firing.condition);
    case 'person':
      return cause.reason === null ? t('by {0}', cause.by) : t('by {0}: {1}', cause.by, cause.reason);
  }
}

export function phaseIcon(phase: Phase): RowIcon {
  switch (phase.kind) {
    case 'planned':
      return { id: 'circle-outline' };
    case 'soaking':
      return { id: 'play-circle', color: 'charts.blue' };
    case 'ready':
      return { id: 'arrow-circle-right', color: 'testing.iconPassed' };
    case 'held':
      return { id: 'debug-pause', color: 'list.warningForeground' };
    case 'review':
      return { id: 'warning', color: 'list.warningForeground' };
    case 'rolling-back':
      return { id: 'loading~spin', color: 'list.warningForeground' };
    case 'rolled-back':
      return { id: 'discard', color: 'list.warningForeground' };
    case 'rollback-failed':
      return { id: 'error', color: 'list.errorForeground' };
    case 'completed':
      return { id: 'pass-filled', color: 'testing.iconPassed' };
  }
}

/** Milliseconds of soak still to come, by this machine's clock. */
export function soakLeft({ soak }: StandingView, now: number): number {
  const counted = soak.countingSince === null ? 0 : Math.max(0, now - soak.countingSince);
  return Math.max(0, soak.required - soak.soaked - counted);
}
