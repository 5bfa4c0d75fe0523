/** The log of one run: what the server, the workbench and the extension host said, in order. */
export declare class RunLog {
  readonly lines: string[];
  add(source: string, text: string): void;
  /** The last `count` lines that may matter, as one text. */
  tail(count: number): string;
}
