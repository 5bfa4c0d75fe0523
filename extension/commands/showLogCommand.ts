import { basename } from 'node:path';
import * as z from 'zod';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { answerOf, type DaemonProgram, type RunCommandLine } from '../connection/commandLine.ts';
import type { Actions } from './actions.ts';
import type { Handler } from './registerCommand.ts';

/** How far back in the daemon's log is looked. */
const newest = 500;
/** The levels from which an entry of the daemon's log is a warning, and an error. */
const warning = 40;
const error = 50;

const logAnswer = z.object({ file: z.string(), lines: z.array(z.string()) });
const logEntry = z.object({ level: z.number(), time: z.string(), msg: z.string() });

/**
 * Shows the extension's own log with the daemon's warnings and errors, each entry once, and the path of the daemon's
 * full log.
 */
export function showLogCommand(
  { vscode, connections, log }: Actions,
  { run, program }: { readonly run: RunCommandLine; program(): DaemonProgram },
): Handler {
  /** The newest line that was read of each log. */
  const read = new Map<string, string>();
  return async () => {
    log.show();
    if (!vscode.workspace.isTrusted) return;
    for (const { folder, planFiles } of connections.standings) {
      const [planFile] = planFiles;
      if (planFile === undefined) continue;
      const words = ['logs', '--plan', planFile, '--lines', String(newest), '--json'];
      const answer = logAnswer.safeParse(answerOf(await run(program(), { words, folder })));
      if (!answer.success) continue;
      const { file, lines } = answer.data;
      if (!read.has(file)) log.info(`the daemon's own log of ${folder} is ${file}`);
      const last = lines.at(-1);
      for (const line of lines.slice(lines.lastIndexOf(read.get(file) ?? '') + 1)) {
        const entry = logEntry.safeParse(parsed(line));
        if (!entry.success || entry.data.level < warning) continue;
        const { level, time, msg } = entry.data;
        const text = `daemon of ${basename(folder)}, ${time}: ${plainText(msg, 2000)}`;
        if (level >= error) log.error(text);
        else log.warn(text);
      }
      read.set(file, last ?? '');
    }
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
