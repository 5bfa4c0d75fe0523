import { redactSecrets } from '../protocol/secrets/secrets.ts';
import { dataNotice } from '../protocol/words/modelText.ts';

/** The most characters of one answer: an assistant reads all of it, and a log can say anything at any length. */
const longest = 30_000;

export interface AgentText {
  readonly [key: string]: unknown;
  readonly content: { readonly type: 'text'; readonly text: string }[];
}

/** Lines of facts. Each has quoted its untrusted parts itself. */
export function facts(lines: readonly string[]): AgentText {
  return answer([dataNotice, ...lines].join('\n'));
}

/**
 * The document of a command: JSON, in which every text stands in double quotes. Where lines of logs are quoted, a run
 * that looks random is removed too; elsewhere it would take the journal's hashes.
 */
export function document(lead: string, json: string, { quotesLogs = true } = {}): AgentText {
  return answer([dataNotice, lead, redactSecrets(json, { random: quotesLogs }).text].join('\n'));
}

function answer(text: string): AgentText {
  const shown =
    text.length <= longest
      ? text
      : `${text.slice(0, longest)}\n(${text.length - longest} more characters are left out: ask for less)`;
  return { content: [{ type: 'text', text: shown }] };
}
