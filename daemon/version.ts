import { readFileSync } from 'node:fs';
import * as z from 'zod';

// The manifest lies one folder up both from here and from the bundle in dist/.
const manifest = z.object({ version: z.string() });

/** The product's version, as in package.json. */
export const version: string = manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
).version;
