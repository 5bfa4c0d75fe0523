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
  /** Its path is written as a glob. */
  readonly glob: boolean;
  readonly format: 'jsonl' | 'text';
  readonly fresh: string;
  readonly zone: string;
  readonly ignore: boolean;
}

const arms = [
  'treatment: { kind: new }, control: { kind: old }',
  'treatment: { kind: [new, odd] }, control: { kind: old }',
];

function nameOf({ file, glob }: Settings): string {
  return glob ? file.replace('.', '*.') : file;
}

function planText(sources: readonly Settings[], ofArms: number): string {
  const written = sources.map((source) => {
    const { format, fresh, zone, ignore } = source;
    const skipped = ignore && format !== 'text' ? ', ignore: { skip: true }' : '';
    return `  - { file: "${nameOf(source)}", format: ${format}, fresh: ${fresh}, time: { zone: ${zone} }${skipped} }`;
  });
  const logs = sources.filter(({ format }) => format === 'text');
  const shares = files.map((file) => `  of_${file.charAt(0)}: { share: { src: ${file.charAt(0)}, ok: true } }`);
  const lines = logs.map(
    (source) => `  lines_${source.file.charAt(0)}: { lines: [ERROR], source: "${nameOf(source)}" }`,
  );
  return `version: 1
id: edited
sources:
${written.join('\n')}
arms: { ${arms[ofArms]} }
measures:
  always: { share: { ok: true } }
${logs.length > 0 ? '  errors: { lines: [ERROR] }' : ''}
${[...shares, ...lines].join('\n')}
stages: [{ id: on, percent: 50 }]
triggers: [{ id: low, when: "always < 75%", over: 1m, min: 3, then: review, also: sequential }]
`;
}

/** A record and a line of a log at once: which of both is for its source to say. A few are skipped by an edit. */
function line(seed: number, at: string): Written {
  const file = files[seed % files.length] ?? '';
  const record = {
    timestamp: seed % 11 === 0 ? at.slice(0, -1) : at,
    src: file.charAt(0),
    kind: kindOf(seed),
    ok: isCounted(seed),
    level: isCounted(seed) ? 'ERROR' : 'INFO',
    ...(seed % 10 === 0 && { skip: true }),
  };
  return { file, text: JSON.stringify(record) };
}

function kindOf(seed: number): string {
  if (seed % 4 === 0) return 'old';
  return seed % 7 === 0 ? 'odd' : 'new';
}

function isCounted(seed: number): boolean {
  return seed % 5 < 3;
}

const editKinds = ['add or remove', 'ignore', 'zone', 'fresh', 'file', 'format', 'arm'] as const;
type EditKind = (typeof editKinds)[number];

type Step =
  | { readonly kind: 'write'; readonly records: readonly number[] }
  /** `lose`: what is written so far is read, and no file holds it any more. */
  | { readonly kind: 'rotate' | 'lose' | EditKind; readonly of: number }
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
  wasInUnion = false;
  /** It was taken out of the plan, and what was written meanwhile is of no reading. */
  wasAway = false;
  /** Its counts were together with those of a source that holds none of them any more: nobody knows how many are its own. */
  isVague = false;

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
  wanted(ofArms: number): number {
    const treated = ofArms === 0 ? ['new'] : ['new', 'odd'];
    return this.known.filter((seed) => {
      if (!isCounted(seed)) return false;
      if (this.settings?.format === 'text') return true;
      return treated.includes(kindOf(seed)) && !(this.settings?.ignore && seed % 10 === 0);
    }).length;
  }
}

