import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Standing } from '../../extension/connection/standing.ts';
import type { Row } from '../../extension/views/row.ts';
import { lookedAt, sampleWorkspace } from './sampleViews.ts';

/** One plan folder that is watched, with these rollouts. */
export function standingOf(rollouts: readonly RolloutView[], over: Partial<Standing> = {}): Standing {
  return {
    folder: '/workspace',
    planFiles: ['/workspace/rampwatch.yaml'],
    link: { kind: 'live' },
    view: sampleWorkspace(rollouts),
    heardAt: lookedAt,
    ...over,
  };
}

/** Rows as a person sees them: `[icon] label — description`, two spaces per level. */
export function rowsText(rows: readonly Row[], depth = 0): string {
  return rows
    .map((row) => {
      const line = `${'  '.repeat(depth)}[${row.icon.id}] ${row.label}${row.description === '' ? '' : ` — ${row.description}`}`;
      return row.children.length === 0 ? line : `${line}\n${rowsText(row.children, depth + 1)}`;
    })
    .join('\n');
}

/** Rows and their children, from top to bottom. */
export function allRows(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => [row, ...allRows(row.children)]);
}

/** The row whose label begins so. */
export function rowIn(rows: readonly Row[], label: string): Row {
  const found = allRows(rows).find((row) => row.label.startsWith(label));
  if (found === undefined) throw new Error(`no row ${label} in\n${rowsText(rows)}`);
  return found;
}
