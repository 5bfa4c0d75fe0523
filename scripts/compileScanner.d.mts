export function compiledScanner(): Promise<string>;
export function refreshScanner(): Promise<void>;
/** Of the scanner's source and its compiler. */
export function sourceHash(): string;
