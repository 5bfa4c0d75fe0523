import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, textOption } from './command.ts';

const most = 2 ** 31 - 1;

/** @throws UserError for anything but a whole number from `least`; `undefined` where it is not given. */
export function wholeNumberOption(call: Call, name: string, least: number): number | undefined {
  const text = textOption(call, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,10}$/.test(text) && number >= least && number <= most) return number;
  throw new UserError('usage', `--${name} takes a whole number from ${least}, not \`${plainText(text, 40)}\``);
}
