// Writes schemas/rampwatch.schema.json from the plan's zod schema. Run it with Node 24 after a change of either.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planJsonSchema } from '../daemon/plan/jsonSchema.ts';

const folder = join(import.meta.dirname, '..', 'schemas');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'rampwatch.schema.json'), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
