import { isUtf8 } from 'node:buffer';
import type { RowClass, RowRules } from '../../protocol/domain/observation.ts';
import { type ArrivedFields, lineFeed, longestLine } from '../formats/scan.ts';
import type { Tally } from '../formats/tally.ts';
import { compileKeyRoles, type KeyRole } from './keyRole.ts';

/** What `assembly/recordScanner.ts` exports: each is told there. */
interface ScannerExports {
  readonly memory: WebAssembly.Memory;
  readonly windowSize: WebAssembly.Global;
  readonly windowStart: WebAssembly.Global;
  readonly mostRows: WebAssembly.Global;
  readonly mostFields: WebAssembly.Global;
  readonly mostSlots: WebAssembly.Global;
  readonly mostNumbers: WebAssembly.Global;
  readonly timesColumn: WebAssembly.Global;
  readonly startsColumn: WebAssembly.Global;
  readonly classesColumn: WebAssembly.Global;
  readonly numbersColumn: WebAssembly.Global;
  readonly endedAtUnknownClass: WebAssembly.Global;
  readonly reached: WebAssembly.Global;
  readonly ended: WebAssembly.Global;
  readonly harmless: WebAssembly.Global;
  readonly delicate: WebAssembly.Global;
  wantField(index: number, isTested: number, isNumber: number): void;
  wantNumber(field: number, times: number, over: number): void;
  knowMinute(start: number, zoned: number, civil: number): void;
  learnClass(isRow: number, counted: number): number;
  forgetClasses(): void;
  scan(
    start: number,
    limit: number,
    rows: number,
    isText: number,
    least: number,
    most: number,
    longest: number,
  ): number;
}

/** Of a class whose lines are no rows: it is never written to the columns. */
const noRow: RowClass = { arm: null, shares: 0, values: [], counted: 0 };

/**
 * Reads runs of plain lines by the compiled scanner, straight into the columns of a block. A line that it leaves is for the
 * reader in JavaScript, which also finds the class of records of a new kind.
 */
export class RowScanner {
  readonly #rules: RowRules;
  readonly #fields: ArrivedFields;
  readonly #scanner: ScannerExports;
  readonly #memory: Buffer;
  readonly #window: number;
  readonly #windowSize: number;
  readonly #times: Float64Array;
  readonly #starts: Uint32Array;
  readonly #classes: Uint16Array;
  readonly #numbers: Float64Array;
  #known: RowClass[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  /** The bytes of [from, to) lie in the window, and end with a line feed. */
  #from = 0;
  #to = 0;
  #isAscii = false;
  #isText = false;
  /** The start of a line that was left because its class is unknown, or -1. */
  #unknownAt = -1;

  /** `null` for a reader whose plan has more fields than the scanner has places. @param named all that is read by a name. */
  static of(module: WebAssembly.Module, fields: ArrivedFields, named: readonly string[]): RowScanner | null {
    const { rows } = fields.reader;
    return rows === undefined ? null : RowScanner.#fitting(new RowScanner(module, fields, rows, named), rows);
  }

