import { decidingFirings } from '../../daemon/protocol/domain/rolloutPhase.ts';
import { shownText } from '../../daemon/protocol/secrets/redactRecord.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { driftText } from '../../daemon/protocol/words/driftText.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { CommandName } from '../commandNames.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import { wantText } from '../views/credentialRows.ts';
import { messageText } from '../views/escapedText.ts';
import { rolloutSubject } from '../views/rolloutGroups.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { Subject, WhyAbout } from '../views/row.ts';
import type { Translate } from '../vscodeApi.ts';
import { type Notice, type NoticeKind, noticeKinds } from './noticesFor.ts';

export interface NoticeAbout {
  readonly notice: Notice;
  readonly shown: RolloutStanding;
}

/** One message with its buttons. */
export interface NoticeMessage {
  readonly tone: 'error' | 'warning' | 'information';
  readonly text: string;
  readonly buttons: readonly NoticeButton[];
}

export interface NoticeButton {
  readonly label: string;
  readonly command: CommandName;
  readonly subject: Subject | null;
}

/**
 * One message for all simultaneous news: the most urgent decides its tone and its button. `null`: there is none. `all`:
 * the rollouts to tell it apart from.
 */
export function noticeMessage(
  notices: readonly NoticeAbout[],
  all: readonly RolloutStanding[],
  now: number,
  t: Translate,
): NoticeMessage | null {
  const sorted = notices.toSorted(
    (one, other) => noticeKinds.indexOf(one.notice.kind) - noticeKinds.indexOf(other.notice.kind),
  );
  const [first, ...others] = sorted;
  if (first === undefined) return null;
  const { rollout } = first.shown;
  const nameOf = (shown: RolloutStanding) => isolatedText(messageText(rolloutName(shown, all), 120));
  const tone = toneOf(first.notice.kind);
  if (others.length === 0) {
    const { about, credential } = first.notice;
    const drift = first.notice.kind === 'drifted' ? driftText(rollout, t) : null;
    const told = messageText(drift ?? sentence(rollout, now));
    const name = nameOf(first.shown);
    if (credential !== undefined)
      return { tone, text: t('{0}: {1}.', name, messageText(wantText(credential, t))), buttons: buttonsOf(first, t) };
    const subject = about === undefined ? '' : messageText(shownText(about), 120);
    const text =
      about === undefined
        ? t('{0}: {1}', name, told)
        : first.notice.kind === 'unapproved'
          ? t('{0}: nothing is read of {1}, because nobody has approved it on this machine.', name, subject)
          : t('{0}: {1} is silent. {2}', name, subject, told);
    return { tone, text, buttons: buttonsOf(first, t) };
  }
  const parts = sorted.map(({ notice, shown }) => t('{0}: {1}', nameOf(shown), kindText(notice.kind, t)));
  const [useful] = buttonsOf(first, t);
  return {
    tone,
    text: [...new Set(parts)].join('; '),
    buttons: [
      ...(useful === undefined ? [] : [useful]),
      { label: t('Show Status'), command: 'rampwatch.showStatus', subject: null },
    ],
  };
}

function toneOf(kind: NoticeKind): NoticeMessage['tone'] {
  switch (kind) {
    case 'rollbackFailed':
    case 'exposed':
    case 'drifted':
      return 'error';
    case 'rollback':
    case 'reviewNeeded':
    case 'heldByTrigger':
    case 'credential':
    case 'unapproved':
    case 'sourceSilent':
      return 'warning';
    case 'rollbackDone':
    case 'gateReady':
      return 'information';
  }
}

function kindText(kind: NoticeKind, t: Translate): string {
  switch (kind) {
    case 'rollbackFailed':
      return t('the rollback FAILED');
    case 'exposed':
      return t('exposed without an attempt');
    case 'drifted':
      return t('set by somebody else');
    case 'rollback':
      return t('rolled back');
    case 'reviewNeeded':
      return t('review needed');
    case 'heldByTrigger':
      return t('held by a trigger');
    case 'credential':
      return t('a credential is missing or not accepted');
    case 'unapproved':
      return t('a source waits for an approval');
    case 'sourceSilent':
      return t('a source is silent');
    case 'rollbackDone':
      return t('rolled back after all');
    case 'gateReady':
      return t('ready to advance');
  }
}

function buttonsOf({ notice, shown }: NoticeAbout, t: Translate): readonly NoticeButton[] {
  const subject = rolloutSubject(shown);
  const why = whyOf(shown.rollout);
  const showWhy: readonly NoticeButton[] =
    why === null ? [] : [{ label: t('Show Why'), command: 'rampwatch.showWhy', subject: { ...subject, why } }];
  const rollBack: NoticeButton = { label: t('Roll Back'), command: 'rampwatch.rollBack', subject };
  switch (notice.kind) {
    case 'rollbackFailed':
      return [...storeOf(shown, t), ...showWhy, { label: t('Show Log'), command: 'rampwatch.showLog', subject }];
    case 'exposed':
      return [rollBack, { label: t('Adopt'), command: 'rampwatch.adopt', subject }];
    case 'drifted': {
      const back = { command: 'rampwatch.restoreFlag', subject } as const;
      const mayRestore = shown.rollout.standing.may.includes('restore');
      return [...(mayRestore ? [{ label: restoreLabel(shown.rollout, t), ...back }] : []), rollBack];
    }
    case 'rollback':
    case 'rollbackDone':
      return showWhy;
    case 'reviewNeeded':
      return [
        { label: t('Acknowledge'), command: 'rampwatch.acknowledge', subject },
        ...(shown.rollout.standing.may.includes('rollback') ? [rollBack] : []),
        ...showWhy,
      ];
    case 'heldByTrigger':
      return [
        ...showWhy,
        { label: t('Resume'), command: 'rampwatch.resume', subject },
        ...(shown.rollout.standing.may.includes('rollback') ? [rollBack] : []),
      ];
    case 'credential':
      return storeOf(shown, t, notice.credential);
    case 'unapproved':
      return [{ label: t('Approve…'), command: 'rampwatch.approveOutside', subject }];
    case 'sourceSilent':
      return [...storeOf(shown, t), { label: t('Show Log'), command: 'rampwatch.showLog', subject }];
    case 'gateReady':
      return [{ label: advanceLabel(shown.rollout, t), command: 'rampwatch.advance', subject }];
  }
}

/** What cannot be reached for want of a credential can be once it is given. */
function storeOf(
  shown: RolloutStanding,
  t: Translate,
  wanted = shown.rollout.credentials?.[0],
): readonly NoticeButton[] {
  if (wanted === undefined) return [];
  const subject = { ...rolloutSubject(shown), credential: wanted.place };
  return [{ label: t('Store Credential…'), command: 'rampwatch.storeCredential', subject }];
}

/** `Put 5 % Back`. */
function restoreLabel({ flag, standing }: RolloutView, t: Translate): string {
  return t('Put {0} Back', percentText(flag?.drift?.wanted ?? standing.percent));
}

/** Says where to, as it stands when the notice is shown; the command asks again. */
function advanceLabel({ standing }: RolloutView, t: Translate): string {
  const effect = standing.effects?.advance;
  return effect === undefined ? t('Advance') : t('Advance to {0}', percentText(effect.percent));
}

function whyOf({ standing }: RolloutView): WhyAbout | null {
  const { phase } = standing;
  switch (phase.kind) {
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return { kind: 'rollback' };
    case 'review':
    case 'held': {
      const [firing] = decidingFirings(phase);
      return firing === undefined ? null : { kind: 'firing', firing };
    }
    default:
      return null;
  }
}
