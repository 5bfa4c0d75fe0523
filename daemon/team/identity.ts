import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { plainText } from '../protocol/words/plainText.ts';
import type { Member } from './team.ts';

/**
 * The daemon of a state directory: `anna@laptop`, and an identity that survives its restarts. RAMPWATCH_TEAM_NAME gives
 * another name than that of the user, where several people share one.
 */
export function memberOf(directory: string, environment: NodeJS.ProcessEnv): Member {
  const name = environment.RAMPWATCH_TEAM_NAME?.trim() || user();
  return { name: `${plainText(name, 60)}@${plainText(hostname(), 60)}`, identity: identityIn(directory) };
}

function user(): string {
  try {
    return userInfo().username;
  } catch {
    return 'someone';
  }
}

function identityIn(directory: string): string {
  const file = join(directory, 'team-identity');
  try {
    return readFileSync(file, 'utf8').trim() || randomUUID();
  } catch {
    const identity = randomUUID();
    // Without the file, the next start waits until its own earlier lease has ended.
    try {
      writeFileSync(file, `${identity}\n`, { mode: 0o600, flag: 'wx' });
    } catch {}
    return identity;
  }
}
