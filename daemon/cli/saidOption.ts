import { UserError } from '../protocol/domain/userError.ts';
import { longestSaid } from '../protocol/wire/messages.ts';
import { type Call, textOption } from './command.ts';

/**
 * The text of an option that is kept in the journal; `undefined` when it is empty.
 * @throws UserError when it is longer than the limit.
 */
export function saidOption(call: Call, name: string): string | undefined {
  const said = textOption(call, name)?.trim() ?? '';
  if (said.length > longestSaid) {
    throw new UserError('usage', `--${name} takes at most ${longestSaid} characters, and this has ${said.length}`);
  }
  return said === '' ? undefined : said;
}
