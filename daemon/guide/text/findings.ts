/** Where in a guide something stands. */
export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export type FindingKind = 'not-understood' | 'prose' | 'conflict' | 'contradiction' | 'assumed' | 'repaired' | 'kept';

/** A finding: one line that a person should know about an import. */
export interface ImportFinding {
  readonly file: string;
  /** 1-based; 0 when it is about the whole file. */
  readonly line: number;
  readonly kind: FindingKind;
  readonly message: string;
}

/** A value of the plan, with where the guides say it, or why it is proposed where they do not. */
export interface Sourced<T> {
  readonly value: T;
  readonly places: readonly Place[];
  /** Why the importer proposes it; `undefined` when the guide says it. */
  readonly assumed?: string;
}

export function said<T>(value: T, ...places: readonly Place[]): Sourced<T> {
  return { value, places };
}

export function assumed<T>(value: T, why: string, ...places: readonly Place[]): Sourced<T> {
  return { value, places, assumed: why };
}

/** `GUIDE.md:12, 40; WEEK1.md:3`: every place once, file by file in the order given. */
export function placeNames(places: readonly Place[]): string {
  const lines = new Map<string, Set<number>>();
  for (const { file, line } of places) {
    const known = lines.get(file) ?? new Set<number>();
    known.add(line);
    lines.set(file, known);
  }
  return [...lines].map(([file, known]) => `${file}:${[...known].sort((a, b) => a - b).join(', ')}`).join('; ');
}

/** A guide's words in a message: one line, no control characters, at most 100 characters. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > 100 ? `“${line.slice(0, 99)}…”` : `“${line}”`;
}

/** Collects findings and what of the guides was used. */
export class Findings {
  readonly #list: ImportFinding[] = [];
  readonly #seen = new Set<string>();

  add(kind: FindingKind, place: Place, message: string): void {
    const key = `${kind}\u0000${place.file}\u0000${place.line}\u0000${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push({ file: place.file, line: place.line, kind, message });
  }

  /** The findings about a place: at its line, or about its line elsewhere, such as the loser of a conflict. */
  about({ file, line }: Place): readonly ImportFinding[] {
    const named = new RegExp(`(?:\\d, |${file.replaceAll(/[^\w]/g, '\\$&')}:)${line}(?!\\d)`);
    return this.#list.filter(
      (each) => (each.file === file && each.line === line) || (each.kind === 'conflict' && named.test(each.message)),
    );
  }

  /** In the order of the files given, then by line. */
  sorted(files: readonly string[]): readonly ImportFinding[] {
    const rank = new Map(files.map((file, index) => [file, index]));
    return [...this.#list].sort(
      (a, b) => (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.kind.localeCompare(b.kind),
    );
  }
}
