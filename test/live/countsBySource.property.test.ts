import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncounted } from '../../daemon/judge/doubts.ts';
import { rangeScope } from '../../daemon/judge/scope.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import { Edited, type Written } from './edited.ts';

const recordFiles = ['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl'];
const logFiles = ['x.log', 'y.log'];
const files = [...recordFiles, ...logFiles];

/** How one source is read. */
interface Settings {
  readonly file: string;
  readonly fresh: string;
  readonly zone: string;
  readonly ignore: boolean;
}

function planText(sources: readonly Settings[]): string {
  const written = sources.map(({ file, fresh, zone, ignore }) => {
    const skipped = ignore && !file.endsWith('.log') ? ', ignore: { skip: true }' : '';
    return `  - { file: ${file}, fresh: ${fresh}, time: { zone: ${zone} }${skipped} }`;
  });
  const hasLogs = sources.some(({ file }) => file.endsWith('.log'));
  const shares = recordFiles.map((file) => `  of_${file.charAt(0)}: { share: { src: ${file.charAt(0)}, ok: true } }`);
  const lines = sources
    .filter(({ file }) => file.endsWith('.log'))
    .map(({ file }) => `  of_${file.charAt(0)}: { lines: [ERROR], source: ${file} }`);
  return `version: 1
id: edited
sources:
${written.join('\n')}
arms: { treatment: { kind: new }, control: { kind: old } }
measures:
  always: { share: { ok: true } }
${hasLogs ? '  errors: { lines: [ERROR] }' : ''}
${[...shares, ...lines].join('\n')}
stages: [{ id: on, percent: 50 }]
triggers: [{ id: low, when: "always < 75%", over: 1m, min: 3, then: review, also: sequential }]
`;
}

/** A line is an error of the treatment, or it is none; a few are skipped by an edit. */
function line(seed: number, at: string): Written {
  const file = files[seed % files.length] ?? '';
  if (file.endsWith('.log')) return { file, text: `${at} ${isCounted(seed) ? 'ERROR' : 'INFO'} something` };
  const record = {
    timestamp: seed % 11 === 0 ? at.slice(0, -1) : at,
    src: file.charAt(0),
    kind: seed % 4 === 0 ? 'old' : 'new',
    ok: isCounted(seed),
    ...(seed % 10 === 0 && { skip: true }),
  };
  return { file, text: JSON.stringify(record) };
}

function isCounted(seed: number): boolean {
  return seed % 5 < 3;
}

type Step =
  | { readonly kind: 'write'; readonly records: readonly number[] }
  /** `lose`: what is written so far is read, and no file holds it any more. */
  | { readonly kind: 'rotate' | 'lose' | 'add or remove' | 'ignore' | 'zone' | 'fresh'; readonly of: number }
  | { readonly kind: 'kill' | 'some' | 'settle' | 'upgrade' };

/** The model of one file: which of its lines the rollout must have counted. */
class Model {
  /** By generation, the newest first: the seeds of its lines. */
  generations: number[][] = [[]];
  settings: Settings | null = null;
  /** The lines that it was to read since it is in the plan. */
  known: number[] = [];
  /** Lines of them that no file holds any more. */
  gone = 0;
  /** It had to be read again since, or was taken out and put back. */
  isTouched = false;
  /** Its counts were made together with those of other sources. */
  isInUnion = false;

  get isLossy(): boolean {
    return this.isTouched && this.gone > 0;
  }

  write(seed: number): void {
    this.generations[0]?.push(seed);
    if (this.settings !== null) this.known.push(seed);
  }

  lose(from: number): void {
    const lost = this.generations.slice(from).flat();
    this.generations = this.generations.slice(0, from);
    if (this.settings !== null) this.gone += lost.length;
  }

  /** How many of its lines are of its own measure. */
  get wanted(): number {
    return this.known.filter((seed) => {
      if (!isCounted(seed)) return false;
      if (seed % files.length >= recordFiles.length) return true;
      return seed % 4 !== 0 && !(this.settings?.ignore && seed % 10 === 0);
    }).length;
  }
}

class Rollout {
  readonly models = new Map(files.map((file) => [file, new Model()]));
  readonly edited: Edited;
  readonly #order: string[];
  /** Each edit after which the trigger's memory was as before, and each after which it began anew. */
  static readonly memory = { kept: 0, anew: 0 };

  constructor(first: readonly string[]) {
    this.#order = [...first];
    for (const file of first) this.#model(file).settings = initial(file);
    this.edited = new Edited(this.#text(), { files, line });
  }

  /** Mostly a source of the plan. */
  #named(of: number): string {
    return this.#order[of] ?? files[of] ?? '';
  }

