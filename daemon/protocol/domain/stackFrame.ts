/** A place in a program's source, as a stack trace names it. */
export interface StackFrame {
  /** As written: absolute, relative, or a URL. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number | null;
}

const longestText = 8192;
const mostFrames = 50;

/** JavaScript's `at fn (file:9:49)` and `at file:9:49`; Java's, Kotlin's and C#'s `at a.B.c(B.java:9)`, `in B.cs:line 9`. */
const atFrame =
  /^\s*at\s+(?:.*?\()?(?:async\s+)?(?<file>[^()\s][^()]*?):(?:line\s+)?(?<line>\d{1,7})(?::(?<column>\d{1,5}))?\)?\s*$/;
const dotnetFrame = /^\s*at\s.*\sin\s(?<file>.+?):line\s(?<line>\d{1,7})\s*$/;
const pythonFrame = /^\s*File "(?<file>[^"]+)", line (?<line>\d{1,7})/;
/** Go's `\t/src/main.go:9 +0x1d`, Ruby's `app.rb:9:in 'f'`, PHP's `#0 /src/a.php(9): f()`. */
const goFrame = /^\s+(?<file>\S+\.go):(?<line>\d{1,7})(?:\s\+0x[\da-f]+)?\s*$/;
const rubyFrame = /^\s*(?:from\s+)?(?<file>\S+\.rb):(?<line>\d{1,7}):in\s/;
const phpFrame = /^\s*#\d+\s+(?<file>\S+\.php)\((?<line>\d{1,7})\)/;
const forms = [dotnetFrame, atFrame, pythonFrame, goFrame, rubyFrame, phpFrame];

/** The frames of a stack trace, where the error was raised first; none of a text that is no trace. */
export function framesIn(text: string): readonly StackFrame[] {
  const frames: StackFrame[] = [];
  let isPython = false;
  for (const line of text.slice(0, longestText).split('\n')) {
    const form = forms.find((each) => each.test(line));
    const groups = form?.exec(line)?.groups;
    if (groups?.file === undefined) continue;
    if (form === pythonFrame) isPython = true;
    const column = groups.column === undefined ? null : Number(groups.column);
    frames.push({ file: groups.file.replace(/^file:\/\//, ''), line: Number(groups.line), column });
    if (frames.length === mostFrames) break;
  }
  // Python writes the newest call last.
  return isPython ? frames.reverse() : frames;
}

/** The first frame of the program's own source: libraries and the runtime raise errors for their callers. */
export function ownFrame(frames: readonly StackFrame[]): StackFrame | null {
  return frames.find(isOwnFrame) ?? frames[0] ?? null;
}

/** False for libraries and the runtime. */
export function isOwnFrame({ file }: StackFrame): boolean {
  return !foreign.test(file);
}

const foreign =
  /(?:^|[/\\])(?:node_modules|site-packages|dist-packages|vendor|gems)[/\\]|^node:|^internal[/\\]|^<|\/(?:usr|opt)\/(?:local\/)?(?:lib|go)\//;
