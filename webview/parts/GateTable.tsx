import type { GateRow } from '../model/gateTable.ts';
import { t } from '../translate.ts';
import { MarkText } from './Icon.tsx';
import { PlanLink } from './PlanLink.tsx';

export function GateTable(props: {
  readonly rows: readonly GateRow[];
  /** `Gate of ten (10 %)`. */
  readonly title: string;
  /** The way back to the stage that the rollout is in; `null` when that one is shown. */
  readonly follow: (() => void) | null;
  readonly openLine: (part: string) => void;
  readonly why: (condition: string) => void;
}) {
  const { rows, title, follow, openLine, why } = props;
  return (
    <section class="gate" aria-labelledby="gate">
      <div class="head">
        <h2 id="gate">{title}</h2>
        {follow !== null && (
          <button type="button" class="link" onClick={follow}>
            {t('Show the current stage')}
          </button>
        )}
      </div>
      {rows.length === 0 ? (
        <p class="quiet">{t('This stage needs only its soak.')}</p>
      ) : (
        <table aria-labelledby="gate">
          <thead>
            <tr>
              <th scope="col">{t('Condition')}</th>
              <th scope="col" class="number">
                {t('Figure')}
              </th>
              <th scope="col" class="number">
                {t('Sample')}
              </th>
              <th scope="col">{t('Verdict')}</th>
              <th scope="col">{t('Evidence')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key} class={row.mark === null ? 'ahead' : ''}>
                <th scope="row">
                  <PlanLink part={row.planPart} openLine={openLine}>
                    {row.condition}
                  </PlanLink>
                </th>
                <td class="number figure">
                  {row.figure}
                  {row.detail !== '' && <span class="detail">{row.detail}</span>}
                </td>
                <td class={row.sample === '' ? 'number none' : 'number sample'}>{row.sample || '–'}</td>
                <td class="verdict">
                  <span class="how">
                    {row.mark === null ? (
                      <span class="quiet">{t('not judged yet')}</span>
                    ) : (
                      <MarkText mark={row.mark} />
                    )}
                    {row.mark !== null && row.mark.tone !== 'good' && (
                      <button
                        type="button"
                        class="link"
                        aria-label={t('Show why: {0}', row.condition)}
                        onClick={() => why(row.written)}
                      >
                        {t('Why')}
                      </button>
                    )}
                  </span>
                  {row.reason !== '' && <span class="detail">{row.reason}</span>}
                  {row.explained !== '' && <span class="detail">{row.explained}</span>}
                </td>
                <td class={row.evidence === '' ? 'label none' : 'label'}>{row.evidence || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
