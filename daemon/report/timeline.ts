import { type JournalNames, type JournalWords, journalRank } from '../protocol/words/journalWords.ts';
import { entryText } from './entryText.ts';
import type { ReportFacts } from './facts.ts';
import { exactText } from './moment.ts';
import { type Block, code, type Section } from './reportDocument.ts';

/** A report is read by people: omitted entries are counted, and the journal has them. */
const mostRows = 250;

export function timelineSection(facts: ReportFacts): Section {
  const names = entryNames(facts);
  const rows = facts.entries.flatMap((entry) => {
    if (!isInSpan(facts, entry.at)) return [];
    const rank = journalRank(entry.body, names);
    return rank === 3 ? [] : [{ entry, rank }];
  });
  const shown = mostTelling(rows);
  const zone = facts.loaded.plan.timezone;
  const blocks: Block[] = [];
  if (shown.length === 0) blocks.push({ kind: 'paragraph', text: [emptyText(facts)] });
  else {
    blocks.push({
      kind: 'table',
      columns: [{ title: 'When' }, { title: 'What' }, { title: 'Who and why' }],
      rows: shown.map(({ entry }) => {
        const { what, why } = entryText(entry, names);
        return [[exactText(entry.at, zone)], what, why];
      }),
    });
  }
  const left = rows.length - shown.length;
  if (left > 0)
    blocks.push({ kind: 'paragraph', text: [`${left} more, see the journal: `, code('rampwatch journal')] });
  return { id: 'timeline', title: ['Timeline'], blocks, sections: [] };
}

export function entryNames({ loaded, view }: ReportFacts): JournalNames {
  return { ...view, stages: loaded.plan.stages };
}

export function isInSpan({ span }: ReportFacts, at: number): boolean {
  return span === null || (at >= span.from && at < span.to);
}

function emptyText({ span }: ReportFacts): string {
  return span === null ? 'Nothing has happened yet.' : 'Nothing was journalled in this period.';
}

/** Ranks are filled one after the other; a rank with too many entries keeps its first and its last. */
function mostTelling<T extends { readonly rank: JournalWords['rank'] }>(rows: readonly T[]): readonly T[] {
  if (rows.length <= mostRows) return rows;
  const kept = new Set<T>();
  for (const rank of [0, 1, 2]) {
    const room = mostRows - kept.size;
    const ofRank = rows.filter((row) => row.rank === rank);
    const half = Math.ceil(room / 2);
    const chosen =
      ofRank.length <= room ? ofRank : [...ofRank.slice(0, half), ...ofRank.slice(ofRank.length - (room - half))];
    for (const row of chosen) kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}
