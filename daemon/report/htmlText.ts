import { plainText } from '../protocol/words/plainText.ts';

/** Untrusted text in an element or a quoted attribute. */
export function htmlText(text: string, longest = 1000): string {
  return plainText(text, longest).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
