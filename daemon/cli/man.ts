import { version } from '../version.ts';
import type { Call, Command, ExitCode } from './command.ts';
import { manPage } from './manPage.ts';

/** The page is a text for man(1), whether or not `--json` is given. */
export function manOf(commands: readonly Command[]): { run(call: Call): Promise<ExitCode> } {
  return {
    async run({ output }) {
      output.raw(manPage(commands, version));
      return 0;
    },
  };
}
