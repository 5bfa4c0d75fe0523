import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { FileSource } from '../../daemon/protocol/domain/sourceKinds.ts';

/** The sources of a plan that reads nothing but files. @throws when one is of another kind. */
export function fileSources({ sources }: Plan): readonly FileSource[] {
  return sources.map((source) => {
    if (!('file' in source)) throw new Error(`not a file: ${JSON.stringify(source)}`);
    return source;
  });
}
