/** Lines about services that are not reachable in a test run and do not matter to it. */
const harmless = new RegExp(
  [
    'marketplace|open-vsx|gallery|vsda|favicon|vscode-cdn|ERR_NAME_NOT_RESOLVED|Failed to load resource',
    'GitHub authentication|authentication ?provider|AccountPolicyGate|AgentHost|service ?worker|bad HTTP response code',
    'Creating a socket|connection token|Updating additional builtin|grace-time|default profile extensions',
    '\\bat .*workbench\\.js',
  ].join('|'),
  'i',
);

/** The log of one run: what the server, the workbench and the extension host said, in order. */
export class RunLog {
  readonly lines: string[] = [];

  add(source: string, text: string): void {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      this.lines.push(`[${source}] ${line.trimEnd()}`);
    }
  }

  /** The last `count` lines that may matter, as one text. */
  tail(count: number): string {
    return this.lines
      .filter((line) => !harmless.test(line))
      .slice(-count)
      .join('\n');
  }
}
