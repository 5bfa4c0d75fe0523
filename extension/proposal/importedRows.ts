import type { ImportProposal } from '../../daemon/protocol/wire/planProposal.ts';
import { findingKinds, findingKindText } from '../../daemon/protocol/words/importWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import type { Translate } from '../vscodeApi.ts';

/** A row of what an import has to say. */
export interface ImportedRow {
  /** Stable while the same import is shown, so that the editor keeps what is folded. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly expansion: 'leaf' | 'collapsed' | 'expanded';
  readonly open?: { readonly command: CommandName; readonly argument: unknown };
  readonly children: readonly ImportedRow[];
}

/** A line of a guide, as the import names it. */
export interface GuideLine {
  readonly guide: string;
  readonly line: number;
}

type Finding = ImportProposal['findings'][number];

/** First what a person must see, at most ten lines, then what is to be picked, then the rest folded by kind. */
export function importedRows(
  { firstLook, disputes, findings }: Pick<ImportProposal, 'firstLook' | 'disputes' | 'findings'>,
  t: Translate,
): readonly ImportedRow[] {
  const first = firstLook.map((line, index) => leaf(`first/${index}`, plainText(line, 400), '', 'eye'));
  const picks = disputes.map(({ options }, index) => {
    const label = options.map(({ text }) => plainText(text, 200)).join(t(' or '));
    const places = options.map(({ file, line }) => `${plainText(file, 100)}:${line}`).join(', ');
    return leaf(`dispute/${index}`, label, places, 'question', { command: 'rampwatch.settleDispute', argument: index });
  });
  const kinds = findingKinds.flatMap((kind) => {
    const about = findings.filter((finding) => finding.kind === kind);
    const children = about.map((finding, index) => findingRow(`${kind}/${index}`, finding));
    return group(kind, findingKindText(kind, t), icons[kind], 'collapsed', children);
  });
  return [
    ...group('first', t('Look here first'), 'eye', 'expanded', first),
    ...group('dispute', t('In dispute, not written: pick one'), 'question', 'expanded', picks),
    ...kinds,
  ];
}

const icons: Readonly<Record<Finding['kind'], string>> = {
  conflict: 'warning',
  contradiction: 'warning',
  'not-understood': 'circle-slash',
  assumed: 'lightbulb',
  repaired: 'wrench',
  kept: 'lock',
  prose: 'note',
};

function group(
  id: string,
  label: string,
  icon: string,
  expansion: 'collapsed' | 'expanded',
  children: readonly ImportedRow[],
): readonly ImportedRow[] {
  return children.length === 0 ? [] : [{ id, label, description: `${children.length}`, icon, expansion, children }];
}

/** A finding about a whole file has no line. */
function findingRow(id: string, { file, line, kind, message }: Finding): ImportedRow {
  const name = plainText(file, 200);
  const about: GuideLine = { guide: file, line: Math.max(1, line) };
  const open = { command: 'rampwatch.openGuideLine', argument: about } as const;
  return leaf(id, plainText(message, 400), line === 0 ? name : `${name}:${line}`, icons[kind], open);
}

function leaf(id: string, label: string, description: string, icon: string, open?: ImportedRow['open']): ImportedRow {
  return { id, label, description, icon, expansion: 'leaf', ...(open !== undefined && { open }), children: [] };
}
