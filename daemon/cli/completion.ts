import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Call, Command, ExitCode } from './command.ts';
import { completionScript, shells } from './completionScripts.ts';

/** The script is the shell's own text, whether or not `--json` is given. */
export function completionOf(commands: readonly Command[]): { run(call: Call): Promise<ExitCode> } {
  return {
    async run({ words: [named = ''], output }) {
      const shell = shells.find((each) => each === named);
      if (shell === undefined)
        throw new UserError('usage', `there is no completion for ${plainText(named, 40)}: name ${shells.join(', ')}`);
      output.raw(completionScript(shell, commands));
      return 0;
    },
  };
}
