/** A line of a plan that names a line of a guide in its comment. Lines are 1-based, columns 0-based. */
export interface GuideReference {
  readonly planLine: number;
  readonly from: number;
  readonly to: number;
  /** As the plan names it. */
  readonly guide: string;
  readonly guideLine: number;
  /** The value on the line of the plan; empty where it is a comment alone. */
  readonly value: string;
}

const lineNumbers = /^:\d{1,7}(?:, \d{1,7})*/;

/** What an imported plan cites, wherever a person has moved it: `percent: 10 # GUIDE.md:15, 16; WEEK1.md:3`. */
export function guideReferences(plan: string, guides: readonly string[]): readonly GuideReference[] {
  return plan.split('\n').flatMap((line, index) => {
    const comment = line.startsWith('#') ? 0 : line.search(/\s#/);
    if (comment === -1) return [];
    const value = line.slice(0, comment).trim();
    return guides.flatMap((guide) =>
      citations(line, comment, guide).map(({ from, to, guideLine }) => ({
        planLine: index + 1,
        from,
        to,
        guide,
        guideLine,
        value,
      })),
    );
  });
}

type Citation = Pick<GuideReference, 'from' | 'to' | 'guideLine'>;

/** The first number has the guide's name before it, which is part of what is clicked. */
function citations(line: string, comment: number, guide: string): readonly Citation[] {
  const found: Citation[] = [];
  for (let at = line.indexOf(guide, comment); at !== -1; at = line.indexOf(guide, at + guide.length)) {
    // `GUIDE.md` is no citation of `docs/GUIDE.md`.
    if (at > 0 && !/[\s(]/.test(line.charAt(at - 1))) continue;
    const start = at + guide.length;
    const numbers = lineNumbers.exec(line.slice(start))?.[0] ?? '';
    for (const { 0: number, index } of numbers.matchAll(/\d+/g)) {
      const from = found.some((known) => known.from === at) ? start + index : at;
      found.push({ from, to: start + index + number.length, guideLine: Number(number) });
    }
  }
  return found;
}
