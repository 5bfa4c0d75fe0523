import { formatDuration } from '../domain/duration.ts';
import type { HoldCause, Phase, PhaseKind, RollbackCause } from '../domain/rolloutPhase.ts';
import type { TriggerStatus } from '../domain/verdict.ts';
import type { StandingView } from '../wire/view.ts';
import type { FactWords, Translate } from './factWords.ts';
import { firedText, firedTexts } from './figureText.ts';
import { triggerTitle } from './partTitle.ts';

/** The phase of a rollout, in two or three words; `sentence` adds the cause, where it is known. */
export function phaseWords(phase: Phase, triggers: readonly TriggerStatus[], t: Translate): FactWords {
  const { word, tone, symbol } = phaseFace(phase.kind, t);
  const cause = phaseCause(phase, triggers, t);
  return { word, short: word, sentence: cause === null ? word : `${word}: ${cause}`, tone, symbol };
}

/** The face of a phase without its cause. */
export function phaseFace(kind: PhaseKind, t: Translate): Pick<FactWords, 'word' | 'tone' | 'symbol'> {
  return faces[kind](t);
}

/** The face of a rollout as it stands: an exposure without an attempt comes before the phase, which says nothing of it. */
export function standingFace(
  { phase, exposure }: Pick<StandingView, 'phase' | 'exposure'>,
  t: Translate,
): Pick<FactWords, 'word' | 'tone' | 'symbol'> {
  if (exposure === undefined) return phaseFace(phase.kind, t);
  return { word: t('exposed without an attempt'), tone: 'bad', symbol: 'warning' };
}

const faces: Readonly<Record<PhaseKind, (t: Translate) => Pick<FactWords, 'word' | 'tone' | 'symbol'>>> = {
  planned: (t) => ({ word: t('not begun'), tone: 'quiet', symbol: 'ring' }),
  soaking: (t) => ({ word: t('soaking'), tone: 'active', symbol: 'dot' }),
  ready: (t) => ({ word: t('ready to advance'), tone: 'good', symbol: 'pass' }),
  held: (t) => ({ word: t('held'), tone: 'caution', symbol: 'pause' }),
  review: (t) => ({ word: t('review needed'), tone: 'caution', symbol: 'eye' }),
  'rolling-back': (t) => ({ word: t('rolling back'), tone: 'bad', symbol: 'back' }),
  'rolled-back': (t) => ({ word: t('rolled back'), tone: 'bad', symbol: 'back' }),
  'rollback-failed': (t) => ({ word: t('rollback failed'), tone: 'bad', symbol: 'warning' }),
  completed: (t) => ({ word: t('completed'), tone: 'good', symbol: 'pass' }),
};

/** The cause of the phase, where it is known; untrusted where people or logs wrote it. */
function phaseCause(phase: Phase, triggers: readonly TriggerStatus[], t: Translate): string | null {
  switch (phase.kind) {
    case 'held':
      return holdCause(phase.cause, triggers, t);
    case 'review':
      return firedTexts(phase.firings, triggers, t);
    case 'rolling-back':
    case 'rolled-back':
      return rollbackCause(phase.cause, triggers, t);
    case 'rollback-failed':
      return phase.detail;
    case 'planned':
    case 'soaking':
    case 'ready':
    case 'completed':
      return null;
  }
}

/** The cause of a hold: `by ann: lunch`, or the figures at which triggers fired. */
export function holdCause(cause: HoldCause, triggers: readonly TriggerStatus[], t: Translate): string {
  switch (cause.kind) {
    case 'person':
      return byWords(cause.by, cause.reason, t);
    case 'trigger': {
      const fired = firedTexts(cause.firings, triggers, t);
      return cause.beside === undefined ? fired : `${fired}; ${holdCause(cause.beside, triggers, t)}`;
    }
    case 'clock-gap':
      return t('the clock stopped for {0}', formatDuration(cause.length));
    case 'fault':
      return cause.detail;
  }
}

/** The cause of a rollback: the person, or the figure at which a trigger fired. */
export function rollbackCause(cause: RollbackCause, triggers: readonly TriggerStatus[], t: Translate): string {
  switch (cause.kind) {
    case 'person':
      return byWords(cause.by, cause.reason, t);
    case 'trigger':
      return t('trigger {0}: {1}', triggerTitle({ triggers }, cause.firing.trigger), firedText(cause.firing, triggers));
  }
}

/** `by ann`, `by ann: lunch`. */
export function byWords(by: string, reason: string | null, t: Translate): string {
  return reason === null || reason === '' ? t('by {0}', by) : t('by {0}: {1}', by, reason);
}
