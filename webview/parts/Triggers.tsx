import type { TriggerRow } from '../model/triggerTable.ts';
import { t } from '../translate.ts';
import { MarkText } from './Icon.tsx';
import { Meter } from './Meter.tsx';
import { PlanLink } from './PlanLink.tsx';

export function Triggers(props: {
  readonly rows: readonly TriggerRow[];
  readonly idle: string;
  readonly openLine: (part: string) => void;
  readonly why: (trigger: string) => void;
}) {
  const { rows, idle, openLine, why } = props;
  return (
    <section class="triggers" aria-labelledby="triggers">
      <h2 id="triggers">{t('Triggers')}</h2>
      {idle !== '' && <p class="quiet idle">{idle}</p>}
      {rows.length === 0 ? (
        <p class="quiet">{t('The plan has no triggers: nothing rolls back by itself.')}</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.key} class="trigger">
              <div class="line">
                <PlanLink part={row.planPart} openLine={openLine}>
                  {row.name}
                </PlanLink>
                <span class="how">
                  <MarkText mark={row.mark} />
                  {row.timing !== '' && <span class="quiet">{row.timing}</span>}
                  {row.stirs && (
                    <button
                      type="button"
                      class="link"
                      aria-label={t('Show why: {0}', row.name)}
                      onClick={() => why(row.key)}
                    >
                      {t('Why')}
                    </button>
                  )}
                </span>
              </div>
              <p class="quiet">
                {row.rule} · {row.consequence}
              </p>
              {row.distance.closeness !== null && (
                <Meter
                  value={row.distance.closeness}
                  label={t('{0}: how near to firing', row.name)}
                  text={`${row.figure}, ${row.distance.text}`}
                  tone={row.stirs ? row.mark.tone : 'quiet'}
                />
              )}
              {row.distance.text + row.figure + row.sample !== '' && (
                <p class="facts">
                  {row.figure !== '' && <span>{row.figure}</span>}
                  {row.distance.text !== '' && <span class="quiet">{row.distance.text}</span>}
                  {row.sample !== '' && <span class="quiet">{row.sample}</span>}
                </p>
              )}
              {row.proof !== null && (
                <div class="sequential">
                  <span class="quiet">{t('proof')}</span>
                  <Meter
                    value={row.proof.closeness}
                    label={t('{0}: how near to a proof', row.name)}
                    text={row.proof.text}
                    tone={row.proof.closeness >= 1 ? 'bad' : 'quiet'}
                  />
                  <span class="quiet number">{row.proof.text}</span>
                </div>
              )}
              {row.sequential !== null && (
                <div class="sequential">
                  <span class="quiet">{t('sequential')}</span>
                  <Meter
                    value={row.sequential.closeness}
                    label={t('{0}: sequential evidence, log scale', row.name)}
                    text={row.sequential.text}
                    tone={row.sequential.closeness >= 1 ? 'bad' : 'quiet'}
                  />
                  <span class="quiet number">{row.sequential.text}</span>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
