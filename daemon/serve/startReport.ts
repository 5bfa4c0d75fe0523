import * as z from 'zod';
import { UserError } from '../protocol/domain/userError.ts';

/** The message of a daemon in the background to its starter, sent once. */
export const startReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type StartReport = z.output<typeof startReport>;

/**
 * Called by the daemon when it serves (`null`) or could not start. Without a starter that listens it does nothing, so a
 * daemon in the foreground may call it too. Resolves when the report is on its way; after it the two are independent.
 */
export function reportStart(error: unknown): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    process.send(reportOf(error), () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}

function reportOf(error: unknown): StartReport {
  if (error === null) return { kind: 'ready' };
  if (error instanceof UserError) return { kind: 'failed', code: error.code, message: error.message };
  return { kind: 'failed', code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