  #model(file: string): Model {
    const model = this.models.get(file);
    if (model === undefined) throw new Error(`no file ${file}`);
    return model;
  }

  #text(): string {
    return planText(this.#order.flatMap((file) => this.#model(file).settings ?? []));
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'write':
        for (const seed of step.records) this.#model(files[seed % files.length] ?? '').write(seed);
        return this.edited.take(step);
      case 'rotate': {
        const file = this.#named(step.of);
        const model = this.#model(file);
        await this.edited.take({ kind: 'rotate', file });
        // The third generation takes the name of the second.
        model.lose(2);
        model.generations.unshift([]);
        return;
      }
      case 'lose': {
        const file = this.#named(step.of);
        const model = this.#model(file);
        await this.edited.take({ kind: 'rotate', file });
        await this.edited.take({ kind: 'delete', file });
        model.lose(0);
        model.generations.unshift([]);
        return;
      }
      case 'upgrade':
        await this.edited.take(step);
        for (const family of [recordFiles, logFiles]) {
          const together = family.map((file) => this.#model(file)).filter(({ settings }) => settings !== null);
          if (together.length > 1) for (const model of together) model.isInUnion = true;
        }
        return;
      case 'add or remove':
      case 'ignore':
      case 'zone':
      case 'fresh':
        return this.#edit(step.kind, this.#named(step.of));
      default:
        return this.edited.take(step);
    }
  }

  async #edit(kind: 'add or remove' | 'ignore' | 'zone' | 'fresh', file: string): Promise<void> {
    const model = this.#model(file);
    const { settings } = model;
    let touches = true;
    if (settings === null) {
      if (kind !== 'add or remove') return;
      this.#order.unshift(file);
      model.settings = initial(file);
      // A source that comes back may have lost what was written meanwhile.
      model.isTouched = model.known.length > 0;
      model.known = model.isTouched ? model.known : model.generations.flat();
      if (model.isTouched) model.gone = Number.POSITIVE_INFINITY;
      touches = false;
    } else if (kind === 'add or remove') {
      const family = file.endsWith('.log') ? logFiles : recordFiles;
      if (family.filter((other) => this.#model(other).settings !== null).length < 2) return;
      this.#order.splice(this.#order.indexOf(file), 1);
      model.settings = null;
    } else {
      const isFresh = kind === 'fresh';
      touches = !isFresh && !(kind === 'ignore' && file.endsWith('.log'));
      model.settings = {
        ...settings,
        ...(isFresh && { fresh: settings.fresh === '15m' ? '20m' : '15m' }),
        ...(kind === 'zone' && { zone: settings.zone === 'UTC' ? 'Europe/Berlin' : 'UTC' }),
        ...(kind === 'ignore' && { ignore: !settings.ignore }),
      };
      model.isTouched ||= touches && model.known.length > 0;
    }
    if (touches && model.isInUnion) {
      const family = file.endsWith('.log') ? logFiles : recordFiles;
      for (const other of family.map((each) => this.#model(each))) {
        other.isTouched ||= other.isInUnion;
        other.isInUnion = false;
      }
    }
    await this.edited.poll();
    const before = this.edited.memoryOf('low');
    await this.edited.edit(this.#text());
    const after = this.edited.memoryOf('low');
    const isOfTrigger = touches && !file.endsWith('.log') && model.known.length > 0;
    if (before === undefined) return;
    Rollout.memory[isOfTrigger ? 'anew' : 'kept'] += 1;
    if (!isOfTrigger) expect(after).toEqual(before);
    else expect(after?.sequential).toBeNull();
  }

  check(): void {
    const { edited } = this;
    if (!edited.settled) return;
    const { ledger, loaded } = edited;
    const instrument = compileInstrument(loaded.plan);
    const found = (name: string) => {
      const measure = resolveMeasure(loaded.plan, instrument, name);
      const missing = uncounted(measure, rangeScope(ledger, null, null));
      if (measure.kind === 'lines') return { n: ledger.samples(measure.series, null, null, 0).n, missing };
      const bit = measure.kind === 'share' ? measure.bit : 0;
      return { n: ledger.totals('treatment', null, null).good[bit], missing };
    };
    const lossy = (family: readonly string[]) =>
      family.map((file) => this.#model(file)).filter(({ settings, isLossy }) => settings !== null && isLossy);
    for (const [file, model] of this.models) {
      const isLog = file.endsWith('.log');
      if (model.settings === null) {
        if (!isLog) expect([file, found(`of_${file.charAt(0)}`).n]).toEqual([file, 0]);
        continue;
      }
      const { n, missing } = found(`of_${file.charAt(0)}`);
      if (!model.isLossy) expect([file, n]).toEqual([file, model.wanted]);
      else expect(n).toBeLessThanOrEqual(model.known.length);
      if (isLog && !model.isLossy) expect([file, missing]).toEqual([file, 0]);
    }
    const lost = lossy(recordFiles).reduce((sum, { gone }) => sum + gone, 0);
    expect(found('always').missing).toBeLessThanOrEqual(lost);
  }
}

function initial(file: string): Settings {
  return { file, fresh: '15m', zone: 'UTC', ignore: false };
}

const of = fc.nat({ max: files.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 40 })
      .map((records): Step => ({ kind: 'write', records })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('add or remove', 'ignore', 'zone', 'fresh'),
      of,
    }) as fc.Arbitrary<Step>,
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('rotate', 'lose', 'lose'), of }) as fc.Arbitrary<Step> },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('kill' as const, 'some' as const, 'settle' as const, 'upgrade' as const)
      .map((kind): Step => ({ kind })),
  },
);

describe('an edit of one source', () => {
  it('leaves the counts of all others, and their trigger, as they are, although their files are gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .subarray(files, { minLength: 2, maxLength: 4 })
          .filter((some) => some.some((file) => !file.endsWith('.log'))),
        fc.array(step, { minLength: 8, maxLength: 20 }),
        async (first, steps) => {
          const rollout = new Rollout(first);
          try {
            await rollout.edited.poll();
            rollout.edited.begin();
            for (const each of steps) {
              await rollout.take(each);
              rollout.check();
            }
            await rollout.edited.settle();
            rollout.check();
          } finally {
            await rollout.edited.end();
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(Math.min(Rollout.memory.kept, Rollout.memory.anew)).toBeGreaterThan(10);
  }, 300_000);
});
