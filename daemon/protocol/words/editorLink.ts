import type { FilePlace } from '../domain/place.ts';

/**
 * Links that open something of a rollout in the editor, from a chat or a report. They only show: none begins, advances or
 * rolls back. Without a folder they lead to the rollout of that id which is open in the window.
 */

export const linkPaths = { rollout: '/rollout', record: '/record' } as const;

/** `words`: what is asked, by names that `extension/links.ts` reads. `scheme`: the editor's own. */
export function editorLink(
  words: Readonly<Record<string, string>>,
  path: (typeof linkPaths)[keyof typeof linkPaths] = linkPaths.rollout,
  scheme = 'vscode',
): string {
  const query = Object.entries(words).map(([name, text]) => `${name}=${encoded(text)}`);
  return `${scheme}://rampwatch.rampwatch${path}?${query.join('&')}`;
}

/** Brackets would end the link in Markdown, and a star or a quotation mark may begin something else. */
function encoded(text: string): string {
  const hex = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*_~]/g, hex);
}

/** Opens the line of the log. */
export function recordLink(rollout: string, { file, line, offset }: FilePlace): string {
  return editorLink({ rollout, file, line: String(line), offset: String(offset) }, linkPaths.record);
}
