import { chinese } from './chinese.ts';
import { type Concept, concepts, type Lexicon, type UnitName, unitNames, wordsOf } from './concepts.ts';
import { english } from './english.ts';
import { french } from './french.ts';
import { german } from './german.ts';
import { japanese } from './japanese.ts';
import { portuguese } from './portuguese.ts';
import { spanish } from './spanish.ts';

export const lexicons: readonly Lexicon[] = [english, german, french, spanish, portuguese, chinese, japanese];

/** All lexicons as one tree of letters, in which the longest word at a place of a text is found in one walk. */
interface Branch<T> {
  readonly next: Map<string, Branch<T>>;
  meanings: T[];
}

export interface Found<T> {
  readonly end: number;
  readonly meanings: readonly T[];
}

export class Vocabulary<T> {
  readonly #root: Branch<T> = { next: new Map(), meanings: [] };

  add(word: string, meaning: T): void {
    let branch = this.#root;
    for (const letter of folded(word)) {
      const next = branch.next.get(letter) ?? { next: new Map(), meanings: [] };
      branch.next.set(letter, next);
      branch = next;
    }
    if (!branch.meanings.includes(meaning)) branch.meanings.push(meaning);
  }

  /** `text` is folded. Words of an alphabet end where no letter follows; Chinese and Japanese ones end anywhere. */
  longest(text: string, start: number): Found<T> | undefined {
    return this.#from(this.#root, text, start);
  }

  #from(from: Branch<T>, text: string, start: number): Found<T> | undefined {
    let [branch, found]: [Branch<T> | undefined, Found<T> | undefined] = [from, undefined];
    for (let at = start; at <= text.length; at += 1) {
      const rest = branch.next.get('~');
      const open: Found<T> | undefined = rest === undefined ? undefined : this.#ofRest(rest, text, at);
      if (open !== undefined && open.end > (found?.end ?? 0)) found = open;
      branch = branch.next.get(text[at] ?? '');
      if (branch === undefined) break;
      if (branch.meanings.length > 0 && endsWord(text, at)) found = { end: at + 1, meanings: branch.meanings };
    }
    return found;
  }

  #ofRest(branch: Branch<T>, text: string, start: number): Found<T> | undefined {
    let at = start;
    while (at < text.length && /\p{L}/u.test(text[at] ?? '')) at += 1;
    const whole = branch.meanings.length > 0 ? { end: at, meanings: branch.meanings } : undefined;
    return this.#from(branch, text, at) ?? whole;
  }
}

const alphabet = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d]/u;

export function isAlphabetic(character: string): boolean {
  return alphabet.test(character);
}

function endsWord(text: string, at: number): boolean {
  const [last, next] = [text[at] ?? '', text[at + 1] ?? ''];
  return !isAlphabetic(last) || next === '' || !isAlphabetic(next);
}

/** Small letters, one kind of apostrophe, and a blank where a hyphen joins two words; as long as the text. */
export function folded(text: string): string {
  const small = text.replaceAll(/\p{Lu}/gu, (letter) => {
    const lower = letter.toLowerCase();
    return lower.length === letter.length ? lower : letter;
  });
  return small.replaceAll(/[’‘]/g, "'").replaceAll(/(?<=\p{L})[-_](?=\p{L})/gu, ' ');
}

function fill<T>(entries: (lexicon: Lexicon) => Iterable<readonly [string, T]>): Vocabulary<T> {
  const vocabulary = new Vocabulary<T>();
  for (const lexicon of lexicons) for (const [word, meaning] of entries(lexicon)) vocabulary.add(word, meaning);
  return vocabulary;
}

function* split<T>(words: string | undefined, meaning: T): Generator<readonly [string, T]> {
  for (const word of (words ?? '').split('|')) if (word.trim() !== '') yield [word.trim(), meaning];
}

/** Days, parts of the day and months: the spellings of each, in order. */
function* numbered(list: string): Generator<readonly [string, number]> {
  for (const [index, spellings] of list.split(' ').entries())
    for (const spelling of spellings.split('/')) yield [spelling.replaceAll('_', ' '), index];
}

export const meanings = fill<Concept>(function* (lexicon) {
  for (const concept of concepts) for (const word of wordsOf(lexicon, concept)) yield [word, concept];
});
export const units = fill<UnitName>(function* (lexicon) {
  for (const unit of unitNames) yield* split(lexicon.units[unit], unit);
});
export const numerals = fill<number>(function* (lexicon) {
  for (const entry of lexicon.numerals.split('|')) {
    const [word = '', value = ''] = entry.split('=');
    if (word.trim() !== '') yield [word.trim(), Number(value)];
  }
});
export const weekdays = fill<number>((lexicon) => numbered(lexicon.weekdays));
export const dayparts = fill<number>((lexicon) => numbered(lexicon.dayparts));
export const months = fill<number>((lexicon) => numbered(lexicon.months));
