import type { Instead, Path } from '../problem.ts';

/** The receiver of a check's findings. */
export interface Report {
  /** At a value; `offset` is inside its text. */
  value(path: Path, message: string, more?: { readonly offset?: number; readonly instead?: Instead | undefined }): void;
  /** At a key; for an item of a list, at the item. */
  key(path: Path, message: string, instead?: Instead): void;
}

/** "— did you mean `x`?", or the known names. */
export function suggestion(meant: string | undefined, known: readonly string[]): string {
  if (meant !== undefined) return ` — did you mean \`${meant}\`?`;
  const shown = known.slice(0, 12).map((name) => `\`${name}\``);
  return shown.length === 0 ? '' : `: there is ${shown.join(', ')}${known.length > shown.length ? ', …' : ''}`;
}
