/** Lines about services that are not reachable in a test run and do not matter to it. */
const harmless =
  /^\[page\]\s+at |Failed to load resource|marketplace|open-vsx|gallery|vsda|GitHub authentication|authenticationProvider|ERR_NAME_NOT_RESOLVED|vscode-cdn|reconnection-grace-time|AgentHost|favicon/i;

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
