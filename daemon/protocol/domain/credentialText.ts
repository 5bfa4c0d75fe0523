/** The place of a credential: a variable of the daemon's environment, or a file that nobody else may read. */
export type CredentialPlace =
  | { readonly from: 'environment'; readonly name: string }
  | { readonly from: 'file'; readonly path: string };

/**
 * A part of a plan's text. `${env:NAME}` and `${file:/path}` say where a credential lies; the plan never holds it, so
 * that it reaches no log, journal, report or bundle by way of the plan.
 */
export type CredentialPart =
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'credential'; readonly place: CredentialPlace };

export function credentialParts(text: string): readonly CredentialPart[] {
  const parts: CredentialPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:([^}\n]+))\}/g)) {
    const [whole, name, path = ''] = match;
    if (match.index > end) parts.push({ kind: 'words', text: text.slice(end, match.index) });
    const place: CredentialPlace = name === undefined ? { from: 'file', path } : { from: 'environment', name };
    parts.push({ kind: 'credential', place });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ kind: 'words', text: text.slice(end) });
  return parts;
}

/** A place in the plan's own words, which is the name of its credential for people and on the wire: `env:FLAGS_TOKEN`. */
export function placeText(place: CredentialPlace): string {
  return place.from === 'environment' ? `env:${place.name}` : `file:${place.path}`;
}

/** A place as `placeText` writes it. */
export const placePattern = /^(?:env:[A-Za-z_][A-Za-z0-9_]{0,199}|file:[^}\n]{1,1000})$/;

/** The place that `placeText` has written. */
export function placeOf(text: string): CredentialPlace {
  const name = placeName(text);
  return text.startsWith('file:') ? { from: 'file', path: name } : { from: 'environment', name };
}

/** The name in a sentence: the variable, or the path. */
export function placeName(place: string): string {
  return place.slice(place.indexOf(':') + 1);
}

export function credentialPlaces(text: string): readonly CredentialPlace[] {
  return credentialParts(text).flatMap((part) => (part.kind === 'credential' ? [part.place] : []));
}
