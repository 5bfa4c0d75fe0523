import { shownText } from '../../daemon/protocol/secrets/redactRecord.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';

/** Untrusted text for a Markdown tooltip: every character that could start a construct, a link or an icon is escaped. */
export function markdownText(text: string, longest = 600): string {
  return plainText(text, longest).replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&$:@]/g, (character) => `\\${character}`);
}

/** Untrusted text where the editor would turn `$(name)` into an icon: status bar and quick picks. */
export function iconlessText(text: string, longest = 300): string {
  return plainText(text, longest).replaceAll('$(', '\\$(');
}

/**
 * Untrusted text in a notification, where the editor would turn `[words](address)` into a link. It breaks its lines, so a
 * number and its sign stay together.
 */
export function messageText(text: string, longest = 500): string {
  return plainText(shownText(text), longest)
    .replaceAll('](', '] (')
    .replaceAll(/(?<=\d) %/g, '\u00a0%');
}
