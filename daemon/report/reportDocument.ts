/**
 * A report before it is Markdown or HTML: what it says and in which order. Strings in it come from plans, logs and people
 * and mean nothing but themselves; each format escapes all of them.
 */

/** Colour for meaning only. A mark is always a word too. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet';

export type Span =
  | string
  | { readonly kind: 'strong'; readonly text: string }
  /** A name, a condition, a hash: as it is written where it comes from. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string; readonly tone: Tone }
  /** `to`: one of our own links, made of encoded words. */
  | { readonly kind: 'link'; readonly text: string; readonly to: string };

/** One line of text. */
export type Text = readonly Span[];

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A row of a list of facts: `Plan`: `rampwatch.yaml`. */
export interface Fact {
  readonly name: string;
  readonly text: Text;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Text[])[];
    }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  /** Lines of a log with their places, newest last. `text` is `null` where only the place is kept. */
  | { readonly kind: 'lines'; readonly lines: readonly QuotedLine[] }
  | { readonly kind: 'chart'; readonly chart: Chart }
  /** For people to fill. */
  | { readonly kind: 'blank'; readonly id: string; readonly prompt: string };

export interface QuotedLine {
  readonly place: string;
  /** Opens the record in the editor; `null` for what is not a line of a file. */
  readonly link: string | null;
  readonly text: string | null;
}

export interface Section {
  /** Unique in the report: letters, digits and `-`. */
  readonly id: string;
  readonly title: Text;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
}

export interface ReportDocument {
  /** The rollout's id, for the mark by which a report is known as one. */
  readonly rollout: string;
  /** The plan's name. */
  readonly title: string;
  /** The part of the rollout that the report covers: `Report`, `Daily report, Mon 2025-11-03`. */
  readonly subject: string;
  readonly outcome: { readonly word: string; readonly tone: Tone };
  /** The one sentence. */
  readonly sentence: string;
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
}

/** Figures over time. Times are instants; both formats also show the numbers as a table. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** The chart in a sentence, for those who do not see it. */
  readonly summary: string;
  readonly zone: string;
  readonly from: number;
  readonly to: number;
  /** The values' axis, low to high. */
  readonly low: number;
  readonly high: number;
  /** Writes a value of the axis. */
  readonly written: (value: number) => string;
  readonly curves: readonly Curve[];
  readonly limits: readonly { readonly value: number; readonly label: string }[];
  readonly marks: readonly ChartMark[];
  readonly table: { readonly columns: readonly Column[]; readonly rows: readonly (readonly Text[])[] };
}

export interface Curve {
  readonly name: string;
  /** Treatment is solid, control dashed. */
  readonly arm: 'treatment' | 'control';
  /** A second figure of the same arm (p50 beside p95) is thinner. */
  readonly weight: 'main' | 'second';
  readonly shape: 'line' | 'steps';
  /** `null` where there is no figure: the curve has a gap there. */
  readonly points: readonly { readonly at: number; readonly value: number | null }[];
}

export interface ChartMark {
  readonly at: number;
  readonly label: string;
  readonly kind: 'stage' | 'rollback';
}

export function code(text: string): Span {
  return { kind: 'code', text };
}

export function strong(text: string): Span {
  return { kind: 'strong', text };
}

export function mark(text: string, tone: Tone): Span {
  return { kind: 'mark', text, tone };
}

export function link(text: string, to: string): Span {
  return { kind: 'link', text, to };
}
