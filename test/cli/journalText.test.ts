import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journalLines } from '../../daemon/cli/journalText.ts';
import { hostileFacts } from '../support/reportFacts.ts';

const unpainted = { paint: (_style: string, text: string) => text };
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
const steers = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('the journal on the command line', () => {
  it('is one line for each entry, whatever people, plans and logs wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (hostile) => {
        const { entries, view } = hostileFacts(`${hostile}\n\u001b[2J\u202e`);
        const lines = journalLines(entries, entries.length, view, unpainted);
        expect(lines).toHaveLength(entries.length + 1);
        for (const line of lines) expect(line).not.toMatch(steers);
      }),
    );
  });

  it('says that nothing has happened yet, and where older ones are', () => {
    const { entries, view } = hostileFacts('x');
    expect(journalLines([], 50, view, unpainted)).toEqual(['Nothing has happened yet.']);
    expect(journalLines(entries, 1, view, unpainted).slice(1)).toEqual([
      'Newest first, times in UTC; older ones: --limit 4.',
    ]);
  });
});
