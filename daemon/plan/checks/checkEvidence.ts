import { flagTexts } from '../../protocol/domain/flagKinds.ts';
import type { ChecklistItem, Plan } from '../../protocol/domain/plan.ts';
import { nearest } from '../nearest.ts';
import { insteadOf, type Path } from '../problem.ts';
import { type Report, suggestion } from './reportProblem.ts';

/** The names in an item's evidence must be in the plan. */
export function checkEvidence(plan: Plan, report: Report): void {
  for (const { item, path } of evidencedItems(plan)) {
    const evidence = typeof item === 'string' ? undefined : item.evidence;
    if (evidence === undefined || evidence === 'tests') continue;
    const known = (word: string, name: string, names: readonly string[], key: string) => {
      if (names.includes(name)) return;
      const meant = nearest(name, names);
      report.value([...path, key], `unknown ${word} \`${name}\`${suggestion(meant, names)}`, {
        instead: insteadOf(name, meant),
      });
    };
    if ('tests' in evidence) {
      const names = plan.tests.map(({ name }) => name);
      known('test suite', evidence.tests, names, 'tests');
    } else if ('quiet' in evidence) {
      const names = plan.triggers.map(({ id }) => id);
      known('trigger', evidence.quiet, names, 'quiet');
    } else if ('flag' in evidence) {
      const keys = Object.keys(flagTexts(plan.flag));
      for (const key of Object.keys(evidence.flag)) {
        if (keys.includes(key)) continue;
        const meant = nearest(key, keys);
        const message = `\`${key}\` is no key that the plan's flag sets${suggestion(meant, keys)}`;
        report.key([...path, 'flag', key], message, insteadOf(key, meant));
      }
    }
  }
}

/** Every item that may carry evidence, with the evidence's path. */
export function evidencedItems(plan: Plan): { readonly item: ChecklistItem; readonly path: Path }[] {
  return [
    ...plan.checklists.flatMap(({ items }, index) =>
      items.map((item, at) => ({ item, path: ['checklists', index, 'items', at, 'evidence'] })),
    ),
    ...plan.deliverables.map((item, at) => ({ item, path: ['deliverables', at, 'evidence'] })),
  ];
}
