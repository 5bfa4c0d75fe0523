import { useMemo, useState } from 'preact/hooks';
import type { SourcePlace, WhyContent, WhyPageMessage } from '../../../daemon/protocol/wire/whyMessages.ts';
import { actionButtons } from '../../model/actionButtons.ts';
import { unbroken } from '../../model/unbroken.ts';
import { whyDrawing } from '../../model/whyChart.ts';
import { t } from '../../translate.ts';
import type { WhyState } from '../../whyState.ts';
import { ChartFigure } from '../ChartFigure.tsx';
import { Icon } from '../Icon.tsx';
import { Explained } from './Explained.tsx';
import { Records } from './Records.tsx';

interface WhyProps {
  readonly state: WhyState;
  readonly send: (message: WhyPageMessage) => void;
  readonly blame: (place: SourcePlace) => void;
}

/** Why something fired, was rolled back or is not met: the rule, the figure, what explains it, and its records. */
export function Why({ state, send, blame }: WhyProps) {
  const { content } = state;
  if (content === null) return <p class="empty quiet">{t('Waiting for the daemon…')}</p>;
  return <Told state={state} content={content} send={send} blame={blame} />;
}

function Told({ state, content, send, blame }: WhyProps & { readonly content: WhyContent }) {
  const { live, isPast } = state;
  return (
    <div class={live ? 'page' : 'page as-of-then'}>
      <Top state={state} content={content} send={send} />
      <main class="why">
        {(isPast || !live) && (
          <p class="banner tone-quiet">
            {isPast ? t('This is not so any more. It is shown as it was.') : t('The daemon is away: as last known.')}
          </p>
        )}
        <p class="sentence">
          {content.tone !== 'quiet' && (
            <Icon symbol={content.tone === 'bad' ? 'fail' : 'warning'} tone={content.tone} />
          )}
          <span>{unbroken(content.sentence)}</span>
        </p>
        {content.figure === null && <p class="quiet">{t('times in {0}', content.zone)}</p>}
        <div class="measured">
          <Figure state={state} content={content} send={send} />
          <Rule content={content} send={send} />
        </div>
        <Explained explanation={content.explanation} zone={content.zone} />
        {(content.rule !== null || content.records.length > 0) && (
          <Records state={state} content={content} send={send} blame={blame} />
        )}
      </main>
    </div>
  );
}

function Top({ state, content, send }: Pick<WhyProps, 'state' | 'send'> & { readonly content: WhyContent }) {
  return (
    <header class="top">
      <div class="title">
        <h1 dir="auto">{content.title}</h1>
        <span class="quiet" dir="auto">
          {content.name}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's fields, these are buttons */}
      <div class="actions" role="group" aria-label={t('Actions')}>
        <button type="button" class="secondary" onClick={() => send({ type: 'show-dashboard' })}>
          {t('Dashboard')}
        </button>
        <button type="button" class="secondary" onClick={() => send({ type: 'copy-for-chat' })}>
          {t('Copy for Chat')}
        </button>
        {whyButtons(state).map(({ kind, label, description, primary }) => (
          <button
            key={kind}
            type="button"
            class={primary ? 'primary' : 'secondary'}
            title={description}
            onClick={() => send({ type: 'command', kind })}
          >
            {kind === 'rollback' && <Icon symbol="back" tone="active" />}
            {label}
          </button>
        ))}
      </div>
    </header>
  );
}

type WhyCommand = Extract<WhyPageMessage, { type: 'command' }>['kind'];
const asked: readonly WhyCommand[] = ['acknowledge', 'resume', 'rollback', 'restore', 'begin'];

/** What may be done about it, in the words of the dashboard. A begin only after a rollback: before, there is nothing to explain. */
function whyButtons({ view, live }: WhyState) {
  if (view === null) return [];
  return actionButtons(view, live).flatMap((button) => {
    const kind = asked.find((each) => each === button.kind);
    const isDue = kind !== 'begin' || view.standing.phase.kind === 'rolled-back';
    return kind !== undefined && button.enabled && isDue ? [{ ...button, kind }] : [];
  });
}

function Figure({ state, content, send }: Pick<WhyProps, 'state' | 'send'> & { readonly content: WhyContent }) {
  const { figure } = content;
  const { view, series, events, seriesRefusal } = state;
  const [cursor, setCursor] = useState<number | null>(null);
  const [zoomed, zoom] = useState<readonly [number, number] | null>(null);
  const drawn = useMemo(
    () => (figure === null || view === null || series === null ? null : whyDrawing(figure, view, series, events)),
    [JSON.stringify(figure), series, events],
  );
  if (figure === null) return null;
  const drawing = drawn === null || zoomed === null ? drawn : { ...drawn, span: zoomed };
  return (
    <section class="over-time" aria-labelledby="over-time">
      <div class="head">
        <h2 id="over-time">{t('Over time')}</h2>
        <span class="quiet">{t('times in {0}', content.zone)}</span>
        {zoomed !== null && (
          <button type="button" class="link" onClick={() => zoom(null)}>
            {t('Show all')}
          </button>
        )}
      </div>
      {drawing !== null ? (
        <ChartFigure
          drawing={drawing}
          cursor={cursor}
          point={setCursor}
          zoom={zoom}
          why={(about) => send({ type: 'show-why', about })}
        />
      ) : (
        <p class="plot no-plot quiet">{missingText(series === null, seriesRefusal, state.live)}</p>
      )}
    </section>
  );
}

function missingText(waits: boolean, refusal: string | null, live: boolean): string {
  if (refusal !== null) return t('No charts: {0}', refusal);
  if (!waits) return t('This measure is judged, and not kept over time.');
  return live ? t('Waiting for the figures…') : t('No figures while the daemon is away.');
}

function Rule({ content, send }: { readonly content: WhyContent; readonly send: WhyProps['send'] }) {
  const { rule, sections } = content;
  return (
    <div class="reasons">
      {rule !== null && (
        <section aria-labelledby="rule">
          <h2 id="rule">{t('Rule')}</h2>
          <p class="rule">
            <code>{rule.condition}</code>
            {rule.line !== null && (
              <button
                type="button"
                class="link path"
                onClick={() => rule.line !== null && send({ type: 'open-plan-line', part: rule.line.part })}
              >
                {rule.line.text}
              </button>
            )}
          </p>
          <Facts facts={rule.more} />
        </section>
      )}
      {sections.map(({ title, facts }) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          <Facts facts={facts} />
        </section>
      ))}
    </div>
  );
}

function Facts({ facts }: { readonly facts: readonly string[] }) {
  if (facts.length === 0) return null;
  return (
    <ul class="told">
      {facts.map((fact) => (
        <li key={fact}>{unbroken(fact)}</li>
      ))}
    </ul>
  );
}
