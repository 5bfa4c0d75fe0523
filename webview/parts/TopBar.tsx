import type { PageMessage, RolloutEntry, RolloutName } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { actionButtons } from '../model/actionButtons.ts';
import { t } from '../translate.ts';
import { Icon, MarkText } from './Icon.tsx';

/** Stays in sight while the page scrolls: which rollout this is, and the three things that can be done about it. */
export function TopBar(props: {
  readonly view: RolloutView;
  readonly name: RolloutName;
  readonly rollouts: readonly RolloutEntry[];
  readonly live: boolean;
  readonly send: (message: PageMessage) => void;
  readonly choose: (name: RolloutName) => void;
}) {
  const { view, name, rollouts, live, send, choose } = props;
  return (
    <header class="top">
      <div class="title">
        {rollouts.length > 1 ? (
          <RolloutChoice name={name} rollouts={rollouts} choose={choose} />
        ) : (
          <h1 dir="auto">{plainText(view.plan.name, 120)}</h1>
        )}
        <span class={live ? 'phase' : 'phase old'}>
          <MarkText mark={standingFace(view.standing, t)} />
          {view.standing.attempt > 1 && <span class="quiet">{t('attempt {0}', view.standing.attempt)}</span>}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's fields, these are buttons */}
      <div class="actions" role="group" aria-label={t('Actions')}>
        {actionButtons(view, live).map(({ slot, kind, label, description, enabled, primary }) => (
          <button
            key={slot}
            type="button"
            class={primary ? 'primary' : 'secondary'}
            aria-disabled={!enabled}
            aria-describedby={`about-${slot}`}
            title={description}
            onClick={() => {
              if (enabled) send({ type: 'command', rollout: name, kind });
            }}
          >
            {slot === 'back' && <Icon symbol="back" tone={primary ? 'active' : 'quiet'} />}
            {label}
            <span hidden id={`about-${slot}`}>
              {description}
            </span>
          </button>
        ))}
      </div>
    </header>
  );
}

function RolloutChoice(props: {
  readonly name: RolloutName;
  readonly rollouts: readonly RolloutEntry[];
  readonly choose: (name: RolloutName) => void;
}) {
  const { name, rollouts, choose } = props;
  const shown = rollouts.findIndex(({ folder, rollout }) => folder === name.folder && rollout === name.rollout);
  return (
    <h1 dir="auto">
      <select
        aria-label={t('Rollout')}
        value={String(shown)}
        onChange={({ currentTarget }) => {
          const entry = rollouts[Number(currentTarget.value)];
          if (entry !== undefined) choose({ folder: entry.folder, rollout: entry.rollout });
        }}
      >
        {rollouts.map((entry, index) => (
          <option key={`${entry.folder} ${entry.rollout}`} value={String(index)}>
            {`${plainText(entry.name, 80)} · ${plainText(entry.summary, 60)}`}
          </option>
        ))}
      </select>
    </h1>
  );
}
