import type { Guide } from './guide.ts';
import { goodOf } from './rules/subject.ts';
import { anyMeans, tag } from './tag.ts';
import { assumed, type Place, type Sourced, said } from './text/findings.ts';
import type { Subject } from './values.ts';

export type PlainMeasure = Readonly<Record<string, unknown>>;

/** The arms a guide speaks of, and the fields that go with them. */
export interface Arms {
  readonly treatment: Readonly<Record<string, unknown>>;
  readonly control: Readonly<Record<string, unknown>>;
  /** The fields of a successful record. */
  readonly success: Readonly<Record<string, unknown>>;
  readonly why: string;
  readonly places: readonly Place[];
}

/** A guide that moves work from sync to async means those arms; any other says nothing of its records. */
export function readArms(guide: Guide): Arms {
  const async = guide.passages.find(({ text }) => /\basync(?:hronous)?\b|\basync_|_async\b|ASYNC_/i.test(text));
  if (async !== undefined)
    return {
      treatment: { execution_type: ['async', 'sync_fallback'] },
      control: { execution_type: 'sync' },
      success: { success: true, fallback_used: false },
      why: 'the guide speaks of async; a rescued fallback counts as treatment, and not as success',
      places: [async],
    };
  return {
    treatment: { variant: 'treatment' },
    control: { variant: 'control' },
    success: { success: true },
    why: 'the guide does not say which field tells the two apart',
    places: [],
  };
}

/** The measures a plan needs, each with the places that speak of it. */
export class MeasureBook {
  readonly #arms: Arms;
  /** A source of log lines, where a guide names one. */
  readonly #log: string | undefined;
  readonly #measures = new Map<string, Sourced<PlainMeasure>>();

  constructor(arms: Arms, log: string | undefined) {
    this.#arms = arms;
    this.#log = log;
  }

  use(subject: Subject, unit: string, places: readonly Place[]): void {
    const known = this.#measures.get(subject.name);
    if (known !== undefined) {
      // The first unit in the text is the unit of a guide's own measure.
      const value =
        subject.family === 'other' && unit !== '' && !('unit' in known.value) ? { ...known.value, unit } : known.value;
      this.#measures.set(subject.name, { ...known, value, places: [...known.places, ...places] });
      return;
    }
    if (subject.family === 'error' && !this.#measures.has('success_rate'))
      this.#measures.set(
        'success_rate',
        assumed({ share: this.#arms.success }, 'what the error rate is the rest of', ...places),
      );
    this.#measures.set(subject.name, this.#define(subject, unit, places));
  }

  /** True when a figure in this unit can be compared with the measure: one measure has one unit. */
  fits(subject: Subject, unit: string): boolean {
    const known = this.#measures.get(subject.name)?.value.unit;
    return subject.family !== 'other' || unit === '' || known === undefined || known === unit;
  }

  /** Measure → definition, in the order a plan lists them. */
  entries(): readonly (readonly [string, Sourced<PlainMeasure>])[] {
    const order = ['success_rate', 'error_rate', 'timeout_rate', 'fallback_rate'];
    const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    return [...this.#measures].sort(([a], [b]) => rank(a) - rank(b));
  }

  #define(subject: Subject, unit: string, places: readonly Place[]): Sourced<PlainMeasure> {
    const { name, family, quantile } = subject;
    switch (family) {
      case 'success':
        return assumed({ share: this.#arms.success }, 'the fields of a success', ...places);
      case 'error':
        return said({ share_not: 'success_rate' }, ...places);
      case 'timeout':
        return assumed(
          { share: { error_type: ['TimeoutError', 'timeout'] } },
          'the field and values of a timeout',
          ...places,
        );
      case 'fallback':
        return assumed({ share: { fallback_used: true } }, 'the field of a fallback', ...places);
      case 'critical':
        if (this.#log === undefined)
          return assumed({ signal: 'critical' }, 'no guide names a log of errors: reported by people', ...places);
        return assumed(
          { lines: ['CRITICAL', 'FATAL'], source: this.#log.slice(this.#log.lastIndexOf('/') + 1) },
          'the words of a critical log line',
          ...places,
        );
      case 'latency':
        return assumed(
          { quantile: quantile ?? 0.95, field: 'duration_ms', unit: 'ms' },
          quantile === undefined ? 'the quantile and the field' : 'the field',
          ...places,
        );
      case 'memory':
        return assumed(
          { gauge: 'rss', process: { pid_file: 'run/app.pid' }, unit: 'MiB' },
          'the process to look at',
          ...places,
        );
      case 'count':
        return said({ count: 'treatment' }, ...places);
      case 'throughput':
        return assumed({ count: 'any' }, 'records in the window', ...places);
      case 'complaint':
      case 'incident':
        return assumed({ signal: family }, 'reported by people: editor or `rampwatch signal`', ...places);
      case 'other': {
        const why = `a field “${name}” of the records; name the one that holds it`;
        if (unit === 'ms' && (quantile !== undefined || anyMeans(tag(subject.words), 'latency')))
          return assumed({ quantile: quantile ?? 0.95, field: name, unit }, why, ...places);
        return assumed({ gauge: name, ...(unit === '' ? {} : { unit }) }, why, ...places);
      }
    }
  }
}

/** True when the first figure asks for less than the second, for a measure whose good side is known or compared. */
export function asksLess(subject: Subject, comparison: string, first: number, second: number): boolean {
  const upward = comparison.startsWith('>') || (comparison === '==' && goodOf(subject) === 'high');
  return upward ? first < second : first > second;
}
