import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Discovery, discoveryFileName, discoverySchema } from '../../daemon/protocol/wire/messages.ts';

/** `null` when there is none, or none that can be understood: then no daemon of this folder can be found. */
export async function readDiscovery(stateDirectory: string): Promise<Discovery | null> {
  let text: string;
  try {
    text = await readFile(join(stateDirectory, discoveryFileName), 'utf8');
  } catch {
    return null;
  }
  try {
    return discoverySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
