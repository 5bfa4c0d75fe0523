import type { PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { Banner } from '../model/banners.ts';
import { Icon } from './Icon.tsx';

export function Banners(props: { readonly banners: readonly Banner[]; readonly send: (message: PageMessage) => void }) {
  const { banners, send } = props;
  if (banners.length === 0) return null;
  return (
    <ul class="banners">
      {banners.map(({ key, symbol, tone, text, help }) => (
        <li key={key} class={`banner tone-${tone}`}>
          <Icon symbol={symbol} tone={tone} />
          <span class="text">{text}</span>
          {help !== null && (
            <button type="button" class="link" onClick={() => send(help.asks)}>
              {help.label}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
