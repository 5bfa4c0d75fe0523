/** A secret as it may occur in a text: as it is, inside JSON, in an address, in base64, and each long line of it. */
export function secretForms(secret: string): readonly string[] {
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  if (secret.length >= 8) forms.add(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  for (const line of secret.split('\n')) if (line.trim().length >= 8) forms.add(line.trim());
  return [...forms];
}
