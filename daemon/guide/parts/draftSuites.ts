import type { Agreed } from '../agreement.ts';
import type { DraftSuite } from '../draft.ts';
import type { Guide } from '../guide.ts';
import { groupCount, groupHeading } from '../rules/tests.ts';
import { said } from '../text/findings.ts';
import { slug } from '../text/text.ts';
import type { ValueOf } from '../values.ts';

export function suitesOf(guide: Guide, tests: readonly Agreed<ValueOf<'test'>>[]): readonly DraftSuite[] {
  const groups = new Map<string, [string, number][]>();
  for (const passage of guide.passages) {
    const suite = groupHeading(passage, guide);
    if (suite === undefined) continue;
    const known = groups.get(suite.toLowerCase()) ?? [];
    groups.set(suite.toLowerCase(), known);
    if (!known.some(([name]) => name === passage.label)) known.push([passage.label ?? '', groupCount(passage)]);
    guide.use(passage);
  }
  const ids = new Set<string>();
  return tests.map(({ value, places }) => {
    let file = slug(value.name, '-').replace(/^(phase|stage|part)-(\d)/, '$1$2') || 'tests';
    while (ids.has(file)) file = `${file}-2`;
    ids.add(file);
    return {
      name: value.name,
      junit: `reports/${file}.xml`,
      expect: said(value.count, ...places),
      groups: groups.get(value.name.toLowerCase()) ?? [],
    };
  });
}
