let language: Readonly<Record<string, string>> = {};

/** The editor's language, as the host gives it with every snapshot: English text → its translation. */
export function speak(translations: Readonly<Record<string, string>>): void {
  language = translations;
}

/** The text in the editor's language, `{0}`, `{1}`… replaced. Every text of the page's own passes through it. */
export function t(message: string, ...values: readonly (string | number)[]): string {
  const text = language[message] ?? message;
  return text.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
