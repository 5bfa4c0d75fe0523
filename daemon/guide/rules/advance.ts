import type { Guide } from '../guide.ts';
import { anyMeans, means } from '../tag.ts';
import { assumed, type Sourced, said } from '../text/findings.ts';
import { readClaims } from './claims.ts';

/** How stages are entered: by a person, unless a guide says that it happens by itself. */
export function readMode(guide: Guide): Sourced<'manual' | 'auto'> {
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.text.length > 300) continue;
    const tokens = guide.tokens(passage.text);
    const itself = tokens.some(
      (token) => means(token, 'automatic') && !/^(?:immediate|at once|hard|instant|right)/i.test(token.text),
    );
    if (
      !itself ||
      !anyMeans(tokens, 'advance') ||
      anyMeans(tokens, 'rollback', 'pause', 'abort', 'ask', 'alert', 'not')
    )
      continue;
    if (readClaims(tokens).found.some(({ claim }) => claim.ofBaseline)) continue;
    guide.use(passage);
    return said('auto', passage);
  }
  return assumed('manual', 'no guide says that stages advance by themselves');
}

/** Where a rollback goes: off, unless a guide says back to the stage before. */
export function readRollbackTo(guide: Guide): Sourced<'off' | 'previous'> {
  for (const passage of guide.passages) {
    const tokens = guide.tokens(passage.text);
    const at = tokens.findIndex((token) => means(token, 'rollback'));
    if (at !== -1 && tokens.slice(at, at + 8).some((token) => means(token, 'previous')))
      return said('previous', passage);
  }
  return assumed('off', 'no guide says where to');
}
