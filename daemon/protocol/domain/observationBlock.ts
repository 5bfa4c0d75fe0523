import type { Observation, Observations, OutcomeRow, RowClass } from './observation.ts';
import type { Arm } from './plan.ts';
import { type EventTime, eventTime } from './units.ts';

/** Stands at one observation after the other. What it shows is written over when it moves: whoever keeps some of it copies. */
export interface ObservationCursor {
  timeAt(index: number): EventTime;
  show(index: number): Observation;
}

/** Outcomes of lines that follow one another, as columns that the next run writes over. */
export interface RunOfRows {
  readonly length: number;
  readonly times: Float64Array;
  /** Of each row, its place among the known classes. */
  readonly classes: Uint16Array;
  readonly known: readonly RowClass[];
  /** As many for each row as it has. */
  readonly fields: Float64Array;
  readonly fieldCount: number;
  /** Where the line of each row starts, counted from `offset` in the file. */
  readonly starts: Uint32Array;
  readonly offset: number;
  /** The line of the first row; each line is a row. */
  readonly line: number;
}

/** A turn of one of many quiet files reads a few records. */
const firstCapacity = 16;
const growth = 4;
/** Most turns end with so many. */
const usualTurn = 8192;
const arms: readonly (Arm | null)[] = ['treatment', 'control', null];
/** In place of an arm: what stands there is no plain outcome. */
const other = 3;
/** The arms in the column of a block. */
export const armColumn = { treatment: 0, control: 1 } as const;
/** Values that are hardly ever the same are not looked for among all. */
const soughtTuples = 16;

/** The columns of a block, for whoever folds many rows at once. They hold until the block grows. */
export interface BlockColumns {
  readonly file: string;
  readonly times: Float64Array;
  /** `armColumn`, or a greater number. */
  readonly arms: Uint8Array;
  readonly shares: Int32Array;
  /** Of each row, its place among `tuples`. */
  readonly values: Uint16Array;
  readonly tuples: readonly (readonly (string | null)[])[];
  readonly lines: Float64Array;
  readonly offsets: Float64Array;
  /** `fieldCount` numbers for each row. */
  readonly fields: Float64Array;
  readonly fieldCount: number;
}

/**
 * The observations of one turn of reading, as columns: an outcome is a row of numbers, because millions of small objects are
 * what reading a backlog would cost most. Lines, stages, and outcomes that carry more than a row holds stand in their
 * places as they are.
 */
export class ObservationBlock implements Observations {
  length = 0;
  readonly #file: string;
  #times = new Float64Array(0);
  #arms = new Uint8Array(0);
  #shares = new Int32Array(0);
  #values = new Uint16Array(0);
  #lines = new Float64Array(0);
  #offsets = new Float64Array(0);
  /** A row of them for each observation. */
  #fields = new Float64Array(0);
  /** `-1` before the first row. */
  #fieldCount = -1;
  /** The values of the arms' fields: a few tuples that come again and again. */
  readonly #tuples: (readonly (string | null)[])[] = [];
  readonly #others = new Map<number, Observation>();

