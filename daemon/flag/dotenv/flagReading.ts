import type { DotenvFlag } from '../../protocol/domain/flagKinds.ts';
import { templatesReading } from '../flagReading.ts';
import type { FlagReading } from '../target.ts';

/** Reads what the keys say of users; `values` as `readFlag` gives them. */
export function flagReading(flag: DotenvFlag, values: Readonly<Record<string, string | null>>): FlagReading {
  return templatesReading(flag.dotenv, flag.set, values);
}
