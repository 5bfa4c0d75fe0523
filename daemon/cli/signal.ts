import { type Call, type ExitCode, textOption } from './command.ts';
import { askDaemon } from './workspace.ts';

/** Reports what only a person sees, such as a complaint; the plan's `signal` measures count it. */
export function run(call: Call): Promise<ExitCode> {
  const [name = ''] = call.words;
  const note = textOption(call, 'note');
  return askDaemon(call, (client, asked) =>
    client.request('signal', { ...asked, name, ...(note !== undefined && { note }) }),
  );
}
