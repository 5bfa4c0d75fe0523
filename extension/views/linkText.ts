import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Link } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';

/** The connection in a few words; empty while all is well. */
export function linkText(link: Link, t: Translate): string {
  switch (link.kind) {
    case 'starting':
      return t('starting the daemon');
    case 'live':
      return '';
    case 'silent':
      return t('the daemon is silent');
    case 'lost':
      return t('the daemon is gone, starting it again');
    case 'stopped':
      switch (link.cause.kind) {
        case 'manual':
          return t('the daemon is not running');
        case 'ended':
          return t('the daemon is stopped');
        case 'failed':
          return plainText(link.cause.detail);
      }
  }
}
