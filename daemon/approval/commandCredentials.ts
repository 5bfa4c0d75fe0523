import { placeText } from '../protocol/domain/credentialText.ts';
import { isSecretName } from '../protocol/secrets/secretNames.ts';
import type { AskingGround } from './askWithCredentials.ts';
import { missingText, variableOf } from './credentials.ts';
import { secretForms } from './secretForms.ts';

/**
 * Notes which of a command's variables nobody has given, once the command has failed. One that works needs no more than it
 * got, and a variable that opens nothing (`KUBECONFIG`) is not asked for.
 */
export function noteVariables(names: readonly string[], ground: AskingGround, hasWorked: boolean): void {
  for (const name of names) {
    const isMissing = !hasWorked && isLacking(name, ground);
    ground.handed?.note(ground.rollout, placeText({ from: 'environment', name }), isMissing ? 'missing' : null);
  }
}

/** One line on the first of a failed command's variables that nobody has given; `null` when each is there. */
export function missingVariable(names: readonly string[], ground: AskingGround): string | null {
  const name = names.find((each) => isLacking(each, ground));
  return name === undefined ? null : missingText({ from: 'environment', name });
}

function isLacking(name: string, ground: AskingGround): boolean {
  return isSecretName(name) && (variableOf(name, ground) ?? '').trim() === '';
}

/** The values that a command got and that must not come back in a text for people. */
export function variableSecrets(names: readonly string[], ground: AskingGround): readonly string[] {
  const own = names.flatMap((name) => {
    const value = ground.environment[name]?.trim() ?? '';
    return isSecretName(name) && value.length >= 4 ? secretForms(value) : [];
  });
  return [...own, ...(ground.handed?.secrets ?? [])];
}
