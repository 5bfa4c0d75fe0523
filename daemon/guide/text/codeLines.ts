/** A line of a block of code that says something in words: of YAML, of a diagram, or of plain text between fences. */
export interface CodeLine {
  readonly text: string;
  /** Blanks before it. */
  readonly indent: number;
  /** Lines below the block's first. */
  readonly below: number;
  readonly parent: boolean;
  /** It begins an item of a list. */
  readonly bullet: boolean;
}

const prose = new Set(['', 'text', 'txt', 'plain', 'plaintext', 'markdown', 'md', 'yaml', 'yml']);

/** Nothing of a program: what a shell or a compiler reads says what to run, and not what is planned. */
export function codeLines(code: string, language: string): readonly CodeLine[] {
  const name = language.toLowerCase();
  if (code.length > 20_000) return [];
  if (name === 'mermaid') return diagramLines(code);
  if (!prose.has(name) || (name === '' && looksLikeProgram(code))) return [];
  const lines = code.split('\n').map((text, below) => ({ text, below, indent: indentOf(text) }));
  const kept = lines.filter(({ text }) => /[\p{L}\d]/u.test(text) && !/^\s*#/.test(text));
  return kept.map(({ text, below, indent }, index) => ({
    text: text
      .trim()
      .replace(/^[-*•]\s+/, '')
      .replace(/\s+#\s.*$/, '')
      .replace(/^[│├└─┌┐┘┬┴\s]+/, ''),
    indent,
    below,
    parent: (kept[index + 1]?.indent ?? 0) > indent,
    bullet: /^\s*[-*•]\s/.test(text),
  }));
}

/** A line below a bullet stands as deep as the bullet's own words. */
function indentOf(line: string): number {
  const bullet = /^(\s*)[-*•]\s+/.exec(line);
  return bullet === null ? line.length - line.trimStart().length : (bullet[0]?.length ?? 0);
}

function looksLikeProgram(code: string): boolean {
  return /[{};]\s*$|^\s*(?:\$|sudo|curl|export|kubectl|helm|git|npm|docker)\s|^\s*[A-Z_]+=\S+\s*$|=>|\(\)|&&/m.test(
    code,
  );
}

const node = /[A-Za-z]\w*\s*(?:\[+|\(+|\{+|>)"?([^\])}"]{1,120})"?(?:\]+|\)+|\}+)/g;

/** The boxes of a flow chart in their order, as one chain: `5 % → 25 % → 100 %`. */
function diagramLines(code: string): readonly CodeLine[] {
  const seen = new Set<string>();
  const labels: string[] = [];
  let below = -1;
  for (const [index, line] of code.split('\n').entries())
    for (const [, label = ''] of line.matchAll(node)) {
      const text = label.replaceAll(/<br\s*\/?>/g, ', ').trim();
      if (seen.has(text)) continue;
      seen.add(text);
      labels.push(text);
      if (below === -1) below = index;
    }
  return labels.length < 2 ? [] : [{ text: labels.join(' → '), indent: 0, below, parent: false, bullet: false }];
}