  /** @param file what the places of its rows name. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Adds an outcome that stands at this line of the file; its numbers are copied. */
  addRow({ at, arm, shares, fields, values }: OutcomeRow, line: number, offset: number): void {
    const index = this.#next(at);
    this.#arms[index] = armNumber(arm);
    this.#shares[index] = shares;
    this.#values[index] = this.#tupleOf(values);
    this.#lines[index] = line;
    this.#offsets[index] = offset;
    if (this.#fieldCount === -1) this.#openFields(fields.length);
    const start = index * this.#fieldCount;
    for (let field = 0; field < fields.length; field += 1) this.#fields[start + field] = fields[field] ?? Number.NaN;
  }

  /** Adds the outcomes of a run; their numbers are copied. */
  addRows({ length, times, classes, known, fields, fieldCount, starts, offset, line }: RunOfRows): void {
    const first = this.length;
    this.#reserve(first + length);
    this.#times.set(times, first);
    if (this.#fieldCount === -1) this.#openFields(fieldCount);
    this.#fields.set(fields, first * this.#fieldCount);
    const tuples = new Map<number, number>();
    for (let row = 0; row < length; row += 1) {
      const number = classes[row] ?? 0;
      const of = known[number];
      if (of === undefined) throw new RangeError(`no class ${number} is known`);
      let tuple = tuples.get(number);
      if (tuple === undefined) {
        tuple = this.#tupleOf(of.values);
        tuples.set(number, tuple);
      }
      const index = first + row;
      this.#arms[index] = armNumber(of.arm);
      this.#shares[index] = of.shares;
      this.#values[index] = tuple;
      this.#lines[index] = line + row;
      this.#offsets[index] = offset + (starts[row] ?? 0);
    }
    this.length = first + length;
  }

  add(observation: Observation): void {
    const index = this.#next(observation.reading.at);
    this.#arms[index] = other;
    this.#others.set(index, observation);
  }

  timeAt(index: number): EventTime {
    return eventTime(this.#times[index] ?? Number.NaN);
  }

  at(index: number): Observation | undefined {
    if (index >= this.length || index < 0) return undefined;
    const { reading, place } = this.cursor().show(index);
    if (this.#arms[index] === other || reading.kind !== 'outcome') return { reading, place };
    return { reading: { ...reading, fields: reading.fields.slice() }, place: { ...place } };
  }

  *[Symbol.iterator](): Generator<Observation> {
    for (let index = 0; index < this.length; index += 1) {
      const observation = this.at(index);
      if (observation !== undefined) yield observation;
    }
  }

  /** True for a plain outcome, which the columns hold whole. */
  isRow(index: number): boolean {
    return this.#arms[index] !== other;
  }

  get columns(): BlockColumns {
    return {
      file: this.#file,
      times: this.#times,
      arms: this.#arms,
      shares: this.#shares,
      values: this.#values,
      tuples: this.#tuples,
      lines: this.#lines,
      offsets: this.#offsets,
      fields: this.#fields,
      fieldCount: Math.max(0, this.#fieldCount),
    };
  }

  cursor(): ObservationCursor {
    const place = { file: this.#file, line: 0, offset: 0 };
    const fields = new Array<number>(Math.max(0, this.#fieldCount)).fill(Number.NaN);
    const reading = {
      kind: 'outcome' as const,
      at: eventTime(0),
      arm: null as Arm | null,
      shares: 0,
      fields,
      values: [] as readonly (string | null)[],
    };
    const shown = { reading, place };
    return {
      timeAt: (index) => this.timeAt(index),
      show: (index) => {
        const arm = this.#arms[index] ?? other;
        if (arm === other) return this.#others.get(index) ?? shown;
        reading.at = eventTime(this.#times[index] ?? 0);
        reading.arm = arms[arm] ?? null;
        reading.shares = this.#shares[index] ?? 0;
        reading.values = this.#tuples[this.#values[index] ?? 0] ?? [];
        const start = index * fields.length;
        for (let field = 0; field < fields.length; field += 1)
          fields[field] = this.#fields[start + field] ?? Number.NaN;
        place.line = this.#lines[index] ?? 0;
        place.offset = this.#offsets[index] ?? 0;
        return shown;
      },
    };
  }

  #next(at: EventTime): number {
    const index = this.length;
    this.#reserve(index + 1);
    this.#times[index] = at;
    this.length += 1;
    return index;
  }

  #tupleOf(values: readonly (string | null)[]): number {
    const { length } = this.#tuples;
    for (let known = length - 1; known >= 0 && known >= length - soughtTuples; known -= 1) {
      if (this.#tuples[known] === values) return known;
    }
    return this.#tuples.push(values) - 1;
  }

  #openFields(count: number): void {
    this.#fieldCount = count;
    this.#fields = new Float64Array(this.#times.length * count);
  }

  #reserve(rows: number): void {
    const present = this.#times.length;
    if (rows <= present) return;
    const capacity = Math.max(rows, firstCapacity, Math.min(present * growth, Math.max(usualTurn, present * 2)));
    this.#times = grown(this.#times, new Float64Array(capacity));
    this.#arms = grown(this.#arms, new Uint8Array(capacity));
    this.#shares = grown(this.#shares, new Int32Array(capacity));
    this.#values = grown(this.#values, new Uint16Array(capacity));
    this.#lines = grown(this.#lines, new Float64Array(capacity));
    this.#offsets = grown(this.#offsets, new Float64Array(capacity));
    this.#fields = grown(this.#fields, new Float64Array(capacity * Math.max(0, this.#fieldCount)));
  }
}

function armNumber(arm: Arm | null): number {
  return arm === 'treatment' ? 0 : arm === 'control' ? 1 : 2;
}

function grown<Column extends { set(column: Column): void }>(column: Column, into: Column): Column {
  into.set(column);
  return into;
}

/** What stands at observations one after the other, of a list or of a block. */
export function cursorOf(observations: Observations): ObservationCursor {
  if (observations instanceof ObservationBlock) return observations.cursor();
  const shownAt = (index: number): Observation => {
    const observation = observations.at(index);
    if (observation === undefined) throw new RangeError(`there is no observation ${index}`);
    return observation;
  };
  return { timeAt: (index) => shownAt(index).reading.at, show: shownAt };
}
