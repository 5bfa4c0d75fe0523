/** A secret as it may occur in a text: as it is, inside JSON, in an address, in base64, and each long line of it. */
export function secretForms(secret: string): readonly string[] {
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  if (secret.length >= 8) forms.add(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  for (const line of secret.split('\n')) if (line.trim().length >= 8) forms.add(line.trim());
  return [...forms];
}

/** The parts of an address by which somebody could write there: path, query, and each long part of the path. */
export function addressSecrets(address: string): readonly string[] {
  const url = URL.parse(address);
  if (url === null) return [];
  const parts = [`${url.pathname}${url.search}`, url.pathname, url.search, ...url.pathname.split('/')];
  return [...new Set(parts.filter((part) => part.length >= 12).flatMap(secretForms))];
}
