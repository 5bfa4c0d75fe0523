import type { Call, ExitCode } from './command.ts';
import { saidOption } from './saidOption.ts';
import { askDaemon } from './workspace.ts';

/** Reports what only a person sees, such as a complaint; the plan's `signal` measures count it. */
export function run(call: Call): Promise<ExitCode> {
  const [name = ''] = call.words;
  const note = saidOption(call, 'note');
  return askDaemon(call, (client, asked) =>
    client.request('signal', { ...asked, name, ...(note !== undefined && { note }) }),
  );
}
