import { credentialParts } from '../../protocol/domain/credentialText.ts';

/** A line for a person's shell. The place of a credential becomes the shell's own word for it. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  const parts = credentialParts(word).map((part) => {
    if (part.kind === 'words') return `'${part.text.replaceAll("'", `'\\''`)}'`;
    return part.place.from === 'environment' ? `"$${part.place.name}"` : `"$(cat ${part.place.path})"`;
  });
  return parts.join('');
}
