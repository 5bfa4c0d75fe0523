import type { Command } from '../protocol/domain/rolloutCommand.ts';
import { redactSecrets } from '../protocol/secrets/secrets.ts';

/**
 * A person's text, as the journal keeps it. The journal goes from hand to hand and its entries cannot be changed later, so text
 * that looks like a credential is taken out before it is written.
 */
export function saidText<Said extends string | null | undefined>(said: Said): Said | string {
  return typeof said === 'string' ? redactSecrets(said).text : said;
}

export function saidCommand(command: Command): Command {
  if (!('reason' in command) || command.reason === undefined) return command;
  return { ...command, reason: saidText(command.reason) };
}
