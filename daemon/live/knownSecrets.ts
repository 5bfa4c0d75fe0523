import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type CredentialGround, withCredentials } from '../approval/credentials.ts';
import { addressSecrets, secretForms } from '../approval/secretForms.ts';
import { scanDotenv } from '../flag/dotenv/dotenvScan.ts';
import { flagCredentials, flagFiles, flagTexts } from '../protocol/domain/flagKinds.ts';
import { messageCredentials } from '../protocol/domain/messageTarget.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { sourceCredentials } from '../protocol/domain/sourceKinds.ts';
import { isSecretName } from '../protocol/secrets/secretNames.ts';

const secretFile =
  /^\.env|\.env$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg)$|^id_(?:rsa|dsa|ecdsa|ed25519)|^\.(?:npmrc|netrc|pgpass|git-credentials|htpasswd)$|^(?:credentials|secrets?)(?:\.(?:json|ya?ml|toml|ini))?$/i;

/** Files that no glob of a plan gets into a bundle. */
export function holdsSecrets(path: string, { plan }: LoadedPlan): boolean {
  const files = plan.flag === undefined ? [] : flagFiles(plan.flag);
  const isOfFlag = files.some((file) => posix.normalize(file.path.replaceAll('\\', '/')) === path);
  return isOfFlag || path.split('/').some((part) => secretFile.test(part));
}

/**
 * Values that must never leave the machine: those of the settings files beside the plan, except the flag itself, and
 * the secrets of the daemon's own environment, and what an
 * editor has handed over. Each also in its forms inside JSON, in an address, and in base64.
 */
export function knownSecrets({ plan, root }: LoadedPlan, ground: CredentialGround): readonly string[] {
  const { environment, handed } = ground;
  const ours = new Set(Object.keys(flagTexts(plan.flag)));
  const files = new Set(
    namesIn(root)
      .filter((name) => /^\.env|\.env$/i.test(name))
      .map((name) => join(root, name)),
  );
  if (plan.flag !== undefined) for (const { path } of flagFiles(plan.flag)) files.add(join(root, path));
  const found = new Set<string>();
  const add = (name: string, value: string): void => {
    const text = value.trim();
    const named = isSecretName(name);
    // A short or plain word would be removed from everything that is written.
    if (text.length < (named ? 4 : 8) || /^(?:true|false|null|none)$/i.test(text)) return;
    if (!named && /^(?:[a-z]{1,14}|\d+)$/i.test(text)) return;
    for (const form of secretForms(text)) found.add(form);
  };
  for (const file of files) {
    for (const { key, value } of assignmentsIn(file)) if (!ours.has(key)) add(key, value);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.length >= 8 && isSecretName(name) && !/^(?:OLD)?PWD$/.test(name)) add(name, value);
  }
  for (const text of [...flagCredentials(plan.flag), ...plan.sources.flatMap(sourceCredentials)])
    for (const form of credentialForms(text, ground)) found.add(form);
  for (const text of plan.messages.flatMap(messageCredentials)) {
    for (const form of credentialForms(text, ground)) {
      found.add(form);
      for (const part of addressSecrets(form)) found.add(part);
    }
  }
  for (const form of handed?.secrets ?? []) found.add(form);
  for (const text of teamSecrets(plan.team?.postgres, environment))
    for (const form of secretForms(text)) found.add(form);
  // The longer first: the removal of a part would leave the rest.
  return [...found].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
}

/** The URL of a team's database, and the password in it. */
function teamSecrets(variable: string | undefined, environment: NodeJS.ProcessEnv): readonly string[] {
  const url = variable === undefined ? undefined : environment[variable]?.trim();
  if (url === undefined || url === '') return [];
  const { password = '' } = URL.parse(url) ?? {};
  return [url, password, decodeURIComponent(password)].filter((text) => text.length >= 4);
}

function credentialForms(text: string, ground: CredentialGround): readonly string[] {
  try {
    return withCredentials(text, ground).known;
  } catch {
    // One that is not there can be in no text.
    return [];
  }
}

const largestSettings = 1024 * 1024;

function assignmentsIn(file: string): readonly { readonly key: string; readonly value: string }[] {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size > largestSettings) return [];
    return scanDotenv(readFileSync(file, 'latin1')).map(({ key, value }) => ({
      key,
      value: Buffer.from(value, 'latin1').toString('utf8'),
    }));
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
