import type { Explanation } from '../../../daemon/protocol/domain/explanation.ts';
import { comparedNouns, comparedText } from '../../../daemon/protocol/words/explanationWords.ts';
import { type ExplainedRow, explainedRemarks, explainedRows } from '../../model/explainedTable.ts';
import { t } from '../../translate.ts';
import { Bar } from '../Meter.tsx';

/** What is different about the failing records: each field beside how many of the others have it. */
export function Explained(props: { readonly explanation: Explanation | null; readonly zone: string }) {
  const { explanation, zone } = props;
  if (explanation === null) return null;
  const rows = explainedRows(explanation, zone);
  const names = comparedNouns[explanation.of](t);
  const hasPassed = rows.some(({ passed }) => passed !== null);
  return (
    <section class="explains" aria-labelledby="explains">
      <div class="head">
        <h2 id="explains">{t('What explains the failures')}</h2>
        <span class="quiet">{comparedText(explanation, t)}</span>
      </div>
      {explainedRemarks(explanation).map((text) => (
        <p key={text} class="remark">
          {text}
        </p>
      ))}
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('Records with')}</th>
              <th scope="col">{t('among {0}', names.failed)}</th>
              {hasPassed && <th scope="col">{t('among {0}', names.passed)}</th>}
              {hasPassed && (
                <th scope="col" class="number">
                  {t('Lift')}
                </th>
              )}
              {explanation.control !== null && <th scope="col">{controlName(explanation)}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row
                key={row.text}
                row={row}
                names={names}
                hasPassed={hasPassed}
                control={explanation.control === null ? null : controlName(explanation)}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function controlName({ of }: Explanation): string {
  return of === 'lines' ? t('before the attempt') : t('control');
}

/** `control`: the name of its column; `null` where there is none. */
function Row(props: {
  readonly row: ExplainedRow;
  readonly names: { readonly failed: string; readonly passed: string };
  readonly hasPassed: boolean;
  readonly control: string | null;
}) {
  const { row, names, hasPassed, control } = props;
  return (
    <tr>
      <th scope="row" dir="auto">
        {row.isNew && <span class="new-mark">{t('NEW')}</span>} <span class="path">{row.text}</span>
        {row.seen !== '' && <span class="detail">{row.seen}</span>}
      </th>
      <Shared count={row.failed} label={names.failed} tone="bad" />
      {hasPassed && <Shared count={row.passed} label={names.passed} tone="quiet" />}
      {hasPassed && (
        <td class="number lift" data-label={t('Lift')}>
          {row.lift}
        </td>
      )}
      {control !== null && <td data-label={control}>{row.control}</td>}
    </tr>
  );
}

function Shared(props: {
  readonly count: ExplainedRow['passed'];
  readonly label: string;
  readonly tone: 'bad' | 'quiet';
}) {
  const { count, label, tone } = props;
  if (count === null) return <td class="shared" />;
  return (
    <td class="shared" data-label={label}>
      <span>{count.text}</span>
      <Bar value={count.share} tone={tone} />
    </td>
  );
}
