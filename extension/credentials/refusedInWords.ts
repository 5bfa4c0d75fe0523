import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';

/** A daemon of an older version does not know these requests, and says only that much. */
export function refusedInWords(error: unknown, { folder, view }: Standing, t: Translate): unknown {
  if (!(error instanceof UserError) || error.code !== 'bad-request') return error;
  return new UserError(
    'no-handing-over',
    t(
      'the daemon of {0} is version {1}, which takes no credentials from the editor: stop it with "Rampwatch: Stop Daemon", and start it again.',
      folder,
      view?.daemon.version ?? '?',
    ),
  );
}
