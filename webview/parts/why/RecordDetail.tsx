import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ShownRecord } from '../../../daemon/protocol/wire/failures.ts';
import type { Blame, SourcePlace, WhyPageMessage } from '../../../daemon/protocol/wire/whyMessages.ts';
import { placeText } from '../../../daemon/protocol/words/placeText.ts';
import {
  type FieldRow,
  fieldRows,
  frameName,
  mostAlike,
  placeOf,
  raisedAt,
  traceLines,
} from '../../model/failingRecords.ts';
import { momentText } from '../../model/pageMoments.ts';
import { t } from '../../translate.ts';
import { sourceKey } from '../../whyState.ts';
import { Icon } from '../Icon.tsx';

interface DetailProps {
  readonly record: ShownRecord;
  readonly zone: string;
  /** `3 of 30`. */
  readonly position: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly passed: readonly ShownRecord[];
  readonly blames: ReadonlyMap<string, Blame>;
  readonly step: (by: number) => void;
  readonly send: (message: WhyPageMessage) => void;
  readonly blame: (place: SourcePlace) => void;
}

/** The fields of one failing record, where its error was raised, and a passing record beside it. */
export function RecordDetail(props: DetailProps) {
  const { record, zone, passed, blames, send, blame } = props;
  const [compared, compare] = useState<number | null>(null);
  const alike = useMemo(() => mostAlike(record, passed), [record, passed]);
  const passing = compared === null ? null : (alike[compared % Math.max(1, alike.length)] ?? null);
  const rows = useMemo(() => fieldRows(record, passing), [record, passing]);
  const raised = useMemo(() => raisedAt(record), [record]);
  const origin = raised === null ? null : placeOf(raised);
  useEffect(() => {
    if (origin !== null) blame(origin);
  }, [origin?.file, origin?.line]);
  const { place } = record;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section of its own would stand among the headings of the page
    <div class="record" role="group" aria-label={t('Record {0}', props.position)}>
      <Walk {...props} compared={compared} compare={compare} hasPassing={alike.length > 0} />
      {(origin !== null || place !== null) && (
        <p class="ways">
          {origin !== null && raised !== null && (
            <button
              type="button"
              class="link path raised"
              title={t('Open Source at Line')}
              onClick={() => send({ type: 'open-source', place: origin })}
            >
              {frameName(raised)}
            </button>
          )}
          {origin !== null && (
            <BlameText
              blame={blames.get(sourceKey(origin))}
              zone={zone}
              open={() => send({ type: 'open-change', place: origin })}
            />
          )}
          {place !== null && 'file' in place && (
            <button
              type="button"
              class="link path"
              title={t('Open Log at Line')}
              onClick={() => send({ type: 'open-evidence', place })}
            >
              {placeText(place, 120)}
            </button>
          )}
        </p>
      )}
      <table class="fields">
        <thead>
          <tr>
            <th scope="col">{t('Field')}</th>
            <th scope="col">{t('This record')}</th>
            {passing !== null && <th scope="col">{t('A passing one')}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Field key={row.path} row={row} isCompared={passing !== null} send={send} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Walk(
  props: DetailProps & {
    readonly compared: number | null;
    readonly compare: (change: (before: number | null) => number | null) => void;
    readonly hasPassing: boolean;
  },
) {
  const { position, isFirst, isLast, step, compared, compare, hasPassing } = props;
  return (
    <div class="walking">
      <button type="button" class="secondary" aria-disabled={isFirst} aria-keyshortcuts="p" onClick={() => step(-1)}>
        {t('Previous')}
      </button>
      <button type="button" class="secondary" aria-disabled={isLast} aria-keyshortcuts="n" onClick={() => step(1)}>
        {t('Next')}
      </button>
      <span class="quiet number">{position}</span>
      <span class="quiet keys">
        <kbd>p</kbd> <kbd>n</kbd>
      </span>
      {hasPassing && (
        <label class="comparing">
          <input
            type="checkbox"
            checked={compared !== null}
            onChange={() => compare((before) => (before === null ? 0 : null))}
          />
          {t('Compare with a passing record')}
        </label>
      )}
      {compared !== null && (
        <button type="button" class="link" onClick={() => compare((before) => (before ?? 0) + 1)}>
          {t('Another one')}
        </button>
      )}
    </div>
  );
}

function Field(props: {
  readonly row: FieldRow;
  readonly isCompared: boolean;
  readonly send: (message: WhyPageMessage) => void;
}) {
  const { row, isCompared, send } = props;
  const { path, text, mark, passing, differs } = row;
  return (
    <tr class={mark === null ? undefined : `marked ${mark}`}>
      <th scope="row">
        <span class="path">{path}</span>
        {mark !== null && (
          <span class="mark">
            <Icon symbol={mark === 'fails' ? 'fail' : 'eye'} tone={mark === 'fails' ? 'bad' : 'caution'} />
            <span>{mark === 'fails' ? t('counts as failed') : t('explains it')}</span>
          </span>
        )}
      </th>
      <td>{text === null ? <span class="quiet">–</span> : <Written text={text} send={send} />}</td>
      {isCompared && (
        <td class={differs ? 'differs' : undefined}>
          {differs && <span class="unseen">{t('differs:')} </span>}
          {passing === null ? <span class="quiet">–</span> : <Written text={passing} send={send} />}
        </td>
      )}
    </tr>
  );
}

/** A value; the frames of a stack trace lead to the source. */
function Written({ text, send }: { readonly text: string; readonly send: (message: WhyPageMessage) => void }) {
  const lines = traceLines(text);
  return (
    <code class={lines.length > 1 ? 'written trace' : 'written'} dir="auto">
      {lines.map(({ text: line, frame, isForeign }, index) => (
        <span key={index} class={isForeign ? 'trace-line foreign' : 'trace-line'}>
          {frame === null ? (
            line
          ) : (
            <button type="button" class="link" onClick={() => send({ type: 'open-source', place: placeOf(frame) })}>
              {line.trim()}
            </button>
          )}
        </span>
      ))}
    </code>
  );
}

function BlameText(props: { readonly blame: Blame | undefined; readonly zone: string; readonly open: () => void }) {
  const { blame, zone, open } = props;
  if (blame === undefined) return <span class="quiet">{t('asking git…')}</span>;
  switch (blame.kind) {
    case 'unknown':
      return <span class="quiet">{t('no blame: {0}', blame.detail)}</span>;
    case 'not-committed':
      return <span class="quiet">{t('not committed yet')}</span>;
    case 'commit':
      return (
        <span class="blame">
          <span class="path">{blame.commit.slice(0, 7)}</span> <span dir="auto">{blame.author}</span>{' '}
          <span class="quiet number">{momentText(blame.at, zone).slice(0, 10)}</span>{' '}
          <span class="quiet" dir="auto">
            {blame.summary}
          </span>{' '}
          <button type="button" class="link" onClick={open}>
            {t('Open Change')}
          </button>
        </span>
      );
  }
}
