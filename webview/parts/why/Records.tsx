import { useEffect, useMemo, useState } from 'preact/hooks';
import type { SourcePlace, WhyContent, WhyPageMessage } from '../../../daemon/protocol/wire/whyMessages.ts';
import { placeText } from '../../../daemon/protocol/words/placeText.ts';
import { countsText, recordsInOrder, treeLines } from '../../model/failingRecords.ts';
import { t } from '../../translate.ts';
import type { WhyState } from '../../whyState.ts';
import { RecordDetail } from './RecordDetail.tsx';
import { RecordTree } from './RecordTree.tsx';

interface RecordsProps {
  readonly state: WhyState;
  readonly content: WhyContent;
  readonly send: (message: WhyPageMessage) => void;
  readonly blame: (place: SourcePlace) => void;
}

/** The failing records: a tree of groups and records, and the fields of the chosen one. */
export function Records({ state, content, send, blame }: RecordsProps) {
  const { failures, failuresRefusal } = state;
  const groups = failures?.groups ?? [];
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [chosen, choose] = useState<string | null>(null);
  const records = useMemo(() => recordsInOrder(groups), [groups]);
  const lines = useMemo(() => treeLines(groups, closed, content.zone), [groups, closed, content.zone]);
  const at = Math.max(
    0,
    records.findIndex(({ key }) => key === chosen),
  );
  const shown = records[at];
  // Keys may come faster than pictures.
  const step = (by: number): void =>
    choose((before) => {
      const from = Math.max(
        0,
        records.findIndex(({ key }) => key === before),
      );
      const next = records[Math.min(records.length - 1, Math.max(0, from + by))];
      if (next === undefined) return before;
      // It may be in a group that was closed.
      setClosed((others) => new Set([...others].filter((key) => key !== next.group)));
      return next.key;
    });
  useKeys({ n: () => step(1), p: () => step(-1) });
  if (content.records.length === 0 && shown === undefined) {
    return content.figure === null ? null : (
      <section aria-labelledby="records">
        <h2 id="records">{t('Failing records')}</h2>
        <p class="quiet">{t('No record is kept for this.')}</p>
      </section>
    );
  }
  if (shown === undefined) return <Places state={state} content={content} send={send} refusal={failuresRefusal} />;
  const toggle = (key: string, open: boolean): void =>
    setClosed((before) => {
      const after = new Set(before);
      if (open) after.delete(key);
      else after.add(key);
      return after;
    });
  return (
    <section class="records" aria-labelledby="records">
      <div class="head">
        <h2 id="records">{t('Failing records')}</h2>
        <span class="quiet">{countsText(groups)}</span>
        {failures !== null && failures.gone.length > 0 && (
          <span class="quiet">{t('{0} more are in no log any more', failures.gone.length)}</span>
        )}
      </div>
      <div class="walk">
        <RecordTree lines={lines} chosen={shown.key} choose={choose} toggle={toggle} />
        <RecordDetail
          key={shown.key}
          record={shown.record}
          zone={content.zone}
          position={t('{0} of {1}', at + 1, records.length)}
          isFirst={at === 0}
          isLast={at === records.length - 1}
          passed={failures?.passed ?? []}
          blames={state.blames}
          step={step}
          send={send}
          blame={blame}
        />
      </div>
    </section>
  );
}

/** Single keys, as long as nothing is being typed. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const act = keys[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  });
}

/** Without their fields: the places alone. */
function Places(props: Omit<RecordsProps, 'blame'> & { readonly refusal: string | null }) {
  const { state, content, send, refusal } = props;
  return (
    <section aria-labelledby="records">
      <div class="head">
        <h2 id="records">{t('Failing records')}</h2>
        <span class="quiet">{placesRemark(state, refusal)}</span>
      </div>
      <ul class="places">
        {content.records.map(({ place, text }) => (
          <li key={placeText(place)}>
            {'file' in place ? (
              <button type="button" class="link path" onClick={() => send({ type: 'open-evidence', place })}>
                {placeText(place, 120)}
              </button>
            ) : (
              <span class="path">{placeText(place, 120)}</span>
            )}
            {text !== null && <code class="quoted">{text}</code>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function placesRemark({ failures }: WhyState, refusal: string | null): string {
  if (refusal !== null) return t('Their fields are not known: {0}', refusal);
  return failures === null ? t('Reading them…') : '';
}
