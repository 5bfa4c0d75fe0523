import { assumed, type Place, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import type { MeasureWord } from './measureWords.ts';

export type PlainMeasure = Readonly<Record<string, unknown>>;

/** The arms a guide speaks of, and the fields that go with them. */
export interface Arms {
  readonly treatment: Readonly<Record<string, unknown>>;
  readonly control: Readonly<Record<string, unknown>>;
  /** What a record of a success says. */
  readonly success: Readonly<Record<string, unknown>>;
  readonly why: string;
  readonly places: readonly Place[];
}

/** A guide that moves work from sync to async means those arms; any other says nothing of its records. */
export function readArms(guides: Guides): Arms {
  const async = guides.passages.find((passage) => /\basync(?:hronous)?\b|\basync_|_async\b|ASYNC_/i.test(passage.text));
  if (async !== undefined) {
    return {
      treatment: { execution_type: ['async', 'sync_fallback'] },
      control: { execution_type: 'sync' },
      success: { success: true, fallback_used: false },
      why: 'the guide speaks of async; a rescued fallback counts as treatment, and not as success',
      places: [async],
    };
  }
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
  readonly #measures = new Map<string, Sourced<PlainMeasure>>();
  readonly #textSource: string | undefined;

  constructor(arms: Arms, textSource: string | undefined) {
    this.#arms = arms;
    this.#textSource = textSource;
  }

  /** Takes a measure in and answers its name in the plan. */
  use(word: MeasureWord, place: Place, unit: string): string {
    const known = this.#measures.get(word.name);
    if (known !== undefined) {
      const value =
        word.family === 'critical' ? { ...known.value, lines: criticalWords(word, known.value.lines) } : known.value;
      this.#measures.set(word.name, { ...known, value, places: [...known.places, place] });
      return word.name;
    }
    if (word.family === 'error' && !this.#measures.has('success_rate')) {
      this.#measures.set(
        'success_rate',
        assumed({ share: this.#arms.success }, 'what the error rate is the rest of', place),
      );
    }
    this.#measures.set(word.name, this.#define(word, place, unit));
    return word.name;
  }

  /** Measure → definition, in the order a plan lists them. */
  entries(): readonly (readonly [string, Sourced<PlainMeasure>])[] {
    const order = ['success_rate', 'error_rate', 'timeout_rate', 'fallback_rate'];
    const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    return [...this.#measures].sort(([a], [b]) => rank(a) - rank(b));
  }

  #define(word: MeasureWord, place: Place, unit: string): Sourced<PlainMeasure> {
    switch (word.family) {
      case 'success':
        return assumed({ share: this.#arms.success }, 'the fields of a success', place);
      case 'error':
        return said({ share_not: 'success_rate' }, place);
      case 'timeout':
        return assumed(
          { share: { error_type: ['TimeoutError', 'timeout'] } },
          'the field and values of a timeout',
          place,
        );
      case 'fallback':
        return assumed({ share: { fallback_used: true } }, 'the field of a fallback', place);
      case 'critical':
        return assumed(
          {
            lines: criticalWords(word, undefined),
            ...(this.#textSource === undefined ? {} : { source: this.#textSource }),
          },
          'the words of a critical log line',
          place,
        );
      case 'latency': {
        const why = word.quantile === undefined ? 'the quantile and the field' : 'the field';
        return assumed({ quantile: word.quantile ?? 0.95, field: 'duration_ms', unit: 'ms' }, why, place);
      }
      case 'memory':
        return assumed(
          { gauge: 'rss', process: { pid_file: 'run/app.pid' }, unit: 'MiB' },
          'the process to look at',
          place,
        );
      case 'gauge':
        return assumed(
          { gauge: word.name, ...(unit === '' ? {} : { unit }) },
          `a field “${word.name}” of the records`,
          place,
        );
      case 'count':
        return said({ count: 'treatment' }, place);
      case 'throughput':
        return assumed({ count: 'any' }, 'records in the window', place);
      case 'signal':
        return assumed(
          { signal: word.name === 'complaints' ? 'complaint' : word.name },
          'reported by people: editor or `rampwatch signal`',
          place,
        );
    }
  }
}

/** The levels of a critical line: the usual ones, and those the guide writes in capitals. */
function criticalWords(word: MeasureWord, known: unknown): readonly string[] {
  const own = word.words.match(/\b(?:PANIC|SEVERE|EMERGENCY|EMERG|ALERT|FATAL|CRITICAL)\b/g) ?? [];
  const before = Array.isArray(known) ? known.filter((each) => typeof each === 'string') : ['CRITICAL', 'FATAL'];
  return [...new Set([...before, ...own])];
}