  static #fitting(scanner: RowScanner, { tested, numbers }: RowRules): RowScanner | null {
    const { mostFields, mostSlots, mostNumbers } = scanner.#scanner;
    const fits =
      scanner.#fields.reader.fields.length <= mostFields.value &&
      tested.length <= mostSlots.value &&
      numbers.length <= mostNumbers.value;
    if (fits) scanner.#want();
    return fits ? scanner : null;
  }

  private constructor(module: WebAssembly.Module, fields: ArrivedFields, rules: RowRules, named: readonly string[]) {
    this.#fields = fields;
    this.#rules = rules;
    const roleOf = compileKeyRoles(fields.reader.fields, named);
    const recordScanner = {
      roleOf: (start: number, length: number): number =>
        this.#roleNumber(roleOf(this.#memory.toString('utf8', start, start + length))),
      learnMinute: (start: number): number => {
        const minute = rules.minuteIn(this.#memory, start);
        if (minute === null) return 0;
        this.#scanner.knowMinute(start, minute.zoned, minute.civil);
        return 1;
      },
    };
    this.#scanner = new WebAssembly.Instance(module, { recordScanner }).exports as unknown as ScannerExports;
    const { memory, windowStart, windowSize, mostRows, ...columns } = this.#scanner;
    const { buffer } = memory;
    this.#memory = Buffer.from(buffer);
    this.#window = windowStart.value;
    this.#windowSize = windowSize.value;
    const rows = mostRows.value;
    this.#times = new Float64Array(buffer, columns.timesColumn.value, rows);
    this.#starts = new Uint32Array(buffer, columns.startsColumn.value, rows);
    this.#classes = new Uint16Array(buffer, columns.classesColumn.value, rows);
    // A plan of more numbers has no use of it: `#fitting` says so.
    const numbers = Math.min(rules.numbers.length, columns.mostNumbers.value);
    this.#numbers = new Float64Array(buffer, columns.numbersColumn.value, rows * numbers);
  }

  #want(): void {
    const { tested, numbers } = this.#rules;
    const numbered = new Set(numbers.map(({ field }) => field));
    for (const index of this.#fields.reader.fields.keys())
      this.#scanner.wantField(index, Number(tested.includes(index)), Number(numbered.has(index)));
    for (const { field, times, over } of numbers) this.#scanner.wantNumber(field ?? -1, times, over);
  }

  #roleNumber(role: KeyRole): number {
    if (typeof role === 'number') return role;
    return role === 'harmless' ? this.#scanner.harmless.value : this.#scanner.delicate.value;
  }

  /** Begins with other bytes. @param isAscii all of them are known to be. */
  open(bytes: Buffer, isAscii: boolean): void {
    this.#bytes = bytes;
    this.#isAscii = isAscii;
    this.#from = 0;
    this.#to = 0;
    this.#unknownAt = -1;
  }

  /**
   * Takes lines from the line start `at` on, up to the line feed at `lastFeed`. The answer is the start of the first line that
   * is not taken: all lines before it are counted. @param offset of the bytes in their file. @param line the number of the first.
   */
  read(at: number, lastFeed: number, { line, offset }: { line: number; offset: number }, into: Tally): number {
    let reached = at;
    let number = line;
    while (reached <= lastFeed && into.room > 0) {
      if (reached < this.#from || reached >= this.#to) this.#load(reached, lastFeed);
      const length = this.#scan(reached, into);
      if (length > 0) into.addRows(this.#run(length, number, offset));
      const { reached: address, ended, endedAtUnknownClass } = this.#scanner;
      const next = address.value - this.#window + this.#from;
      this.#unknownAt = ended.value === endedAtUnknownClass.value ? next : -1;
      // The line there is another's, or longer than the window.
      if (next < this.#to || next === reached) return next;
      reached = next;
      number += length;
    }
    return reached;
  }

  /** The line at `at` was left because its class is unknown, and for nothing else. */
  lacksClassAt(at: number): boolean {
    return at === this.#unknownAt;
  }

  /** Learns the class that was lacking. @param values of the line's fields. */
  learn(values: readonly unknown[]): void {
    this.#unknownAt = -1;
    const found = this.#rules.classOf(values);
    const counted = found?.counted ?? 0;
    let number = this.#scanner.learnClass(Number(found !== null), counted);
    if (number === -1) {
      this.#scanner.forgetClasses();
      this.#known = [];
      number = this.#scanner.learnClass(Number(found !== null), counted);
    }
    this.#known[number] = found ?? noRow;
  }

  #load(from: number, lastFeed: number): void {
    const piece = this.#bytes.subarray(from, Math.min(lastFeed + 1, from + this.#windowSize));
    const lines = piece.subarray(0, piece.lastIndexOf(lineFeed) + 1);
    this.#memory.set(lines, this.#window);
    this.#isText = this.#isAscii || isUtf8(lines);
    this.#from = from;
    this.#to = from + lines.length;
  }

  #scan(at: number, into: Tally): number {
    const { least, most } = into.countedTimes;
    const latest = Math.min(most, this.#rules.latest(this.#fields.arrived()));
    const start = this.#window + at - this.#from;
    const limit = this.#window + this.#to - this.#from;
    const rows = Math.min(into.room, this.#times.length);
    return this.#scanner.scan(start, limit, rows, Number(this.#isText), least, latest, longestLine);
  }

  #run(length: number, line: number, offset: number) {
    const fieldCount = this.#rules.numbers.length;
    return {
      length,
      times: this.#times.subarray(0, length),
      classes: this.#classes,
      known: this.#known,
      fields: this.#numbers.subarray(0, length * fieldCount),
      fieldCount,
      starts: this.#starts,
      offset: offset + this.#from,
      line,
    };
  }
}
