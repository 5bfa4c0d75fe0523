export function compiledScanner(): Promise<string>;
export function refreshScanner(): Promise<void>;
