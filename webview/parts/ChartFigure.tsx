import { useEffect, useRef, useState } from 'preact/hooks';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import { onThemeChange } from '../chart/chartTheme.ts';
import type { LimitName } from '../chart/drawMarks.ts';
import { type Drawing, Plot, type PlotActs } from '../chart/plot.ts';
import { marksAt } from '../model/chartMarks.ts';
import { type Reading, readings, spokenReading } from '../model/chartReading.ts';
import { t } from '../translate.ts';
import { ChartTableView } from './ChartTableView.tsx';

/** One chart: its name and values in words, the drawing, and the same as a table. */
export function ChartFigure(props: {
  readonly drawing: Drawing;
  readonly cursor: number | null;
  readonly point: (change: number | null | ((bucket: number | null) => number | null)) => void;
  readonly zoom: PlotActs['zoom'];
  readonly why: (about: WhyQuestion) => void;
}) {
  const { drawing, cursor, point, zoom, why } = props;
  const { chart, times, step, marks, zone } = drawing;
  const [unplaced, setUnplaced] = useState<readonly LimitName[]>([]);
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const drawable = chart.empty === '';

  // Made once; what changes is handed on below.
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new Plot(host.current, drawing, {
      point,
      zoom,
      choose: (mark) => why(mark.why),
      unplaced: setUnplaced,
    });
    plot.current = made;
    const stopWatching = onThemeChange(() => made.remake());
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(host.current);
    return () => {
      plot.current = null;
      sizes.disconnect();
      stopWatching();
      made.destroy();
    };
  }, [drawable]);
  useEffect(() => plot.current?.draw(drawing), [drawing]);
  useEffect(() => plot.current?.point(cursor), [cursor]);

  const title = `chart-${chart.id}`;
  const [open, setOpen] = useState(false);
  return (
    <figure class={`chart chart-${chart.id}`} aria-labelledby={title} aria-details={`${title}-table`}>
      <figcaption>
        <h3 id={title}>{chart.title}</h3>
        <span class="quiet note">{chart.note}</span>
        <Legend readings={drawable ? readings(chart, cursor) : []} limits={drawable ? unplaced : []} />
      </figcaption>
      {drawable ? (
        <div
          class="plot"
          role="slider"
          tabIndex={0}
          aria-label={t('{0}: cursor in time', chart.title)}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, times.length - 1)}
          aria-valuenow={cursor ?? Math.max(0, times.length - 1)}
          aria-valuetext={spokenReading(chart, times, marks, step, cursor, zone)}
          aria-keyshortcuts="n p Enter"
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              event.preventDefault();
              why(questionAt(drawing, cursor));
              return;
            }
            const move = moveOf(event) ?? toMark(event, drawing);
            if (move === null) return;
            event.preventDefault();
            point((bucket) => move(bucket, times.length - 1));
          }}
          onBlur={() => point(null)}
        >
          <div ref={host} />
        </div>
      ) : (
        <p class="plot no-plot quiet">{chart.empty}</p>
      )}
      <details id={`${title}-table`} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          {t('Table')}
          <span class="unseen"> {t('of {0}', chart.title)}</span>
        </summary>
        {open && <ChartTableView chart={chart} times={times} step={step} zone={zone} />}
      </details>
    </figure>
  );
}

function Legend(props: { readonly readings: readonly Reading[]; readonly limits: readonly LimitName[] }) {
  const { readings, limits } = props;
  return (
    <span class="legend">
      {readings.map(({ name, arm, weight, value }) => (
        <span key={name} class={`reading ${weight}`}>
          <svg class={`swatch ${arm} ${weight}`} viewBox="0 0 20 8" aria-hidden="true">
            <path d="M0 4h20" />
          </svg>
          <span class="quiet">{name}</span> <span class="number">{value}</span>
        </span>
      ))}
      {limits.map(({ kind, text }) => (
        <span key={text} class="reading">
          <svg class={`swatch limit-${kind}`} viewBox="0 0 20 8" aria-hidden="true">
            <path d="M0 4h20" />
          </svg>
          <span class="quiet">{text}</span>
        </span>
      ))}
    </span>
  );
}

type Move = (bucket: number | null, last: number) => number | null;

/** The cursor after a key; `null` for keys that are not ours. Keys may come faster than pictures. */
function moveOf({ key, shiftKey }: KeyboardEvent): Move | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return by(shiftKey ? -10 : -1);
    case 'ArrowRight':
    case 'ArrowUp':
      return by(shiftKey ? 10 : 1);
    case 'PageDown':
      return by(-10);
    case 'PageUp':
      return by(10);
    case 'Home':
      return () => 0;
    case 'End':
      return (_bucket, last) => last;
    case 'Escape':
      return () => null;
    default:
      return null;
  }
}

/** From the newest bucket when the cursor is nowhere. */
function by(step: number): Move {
  return (bucket, last) => Math.min(last, Math.max(0, (bucket ?? last) + step));
}

/** `n` and `p` lead from mark to mark. */
function toMark({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, drawing: Drawing): Move | null {
  if ((key !== 'n' && key !== 'p') || ctrlKey || metaKey || altKey) return null;
  const { times, step, marks } = drawing;
  const marked = times.flatMap((time, bucket) => (marksAt(marks, time, step).length > 0 ? [bucket] : []));
  return (bucket) => {
    const from = bucket ?? (key === 'n' ? -1 : times.length);
    const next = key === 'n' ? marked.find((each) => each > from) : marked.findLast((each) => each < from);
    return next ?? bucket;
  };
}

/** Why, at the mark under the cursor; without one, at the end of the bucket. */
function questionAt({ times, step, marks }: Drawing, cursor: number | null): WhyQuestion {
  const time = times[cursor ?? times.length - 1] ?? 0;
  const [mark] = marksAt(marks, time, step);
  return mark?.why ?? { kind: 'moment', at: Math.round(time + step / 2 - 1) };
}
