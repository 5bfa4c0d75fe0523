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
                <Evidence name={t('proof')} label={t('{0}: how near to a proof', row.name)} of={row.proof} />
              )}
              {row.sequential !== null && (
                <Evidence
                  name={t('sequential')}
                  label={t('{0}: sequential evidence, log scale', row.name)}
                  of={row.sequential}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface EvidenceProps {
  readonly name: string;
  readonly label: string;
  readonly of: { readonly closeness: number; readonly text: string };
}

/** How far the evidence of a rule has grown; full where it fires. */
function Evidence({ name, label, of: { closeness, text } }: EvidenceProps) {
  return (
    <div class="sequential">
      <span class="quiet">{name}</span>
      <Meter value={closeness} label={label} text={text} tone={closeness >= 1 ? 'bad' : 'quiet'} />
      <span class="quiet number">{text}</span>
    </div>
  );
}
