import type { StageStop } from '../model/stageRail.ts';
import { t } from '../translate.ts';
import { Icon } from './Icon.tsx';
import { Bar } from './Meter.tsx';

/** The stages in their order. Choosing one shows its gate. */
export function StageRail(props: {
  readonly stops: readonly StageStop[];
  readonly chosen: string;
  readonly choose: (stage: string) => void;
}) {
  const { stops, chosen, choose } = props;
  return (
    <section aria-label={t('Stages')}>
      <ol class="rail">
        {stops.map((stop) => (
          <li key={stop.key} class={`stop ${stop.state}`}>
            <Bar value={stop.progress} tone={stop.exposed || stop.state === 'current' ? stop.mark.tone : 'quiet'} />
            <button
              type="button"
              aria-pressed={stop.key === chosen}
              {...(stop.state === 'current' && { 'aria-current': 'step' as const })}
              onClick={() => choose(stop.key)}
            >
              <span class="where">
                <span class="percent">{stop.percent}</span>
                <span class="stage-name" title={stop.name}>
                  {stop.name}
                </span>
              </span>
              <span class="state">
                <Icon symbol={stop.mark.symbol} tone={stop.mark.tone} />
                <span>{stop.mark.word}</span>
              </span>
              <span class="soak">{stop.soak}</span>
              <span class="gate-state">
                {stop.state !== 'ahead' && stop.conditions.length > 0 && (
                  <span class="ticks" aria-hidden="true">
                    {stop.conditions.map(({ symbol, tone }, index) => (
                      <Icon key={index} symbol={symbol} tone={tone} />
                    ))}
                  </span>
                )}
                <span>{stop.gate}</span>
              </span>
              {stop.override !== null && (
                <span class="override">
                  <Icon symbol="warning" tone="caution" />
                  {stop.override}
                </span>
              )}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
