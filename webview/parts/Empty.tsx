import type { Emptiness, PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { PlanProblem } from '../../daemon/protocol/wire/view.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';

type Help = Extract<PageMessage, { type: 'help' }>['with'];

/** The page with nothing to show: why, and the one thing to do about it. */
export function Empty(props: {
  readonly empty: Emptiness;
  readonly problems: readonly PlanProblem[];
  /** Why the daemon could not be started. */
  readonly cause: string | null;
  readonly send: (message: PageMessage) => void;
}) {
  const { empty, problems, cause, send } = props;
  const { title, text, help } = textsOf(empty);
  return (
    <div class="empty" role="status">
      <h1>{title}</h1>
      <p>{text}</p>
      {problems.map(({ file, message }) => (
        <p key={file} class="path">
          {plainText(message)}{' '}
          <button type="button" class="link" onClick={() => send({ type: 'open-faulty-plan', file })}>
            {t('Open Plan')}
          </button>
        </p>
      ))}
      {empty === 'daemon-stopped' && cause !== null && <p class="path">{plainText(cause)}</p>}
      {help !== null && (
        <button type="button" class="primary" onClick={() => send({ type: 'help', with: help.with })}>
          {help.label}
        </button>
      )}
    </div>
  );
}

function textsOf(empty: Emptiness): {
  readonly title: string;
  readonly text: string;
  readonly help: { readonly label: string; readonly with: Help } | null;
} {
  switch (empty) {
    case 'looking':
      return { title: t('Looking for a rollout…'), text: t('The daemon reads the plan and its sources.'), help: null };
    case 'no-plan':
      return {
        title: t('No rollout here'),
        text: t('A rollout is described by a file rampwatch.yaml in this workspace: stages, gates, triggers.'),
        help: { label: t('Create Plan'), with: 'create-plan' },
      };
    case 'untrusted':
      return {
        title: t('This workspace is not trusted'),
        text: t('Rampwatch reads files and sets a flag here only in a workspace that you trust.'),
        help: { label: t('Manage Trust'), with: 'manage-trust' },
      };
    case 'unusable-plan':
      return {
        title: t('The plan cannot be used'),
        text: t('Nothing is watched until it can be read:'),
        help: null,
      };
    case 'daemon-stopped':
      return {
        title: t('The daemon is not running'),
        text: t('Nothing is watched and nothing rolls back by itself.'),
        help: { label: t('Start Daemon'), with: 'start-daemon' },
      };
  }
}