class Rollout {
  readonly models = new Map(files.map((file) => [file, new Model()]));
  readonly edited: Edited;
  readonly #order: string[];
  #arms = 0;
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
    return planText(
      this.#order.flatMap((file) => this.#model(file).settings ?? []),
      this.#arms,
    );
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
        for (const format of formats) {
          const together = this.#read(format);
          if (together.length > 1)
            for (const model of together) {
              model.isInUnion = true;
              model.wasInUnion = true;
            }
        }
        return;
      case 'add or remove':
      case 'ignore':
      case 'zone':
      case 'fresh':
      case 'file':
      case 'format':
      case 'arm':
        return this.#edit(step.kind, this.#named(step.of));
      default:
        return this.edited.take(step);
    }
  }

  /** The files that are read so now. */
  #read(format: Settings['format']): readonly Model[] {
    return [...this.models.values()].filter(({ settings }) => settings?.format === format);
  }

  async #edit(kind: EditKind, file: string): Promise<void> {
    const touched = kind === 'arm' ? this.#editArms() : this.#editSource(kind, file);
    if (touched === null) return;
    for (const model of touched.models) {
      const leaves = kind === 'add or remove' || kind === 'format';
      if (leaves && model.wasInUnion) for (const other of this.models.values()) other.isVague ||= other.wasInUnion;
      model.isTouched ||= model.known.length > 0;
      if (!model.isInUnion) continue;
      for (const other of this.#together(model, touched.was)) {
        other.isTouched = true;
        other.isInUnion = false;
      }
    }
    await this.edited.poll();
    const before = this.edited.memoryOf('low');
    await this.edited.edit(this.#text());
    const after = this.edited.memoryOf('low');
    const ofRecords = touched.models.filter(
      ({ settings }) => (settings?.format ?? touched.was) === 'jsonl' || touched.was === 'jsonl',
    );
    const isOfTrigger = kind === 'arm' || ofRecords.some(({ known }) => known.length > 0);
    if (before === undefined) return;
    Rollout.memory[isOfTrigger ? 'anew' : 'kept'] += 1;
    if (!isOfTrigger) expect(after).toEqual(before);
    else expect(after?.sequential).toBeNull();
  }

  /** Those whose counts were made together with these, as records or as lines. */
  #together(model: Model, was: Settings['format'] | null): readonly Model[] {
    return [model, ...this.#read(was ?? model.settings?.format ?? 'jsonl')].filter(({ isInUnion }) => isInUnion);
  }

  #editArms(): Touched {
    this.#arms = 1 - this.#arms;
    return { models: this.#read('jsonl'), was: 'jsonl' };
  }

  #editSource(kind: Exclude<EditKind, 'arm'>, file: string): Touched | null {
    const model = this.#model(file);
    const { settings } = model;
    if (settings === null) {
      if (kind !== 'add or remove') return null;
      this.#order.unshift(file);
      model.settings = initial(file);
      // A source that comes back may have lost what was written meanwhile.
      model.isTouched = model.known.length > 0;
      model.wasAway = model.isTouched;
      model.known = model.isTouched ? model.known : model.generations.flat();
      if (model.isTouched) model.gone = Number.POSITIVE_INFINITY;
      return { models: [], was: null };
    }
    const { format } = settings;
    const isLast = this.#read(format).length < 2;
    switch (kind) {
      case 'add or remove':
        if (isLast) return null;
        this.#order.splice(this.#order.indexOf(file), 1);
        model.settings = null;
        return { models: [model], was: format };
      case 'format':
        if (isLast && format === 'jsonl') return null;
        model.settings = { ...settings, format: format === 'jsonl' ? 'text' : 'jsonl' };
        return { models: [model], was: format };
      case 'zone':
        model.settings = { ...settings, zone: settings.zone === 'UTC' ? 'Europe/Berlin' : 'UTC' };
        return { models: [model], was: format };
      case 'ignore':
        model.settings = { ...settings, ignore: !settings.ignore };
        return { models: format === 'text' ? [] : [model], was: format };
      case 'fresh':
        model.settings = { ...settings, fresh: settings.fresh === '15m' ? '20m' : '15m' };
        return { models: [], was: null };
      case 'file':
        model.settings = { ...settings, glob: !settings.glob };
        return { models: [], was: null };
    }
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
    for (const [file, model] of this.models) {
      const letter = file.charAt(0);
      const isText = model.settings?.format === 'text';
      if (model.settings === null || isText) expect([file, found(`of_${letter}`).n]).toEqual([file, 0]);
      if (model.settings === null) continue;
      const { n = 0, missing } = found(isText ? `lines_${letter}` : `of_${letter}`);
      const wanted = model.wanted(this.#arms);
      if (!model.isLossy) expect([file, n]).toEqual([file, wanted]);
      else expect(n).toBeLessThanOrEqual(model.known.length);
      if (isText && !model.isLossy) expect([file, missing]).toEqual([file, 0]);
      // A loss is declared.
      if (!model.wasAway) expect([file, n + missing]).toEqual([file, Math.max(n + missing, wanted)]);
    }
    const lost = this.#read('jsonl').filter(({ isLossy }) => isLossy);
    const most = lost.reduce((sum, { gone, isVague }) => (isVague ? Number.POSITIVE_INFINITY : sum + gone), 0);
    expect(found('always').missing).toBeLessThanOrEqual(most);
  }
}

/** What an edit has counted anew; `was`: as what it was counted before. */
interface Touched {
  readonly models: readonly Model[];
  readonly was: Settings['format'] | null;
}

const formats = ['jsonl', 'text'] as const;

function initial(file: string): Settings {
  const format = file.endsWith('.log') ? 'text' : 'jsonl';
  return { file, glob: false, format, fresh: '15m', zone: 'UTC', ignore: false };
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
      kind: fc.constantFrom(...editKinds),
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
