import type { PlanCursor, TextNode } from './planText.ts';
import { eachText, keysAt, nodeAt, textAt } from './planTree.ts';

/** The names of the plan that a place of it refers to. */
export type PlanReference = 'condition' | 'measure' | 'stage' | 'trigger' | 'suite' | 'placeholder';

/** Where which names go; `null`: the schema alone knows the values. */
export function referenceAt(path: readonly (string | number)[]): PlanReference | null {
  const place = path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  if (/^stages\.\*\.gate\.\*(?:\.when)?$|^triggers\.\*\.when$|\.evidence\.measure$/.test(place)) return 'condition';
  if (/^measures\.[^.]+\.share_not$|^targets\.\*\.measure$/.test(place)) return 'measure';
  if (/^checklists\.\*\.stage$/.test(place)) return 'stage';
  if (/\.evidence\.quiet$/.test(place)) return 'trigger';
  if (/\.evidence\.tests$/.test(place)) return 'suite';
  return /^flag\.set\.[^.]+$/.test(place) ? 'placeholder' : null;
}

export interface MeasureWord {
  readonly name: string;
  /** The key that says what is measured: `share`, `quantile`, …; empty while none is written. */
  readonly kind: string;
  readonly unit: string;
}

const kinds = ['share', 'share_not', 'count', 'quantile', 'gauge', 'lines', 'signal'];

export function measuresOf(tree: TextNode): readonly MeasureWord[] {
  return keysAt(tree, ['measures']).map((name) => {
    const keys = keysAt(tree, ['measures', name]);
    const kind = kinds.find((each) => keys.includes(each)) ?? '';
    const unit = kind === 'share' || kind === 'share_not' ? '%' : (textAt(tree, ['measures', name, 'unit']) ?? '');
    return { name, kind, unit };
  });
}

/** The names that the plan has for a reference. */
export function namesFor(reference: 'measure' | 'stage' | 'trigger' | 'suite', tree: TextNode): readonly string[] {
  switch (reference) {
    case 'measure':
      return measuresOf(tree).map(({ name }) => name);
    case 'stage':
      return eachText(tree, 'stages', 'id');
    case 'trigger':
      return eachText(tree, 'triggers', 'id');
    case 'suite':
      return eachText(tree, 'tests', 'name');
  }
}

/** The keys of a map that name things of the plan: figures of measures, values of the flag. */
export function keyNamesAt({ path }: PlanCursor, tree: TextNode): readonly string[] {
  const place = path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  if (/^baseline(?:\.otherwise)?\.figures$/.test(place)) return namesFor('measure', tree);
  return /\.evidence\.flag$/.test(place) ? keysAt(tree, ['flag', 'set']) : [];
}

/** The condition around an offset, and whose it is. */
export function conditionAt(
  { path, written }: PlanCursor,
  tree: TextNode,
): { readonly text: string; readonly of: 'stage' | 'trigger'; readonly id: string } | null {
  const [list, index, key] = path;
  if (typeof index !== 'number' || referenceAt(path) !== 'condition') return null;
  const id = textAt(nodeAt(tree, [list ?? '', index]) ?? tree, ['id']);
  if (id === undefined) return null;
  if (list === 'stages' && key === 'gate') return { text: written, of: 'stage', id };
  return list === 'triggers' && key === 'when' ? { text: written, of: 'trigger', id } : null;
}
