import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { logFiles } from '../log.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { folderWorkspace } from './workspace.ts';

export const logName = 'daemon.log';

const entrySchema = z.object({ level: z.number(), time: z.string(), msg: z.string() });

/** The newest lines of the daemon's own log. */
export async function run(call: Call): Promise<ExitCode> {
  const count = Number(textOption(call, 'lines') ?? 40);
  if (!Number.isInteger(count) || count < 1) throw new UserError('usage', '--lines takes a whole number from 1');
  const file = join((await folderWorkspace(call)).directory, logName);
  const lines: string[] = [];
  for (const each of logFiles(file)) {
    if (lines.length < count) lines.unshift(...linesOf(textOf(each)));
  }
  if (lines.length === 0) {
    throw new UserError('no-log', `no log yet in ${file}: \`rampwatch start\` starts the daemon that writes it`);
  }
  lines.splice(0, lines.length - count);
  for (const line of lines) call.output.line(readable(line));
  call.output.document({ file, lines });
  return 0;
}

/** Empty when the file is missing: rotation may move it at this moment. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function readable(line: string): string {
  const parsed = entrySchema.safeParse(jsonOrNull(line));
  if (!parsed.success) return plainText(line);
  const { level, time, msg } = parsed.data;
  const word = level >= 50 ? 'error' : level >= 40 ? 'warn ' : 'info ';
  return `${time}  ${word}  ${plainText(msg, 2000)}`;
}

function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
