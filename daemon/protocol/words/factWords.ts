/**
 * The words of one fact, for every surface: each surface chooses among them and styles them, and none has words of its
 * own.
 */
export interface FactWords {
  /** Two or three words: `too few`. */
  readonly word: string;
  /** For a narrow row: `380 more to prove`. */
  readonly short: string;
  /** For prose, without a full stop. */
  readonly sentence: string;
  readonly tone: Tone;
  readonly symbol: SymbolName;
}

/** Colour carries meaning and nothing else; the symbol and the word carry it too. */
export type Tone = 'good' | 'bad' | 'caution' | 'quiet' | 'active';

/** Shapes that every surface can draw: an icon of the editor, a drawing of the page, a character of a terminal. */
export type SymbolName =
  | 'pass'
  | 'fail'
  | 'few'
  | 'question'
  | 'warning'
  | 'dot'
  | 'ring'
  | 'pause'
  | 'back'
  | 'eye'
  | 'plug';

/** Gives a text in the reader's language, with `{0}`, `{1}`… replaced by the values. */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** For the command line, the report and models: the texts as they stand in the code. */
export const english: Translate = (message, ...values) =>
  message.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
