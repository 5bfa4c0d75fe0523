import { useEffect, useRef, useState } from 'preact/hooks';
import type { Health } from '../../daemon/protocol/wire/view.ts';
import { t } from '../translate.ts';
import { Icon } from './Icon.tsx';

/** After this the spoken copy is emptied, so that nobody who reads on comes across the same sentence twice. */
const spokenFor = 5000;

/**
 * The one sentence, and its spoken copy. The sentence counts time by itself and is no live region; the copy is filled
 * only when `says` changes.
 */
export function Headline(props: {
  readonly sentence: string;
  readonly health: Health;
  readonly says: string;
  /** Of the clock times on the page. */
  readonly zone: string;
  readonly copy: () => void;
}) {
  const { sentence, health, says, zone, copy } = props;
  const [spoken, setSpoken] = useState('');
  const newest = useRef(sentence);
  newest.current = sentence;
  const before = useRef(says);
  useEffect(() => {
    // A text that was there when the page opened is read with the page.
    if (before.current === says) return undefined;
    before.current = says;
    setSpoken(newest.current);
    const silence = setTimeout(() => setSpoken(''), spokenFor);
    return () => clearTimeout(silence);
  }, [says]);
  return (
    <>
      <div class="headline">
        <p class="sentence">
          {health.kind !== 'ok' && <Icon symbol="warning" tone={health.kind === 'alarm' ? 'bad' : 'caution'} />}
          <span>{sentence}</span>
        </p>
        <button type="button" class="link" onClick={copy}>
          {t('Copy for Chat')}
        </button>
        <span class="quiet zone">{t('times in {0}', zone)}</span>
      </div>
      <p class="unseen" role="status" aria-live="polite">
        {spoken}
      </p>
    </>
  );
}
