import type { Place } from './findings.ts';

/** A text above a passage: a heading, a label (`**Success criteria:**`) or the item it is nested in. */
export interface Above {
  readonly kind: 'heading' | 'label' | 'item';
  /** 1 to 6 for a heading, 7 for a bold line or a label beside an item, 8 for another label, 9 for an item. */
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

export interface Cell {
  /** The column's header; empty when the table has none. */
  readonly header: string;
  readonly text: string;
  readonly codes: readonly string[];
  readonly links: readonly string[];
}

/** One thing a guide says: an item, a table row, a sentence, a heading or a block of code. */
export interface Passage extends Place {
  readonly kind: 'heading' | 'item' | 'row' | 'sentence' | 'code';
  /** Plain text without decoration: no emphasis, no emoji. Of a code block, its content. */
  readonly text: string;
  /** The lead-in of `**Label**: …` or `Label: …`. */
  readonly label: string | undefined;
  /** The text after the label; all of it without one. */
  readonly body: string;
  readonly codes: readonly string[];
  readonly links: readonly string[];
  readonly checkbox: 'open' | 'ticked' | undefined;
  readonly ordered: boolean;
  /** Outermost first. */
  readonly trail: readonly Above[];
  /** The list or table it belongs to; 0 for none. Unique among all guides. */
  readonly group: number;
  readonly cells: readonly Cell[];
  /** An item that other items are nested in. */
  readonly parent: boolean;
  /** From a block of YAML, a diagram or plain text between fences. */
  readonly coded: boolean;
  /** From HTML, whose structure is not read. */
  readonly html: boolean;
  /** The line that says the stage of a row: its own, or that of the shares in a table whose columns are stages. */
  readonly stageLine: number;
}
