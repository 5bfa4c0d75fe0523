import { UserError } from '../protocol/domain/userError.ts';
import { longestSaid } from '../protocol/wire/messages.ts';
import { type Call, textOption } from './command.ts';

/**
 * What a person says with an option, to be kept; `undefined` when that is nothing.
 * @throws UserError when it is longer than what is kept.
 */
export function saidOption(call: Call, name: string): string | undefined {
  const said = textOption(call, name)?.trim() ?? '';
  if (said.length > longestSaid) {
    throw new UserError('usage', `--${name} takes at most ${longestSaid} characters, and this has ${said.length}`);
  }
  return said === '' ? undefined : said;
}
