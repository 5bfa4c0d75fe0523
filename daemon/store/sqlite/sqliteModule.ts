import type { DatabaseSync } from 'node:sqlite';
import { UserError } from '../../protocol/domain/userError.ts';

type Sqlite = { readonly DatabaseSync: typeof DatabaseSync };

let loaded: Sqlite | undefined;

/**
 * `node:sqlite`, without the ExperimentalWarning that Node prints while the module is loaded (22.13 to 24.14): it says
 * nothing that a user of Rampwatch could act on. Other warnings pass.
 *
 * @throws UserError `runtime-too-old` where this Node has no `node:sqlite`.
 */
export function loadSqlite(): Sqlite {
  if (loaded !== undefined) return loaded;
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (/\bSQLite\b/.test(text)) return;
    Reflect.apply(emit, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    loaded = process.getBuiltinModule?.('node:sqlite') as Sqlite | undefined;
  } finally {
    process.emitWarning = emit;
  }
  if (loaded !== undefined) return loaded;
  throw new UserError(
    'runtime-too-old',
    `this Node (${process.version}) has no node:sqlite; run Rampwatch with Node 22.13 or newer`,
  );
}
