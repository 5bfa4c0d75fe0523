/** A report's file, for the person or command that writes over it. */

/** The mark of a report of ours, of any rollout. */
export function isReport(text: string): boolean {
  const head = text.slice(0, 2000);
  return /^\uFEFF?\s*<!-- rampwatch report: [A-Za-z0-9_-]* -->/.test(head) || head.includes(generator);
}

const generator = '<meta name="generator" content="rampwatch report">';
const blank = /<!-- yours: ([a-z-]+) -->\r?\n([\s\S]*?)<!-- end -->/g;

/** The new report with the texts that people wrote into the blanks of the old one. */
export function withWhatPeopleWrote(fresh: string, old: string): string {
  const written = new Map([...old.matchAll(blank)].map(([, id = '', text = '']) => [id, text]));
  return fresh.replaceAll(blank, (whole, id: string) => {
    const text = written.get(id);
    return text === undefined || text.trim() === '' ? whole : `<!-- yours: ${id} -->\n${text}<!-- end -->`;
  });
}
