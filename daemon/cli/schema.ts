import { planJsonSchema } from '../plan/jsonSchema.ts';
import type { Call, ExitCode } from './command.ts';

/** The schema is JSON whether or not `--json` is given. */
export async function run({ output }: Call): Promise<ExitCode> {
  output.raw(`${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  return 0;
}
