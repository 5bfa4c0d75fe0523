import type { SourceRow } from '../model/sourceRows.ts';
import { t } from '../translate.ts';
import { Icon, MarkText } from './Icon.tsx';

export function Sources({ rows }: { readonly rows: readonly SourceRow[] }) {
  return (
    <section aria-labelledby="sources">
      <h2 id="sources">{t('Sources')}</h2>
      {rows.length === 0 && <p class="quiet">{t('Nothing has been read yet.')}</p>}
      <ul class="cards">
        {rows.map((row) => (
          <li key={row.key}>
            <div class="line">
              <span class="path">{row.glob}</span>
              <MarkText mark={row.mark} />
            </div>
            <p class="facts">
              <span class="quiet">{row.age}</span>
              <span class="quiet">{row.records}</span>
            </p>
            {row.rejects !== '' && (
              <p class="trouble">
                <Icon symbol="warning" tone="caution" />
                {row.rejects}
              </p>
            )}
            {row.troubles.map((trouble) => (
              <p key={trouble} class="trouble">
                <Icon symbol="warning" tone="caution" />
                {trouble}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
