/** Sentences end at full stops; and `Owner: A · Backup: B` are fields side by side, each with a label of its own. */
export function sentenceEnds(text: string): readonly number[] {
  const fields = [...text.matchAll(/\s+[·•|]\s+(?=\S)/g)].map((match) => match.index);
  const labels = text.split(/\s+[·•|]\s+/).filter((part) => /^\p{L}[^:]{0,40}:\s/u.test(part)).length;
  const ends = [...text.matchAll(fullStop)]
    .map((match) => match.index)
    .filter((index) => !abbreviated.test(text.slice(0, index)));
  // `Owner: A` and `Status: B` on lines of their own, without an empty line between them.
  const lines = [...text.matchAll(/\n(?=[^\p{L}\n]{0,4}\p{Lu}[\p{L}\d /-]{0,30}:\s)/gu)].map((match) => match.index);
  // `need: …` and `kill: …`, where every line has a label.
  const terse = /^[^\S\n]*\p{L}[\p{L}\d /-]{0,20}:\s/u;
  const all = text.split('\n').every((line) => terse.test(line)) ? [...text.matchAll(/\n/g)] : [];
  // `KC1. …` and `EC2: …` on lines of their own.
  const numbered = [...text.matchAll(/\n(?=[A-Z]{1,4}-?\d{1,3}[.:)]\s)/g)].map((match) => match.index);
  const beside = labels >= (/[·•]/.test(text) ? 1 : 2) ? fields : [];
  return [...new Set([...ends, ...beside, ...lines, ...numbered, ...all.map((match) => match.index)])].sort(
    (a, b) => a - b,
  );
}

/** A full stop ends a sentence before a capital, a digit or code; not after `e.g.`, `min.` and the like, but after `15 min.`. */
const fullStop = /(?<=[^.\s][.!?])\s+(?=[\p{Lu}\d`"(])/gu;
const abbreviated =
  /(?:\b(?:e\.g|i\.e|(?<!\d\s?)min|max|approx|vs|etc|resp|no|ca|\p{Lu})|(?:^|\n)[A-Z]{1,4}-?\d{1,3})\.$/u;
