import { pathOutside } from './boundCommand.ts';
import { type CredentialGround, variableOf } from './credentials.ts';

/** Variables of the daemon that a command gets: those that a program needs to start, and none that opens anything. */
export const passedVariables: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
];

/**
 * The environment of an approved command in a folder: what every command gets, and the variables that the plan names.
 * An editor's credentials are among the latter alone.
 */
export function commandEnvironment(
  ground: CredentialGround,
  folder: string,
  named: readonly string[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...new Set([...passedVariables, ...named])].flatMap((name) => {
      const value = passedVariables.includes(name) ? ground.environment[name] : variableOf(name, ground);
      if (value === undefined) return [];
      return [[name, name === 'PATH' ? pathOutside(folder, value) : value]];
    }),
  );
}
