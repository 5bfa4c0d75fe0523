import type { ParseArgsOptionsConfig } from 'node:util';
import type { Output } from './output.ts';

/** One `rampwatch` command. The module that carries it out is loaded only when it is called. */
export interface Command {
  readonly name: string;
  /** As shown behind the name: `FILE… --plan P`. */
  readonly arguments: string;
  readonly summary: string;
  readonly options: ParseArgsOptionsConfig;
  /** How many words may follow the command. */
  readonly words: { readonly least: number; readonly most: number };
  /** The few values that an option takes, by its name; those of the first word under ''. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  load(): Promise<{ run(call: Call): Promise<ExitCode> }>;
}

/** 0 done; 1 refused or failed, with one line that says why; 2 wrong use. */
export type ExitCode = 0 | 1 | 2;

/** The input of a command: everything it knows of the outside. */
export interface Call {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly output: Output;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

export function textOption(call: Call, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function flagOption(call: Call, name: string): boolean {
  return call.options[name] === true;
}

/** An option that may be given several times. */
export function textsOption(call: Call, name: string): readonly string[] {
  const value = call.options[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
