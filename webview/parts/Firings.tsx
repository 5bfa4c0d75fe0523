import type { FilePlace } from '../../daemon/protocol/domain/place.ts';
import type { FiringCard } from '../model/firingCards.ts';
import { t } from '../translate.ts';
import { Icon } from './Icon.tsx';

/** Three say why; the others are folded. */
const mostShown = 3;

interface FiringProps {
  readonly cards: readonly FiringCard[];
  readonly open: (place: FilePlace) => void;
  readonly why: (trigger: string) => void;
}

/** The firings, with the records they rest on: the first question after a rollback. */
export function Firings({ cards, open, why }: FiringProps) {
  if (cards.length === 0) return null;
  const shown = cards.length <= mostShown + 1 ? cards.length : mostShown;
  const [first, others] = [cards.slice(0, shown), cards.slice(shown)];
  return (
    <section aria-labelledby="fired">
      <h2 id="fired">{t('Firings')}</h2>
      <FiringList cards={first} open={open} why={why} />
      {others.length > 0 && (
        <details class="more-firings">
          <summary>{t('and {0} more', others.length)}</summary>
          <FiringList cards={others} open={open} why={why} />
        </details>
      )}
    </section>
  );
}

function FiringList({ cards, open, why }: FiringProps) {
  return (
    <ul class="firings">
      {cards.map((card) => (
        <li key={card.key}>
          <p class="firing">
            <Icon symbol="fail" tone="bad" />
            <span>
              <strong>{card.name}</strong> {card.text}
              {card.text === '' && <span class="quiet">{card.window}</span>}
            </span>
          </p>
          {card.text !== '' && <p class="quiet">{card.window}</p>}
          {card.explained.length > 0 && (
            <ul class="explained" aria-label={t('What explains the failures')}>
              {card.explained.map(({ text, isNew }) => (
                <li key={text} class={isNew ? 'new' : undefined}>
                  {text}
                </li>
              ))}
            </ul>
          )}
          <p class="evidence">
            {card.evidence.length > 0 && <span class="quiet">{t('Records:')}</span>}
            {card.evidence.map(({ text, place }) =>
              place === null ? (
                <span key={text}>{text}</span>
              ) : (
                <button key={text} type="button" class="link" onClick={() => open(place)}>
                  {text}
                </button>
              ),
            )}
            {card.more > 0 && <span class="quiet">{t('and {0} more', card.more)}</span>}
            <button
              type="button"
              class="link"
              aria-label={t('Show why {0} fired', card.name)}
              onClick={() => why(card.trigger)}
            >
              {t('Show Why')}
            </button>
          </p>
        </li>
      ))}
    </ul>
  );
}
