import { grouped } from '../../daemon/protocol/words/figureText.ts';
import type { ChecklistRow } from '../model/checklistCards.ts';
import { t } from '../translate.ts';
import { MarkText } from './Icon.tsx';
import { Bar } from './Meter.tsx';

export function Checklists(props: {
  readonly rows: readonly ChecklistRow[];
  /** Goes through what is due; `null` when nothing is, or nobody could answer. */
  readonly review: (() => void) | null;
}) {
  const { rows, review } = props;
  return (
    <section aria-labelledby="checklists">
      <div class="line">
        <h2 id="checklists">{t('Checklists')}</h2>
        {review !== null && (
          <button type="button" class="link" onClick={review}>
            {t('Daily review…')}
          </button>
        )}
      </div>
      {rows.length === 0 && <p class="quiet">{t('The plan has no checklists.')}</p>}
      <ul class="cards">
        {rows.map(({ key, title, done, total, skipped, next, mark, due }) => (
          <li key={key}>
            <div class="line">
              <span>{title}</span>
              <span class="number">
                {t('{0} of {1}', grouped(done), grouped(total))}
                {skipped > 0 && <span class="quiet"> · {t('{0} skipped', grouped(skipped))}</span>}
              </span>
            </div>
            <Bar value={total === 0 ? 0 : done / total} tone={done === total ? 'good' : 'quiet'} />
            {(mark !== null || due !== '') && (
              <p class="facts">
                {mark !== null && <MarkText mark={mark} />}
                {due !== '' && <span class="quiet number">{due}</span>}
              </p>
            )}
            <p class="quiet">{next}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
