import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

/** Makes the flag's file impossible to replace, even for root: a folder stands in its place. */
export function holdFlag(file: string): { release(): void } {
  const kept = readFileSync(file);
  rmSync(file);
  mkdirSync(file);
  return {
    release() {
      rmdirSync(file);
      writeFileSync(file, kept);
    },
  };
}
