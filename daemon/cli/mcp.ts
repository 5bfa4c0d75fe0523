import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { agentServer } from '../agent/agentServer.ts';
import { version } from '../version.ts';
import { agentPorts } from './agentCalls.ts';
import type { Call, ExitCode } from './command.ts';

/** Serves an assistant until it closes standard input. Standard output carries the protocol and nothing else. */
export async function run(call: Call): Promise<ExitCode> {
  const ports = agentPorts(call, version);
  const { output } = call;
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const served = serveStdio(() => agentServer(ports), {
    onerror: (error) => output.note(`rampwatch: ${error.message}`),
  });
  await ended;
  await served.close();
  return 0;
}
