import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { StandingView } from '../../daemon/protocol/wire/view.ts';
import type { RowIcon } from './row.ts';

/** Red for an exposure without an attempt, whatever the phase. */
export function standingIcon({ phase, exposure }: Pick<StandingView, 'phase' | 'exposure'>): RowIcon {
  return exposure === undefined ? phaseIcon(phase) : { id: 'error', color: 'list.errorForeground' };
}

function phaseIcon(phase: Phase): RowIcon {
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
      return { id: 'loading~spin', color: 'testing.iconFailed' };
    case 'rolled-back':
      return { id: 'discard', color: 'testing.iconFailed' };
    case 'rollback-failed':
      return { id: 'error', color: 'list.errorForeground' };
    case 'completed':
      return { id: 'pass-filled', color: 'testing.iconPassed' };
  }
}
