/**
 * Lines of records, regular and irregular: any key order and spacing, repeated and odd keys, stamps and numbers of
 * every form, then bytes changed, lost, doubled and swapped. Seeded: seed and number identify a line.
 */
export class MutatedLines {
  #state: number;
  #layouts: readonly Layout[];
  /** Most lines are plain records then, with something odd here and there. */
  readonly #isCalm: boolean;

  constructor(seed: number, temper: 'wild' | 'calm' = 'wild') {
    this.#state = seed >>> 0;
    this.#isCalm = temper === 'calm';
    this.#layouts = [this.#newLayout()];
  }

  /** This many lines; now and then one of them is torn into several by a line feed among its bytes. */
  take(count: number): Buffer {
    const lines: Buffer[] = [];
    for (let index = 0; index < count; index += 1) {
      const line = Buffer.from(this.#record());
      const isKept = this.#isCalm ? this.#below(8) > 0 : this.#below(3) === 0;
      lines.push(isKept ? line : this.#mutated(line), lineFeed);
    }
    return Buffer.concat(lines);
  }

  #record(): string {
    // A writer repeats its layout, and two of them may write one file.
    if (this.#below(this.#isCalm ? 30 : 6) === 0) this.#layouts = [this.#newLayout(), this.#pick(this.#layouts)];
    const { keys, separator, behindColon, start, end } = this.#pick(this.#layouts);
    return `${start}${keys.map((key) => `"${key}":${behindColon}${this.#value(key)}`).join(separator)}${end}`;
  }

  #newLayout(): Layout {
    const layout = this.#pick(this.#isCalm ? layouts.slice(0, 3) : layouts);
    const keys = [...layout];
    if (this.#below(4) === 0) keys.sort(() => this.#below(3) - 1);
    if (this.#below(20) === 0) keys.push(this.#pick(keys));
    if (this.#below(20) === 0) keys.push(this.#pick(oddKeys));
    return {
      keys,
      separator: `,${this.#space()}`,
      behindColon: this.#space(),
      start: `${this.#rarely()}{${this.#rarely()}`,
      end: `${this.#rarely()}}${this.#rarely()}`,
    };
  }

  #value(key: string): string {
    if (this.#below(this.#isCalm ? 150 : 12) === 0) return this.#pick(oddValues);
    switch (key) {
      case 'timestamp':
        return this.#stamp();
      case 'duration_ms':
      case 'file_size_mb':
      case 'percentage':
        return this.#number();
      case 'success':
      case 'fallback_used':
        return this.#pick(['true', 'false']);
      case 'execution_type':
        return this.#pick(['"sync"', '"async"', '"sync_fallback"']);
      case 'event_type':
        return this.#pick(['"rollout_stage"', '"note"']);
      default:
        return this.#pick(this.#isCalm ? plainValues : oddValues);
    }
  }

  #stamp(): string {
    const two = (limit: number) => String(this.#below(limit)).padStart(2, '0');
    if (this.#isCalm && this.#below(8) === 0) return `${this.#pick(epochs)}${two(100)}.${two(100)}${two(100)}`;
    if (this.#isCalm && this.#below(20) > 0) {
      const fraction = this.#pick(['', '.5', '.123456', '.000', ',123456789']);
      return `"2025-11-01T10:4${this.#below(10)}:${two(60)}${fraction}${this.#pick(['', '', 'Z', '+02:30'])}"`;
    }
    const day = `2025-${this.#pick(['10', '11', '02', '13'])}-${two(32)}`;
    const minute = this.#below(3) === 0 ? `${two(25)}:${two(61)}` : '10:42';
    const second = this.#pick([`:${two(60)}`, `:${two(62)}`, ':07', '']);
    const fraction = this.#pick(['', '.', '.5', '.123', ',123456', '.123456', '.123456789', '.1234567890']);
    const zone = this.#pick(['', '', 'Z', 'z', '+00:00', '-05:30', '+0100', ' UTC', ' ', '+99:99', 'Zulu']);
    return `"${day}${this.#pick(['T', 'T', 'T', ' ', 't', '_'])}${minute}${second}${fraction}${zone}"`;
  }

  #number(): string {
    const digits = (most: number) => {
      let text = String(this.#below(10));
      for (let left = this.#below(most); left > 0; left -= 1) text += String(this.#below(10));
      return text;
    };
    if (this.#isCalm && this.#below(30) > 0)
      return `${this.#below(3000)}${this.#pick(['', `.${digits(14)}`, `.${digits(17)}`])}`;
    const whole = this.#pick(['0', '0', String(this.#below(5000)), digits(20), `-${this.#below(100)}`, '-0']);
    const fraction = this.#pick(['', `.${digits(3)}`, `.${digits(17)}`, `.${digits(26)}`]);
    return `${whole}${fraction}${this.#pick(['', '', '', '', '', '', 'e3', 'E-7', 'e999', 'e+'])}`;
  }

  #mutated(line: Buffer): Buffer {
    let bytes = line;
    for (let left = 1 + this.#below(2); left > 0; left -= 1) {
      const at = this.#below(bytes.length + 1);
      const end = Math.min(bytes.length, at + this.#below(4));
      const put = this.#pick([
        Buffer.alloc(0),
        Buffer.from(this.#pick(pieces)),
        Buffer.from([this.#below(256)]),
        bytes.subarray(at, end + this.#below(24)),
      ]);
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(end)]);
    }
    return bytes;
  }

  #space(): string {
    return this.#pick([' ', ' ', '', '', '\t', ' \r ']);
  }

  #rarely(): string {
    return this.#below(16) === 0 ? this.#space() : '';
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  /** Numerical Recipes' linear congruential generator; its high bits are the random ones. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 4_294_967_296) * limit);
  }
}

interface Layout {
  readonly keys: readonly string[];
  /** Between members. */
  readonly separator: string;
  readonly behindColon: string;
  readonly start: string;
  readonly end: string;
}

const lineFeed = Buffer.from('\n');
const usual = ['execution_type', 'success', 'duration_ms', 'timestamp', 'error_type', 'fallback_used', 'file_size_mb'];
const layouts = [
  usual,
  usual,
  ['timestamp', 'execution_type', 'duration_ms', 'success', 'fallback_used', 'request_id', 'provider'],
  ['timestamp', 'event_type', 'percentage'],
  ['event_type', 'timestamp', 'note'],
  ['execution_type'],
  [],
];
const oddKeys = ['__proto__', 'constructor', '', 'sch\\u006on', 'timest\\u0061mp', 'größe', 'a"b', 'toString', '\\n'];
/** Of a stamp in seconds, milliseconds and microseconds. */
const epochs = ['17619937', '17619937271', '17619937271234', '176199372712345678'];
const plainValues = ['null', '"x"', '7', '{}', '"a\\"b\\\\"', '1e999', '"größe"', '[1, {"a": 2}]'];
const oddValues = [
  'null',
  'true',
  'True',
  'nul',
  '""',
  '"true"',
  '"12.5"',
  '" 7"',
  '"größe"',
  '"🙂"',
  '"a\\"b\\\\"',
  '"\\u00e9\\ud800"',
  '"\\x"',
  '"\\u12g4"',
  '"Traceback\\n  File \\"x.py\\", line 3"',
  '{}',
  '[1, {"a": 2}]',
  '{"timestamp": "2025-11-01T10:42:07", "timestamp": 1}',
  '9007199254740991',
  '9007199254740993',
  '12345678901234567890',
  '1761993727.123456',
  '1761993727123',
  '1e999',
  '-1E999',
  '01',
  '.5',
  '1.',
  '-',
  '+1',
  'NaN',
  'Infinity',
  '',
];
const pieces = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '\t',
  '\r',
  '\n',
  '\0',
  '\0\0',
  'é',
  '🙂',
  '\u2028',
  '-',
  '.',
  '0',
  '1e9',
  '\x7f',
  '\x1f',
  '\ufeff',
];
