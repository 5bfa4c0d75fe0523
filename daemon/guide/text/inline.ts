import type { PhrasingContent } from 'mdast';

/** A line of a paragraph as the author broke it: hard breaks, and soft ones before a bold lead-in. */
export interface InlineRun {
  /** Soft breaks stay in it as newlines. */
  readonly text: string;
  readonly line: number;
  readonly codes: readonly string[];
  readonly links: readonly string[];
  /** The same links with the words that carry them. */
  readonly linked: readonly { readonly text: string; readonly link: string }[];
  /** The bold words it starts with. */
  readonly lead: string | undefined;
  readonly allBold: boolean;
}

const labelledLine = /\n\s*(?=\p{Lu}[\p{L}\d ()/-]{1,40}:\s)/u;

interface Piece {
  readonly text: string;
  readonly kind: 'text' | 'bold' | 'code' | 'break';
  readonly link: string | undefined;
}

/** The inline content of a block, which starts at `line`. */
export function inlineRuns(nodes: readonly PhrasingContent[], line: number): readonly InlineRun[] {
  const runs: InlineRun[] = [];
  let pieces: Piece[] = [];
  let start = line;
  const close = (next: number) => {
    const run = runOf(pieces, start);
    if (run !== undefined) runs.push(run);
    pieces = [];
    start = next;
  };
  let current = line;
  for (const piece of flatten(nodes, 'text', undefined)) {
    if (piece.kind === 'break') {
      current += 1;
      close(current);
      continue;
    }
    const before = pieces.at(-1);
    // After a bold line of its own, the next line is a run of its own.
    const text = pieces.map((each) => each.text).join('');
    if (piece.kind === 'text' && before?.kind === 'bold' && /^\s*\n/.test(piece.text) && !text.includes('\n')) {
      close(current);
    }
    if (piece.kind === 'bold' && before !== undefined && before.kind === 'text' && /\n\s*$/.test(before.text)) {
      close(current);
    }
    // `Success: …` and `Rollback: …` on lines of their own are two things that are said.
    const [first = '', ...labelled] = piece.kind === 'text' ? piece.text.split(labelledLine) : [piece.text];
    if (pieces.length === 0) start = current;
    pieces.push({ ...piece, text: first });
    current += first.split('\n').length - 1;
    for (const line of labelled) {
      current += 1;
      close(current);
      pieces.push({ ...piece, text: line });
      current += line.split('\n').length - 1;
    }
  }
  close(current);
  return runs;
}

function runOf(pieces: readonly Piece[], line: number): InlineRun | undefined {
  const whole = pieces.map((piece) => piece.text).join('');
  const text = whole.trim();
  if (text === '') return undefined;
  const words = pieces.filter((piece) => piece.text.trim() !== '');
  // An emoji may stand before the bold words: `✅ **Done**: …`.
  const first = words.find((piece) => /[\p{L}\p{N}]/u.test(piece.text));
  const next = first === undefined ? undefined : words[words.indexOf(first) + 1];
  const leads = first?.kind === 'bold' && (/[:.–—-]\s*$/.test(first.text) || /^\s*[:–—-]/.test(next?.text ?? ''));
  const skipped = whole.length - whole.trimStart().length;
  return {
    text,
    line: line + whole.slice(0, skipped).split('\n').length - 1,
    codes: pieces
      .filter((piece) => piece.kind === 'code')
      .map((piece) => piece.text.trim())
      .filter((code) => code !== ''),
    links: pieces.map((piece) => piece.link).filter((link) => link !== undefined),
    linked: pieces.flatMap((piece) =>
      piece.link === undefined ? [] : [{ text: piece.text.trim(), link: piece.link }],
    ),
    lead: leads ? first.text : undefined,
    allBold:
      words.every((piece) => piece.kind === 'bold' || /^[^\p{L}\p{N}]*$/u.test(piece.text)) &&
      words.some((piece) => piece.kind === 'bold'),
  };
}

function* flatten(
  nodes: readonly PhrasingContent[],
  kind: 'text' | 'bold',
  link: string | undefined,
): Generator<Piece> {
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
        yield { text: node.value, kind, link };
        break;
      case 'inlineCode':
        yield { text: node.value, kind: 'code', link };
        break;
      case 'break':
        yield { text: '\n', kind: 'break', link };
        break;
      case 'html':
        if (/^<br\s*\/?>$/i.test(node.value)) yield { text: '; ', kind: 'text', link };
        break;
      case 'strong':
        yield* flatten(node.children, 'bold', link);
        break;
      case 'emphasis':
      case 'delete':
        yield* flatten(node.children, kind, link);
        break;
      case 'link':
        yield* flatten(node.children, kind, node.url);
        break;
      case 'linkReference':
        yield* flatten(node.children, kind, link);
        break;
      case 'image':
      case 'imageReference':
        if (node.alt) yield { text: node.alt, kind, link };
        break;
      default:
        break;
    }
  }
}
