import type { FlagCard } from '../model/flagCard.ts';
import { t } from '../translate.ts';
import { Icon, MarkText } from './Icon.tsx';

export function Flag({ card }: { readonly card: FlagCard | null }) {
  return (
    <section aria-labelledby="flag">
      <h2 id="flag">{t('Flag')}</h2>
      {card === null ? (
        <p class="quiet">{t('The plan names no flag: set the percentage yourself.')}</p>
      ) : (
        <>
          <div class="line">
            <span>{card.wanted}</span>
            {card.mark !== null && <MarkText mark={card.mark} />}
          </div>
          {card.steps.length > 0 && (
            <ol class="steps" aria-label={t('From decision to effect')}>
              {card.steps.map(({ name, state }) => (
                <li key={name} class={state} {...(state === 'now' && { 'aria-current': 'step' as const })}>
                  {name}
                </li>
              ))}
            </ol>
          )}
          {card.trouble !== null && (
            <p class="trouble">
              <Icon symbol="warning" tone="caution" />
              {card.trouble}
            </p>
          )}
          {card.proof !== '' && <p class="quiet">{card.proof}</p>}
          <p class="path">{card.target}</p>
          <dl class="values">
            {card.values.map(({ key, value, missing }) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd class={missing ? 'quiet' : ''}>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}
