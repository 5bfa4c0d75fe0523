import { countedShare } from '../protocol/domain/countedShare.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { plainText } from '../protocol/words/plainText.ts';

interface AskedField {
  readonly share: string;
  readonly arm: Arm;
  readonly field: string;
  /** Where the values hold it. */
  readonly index: number;
  /** The plan asks only for `true` or `false` there. */
  readonly isBoolean: boolean;
}

/**
 * Records that count as failures but may be none: a record that lacks a field of a share, or says `1` where the plan
 * asks for `true`. One line for each share and field, the first that was seen.
 */
export class ShareHints {
  readonly #asked: readonly AskedField[];
  readonly #found = new Map<AskedField, string>();

  constructor(plan: Plan, shares: readonly string[], indexOf: (field: string) => number) {
    this.#asked = shares.flatMap((share): AskedField[] => {
      const measure = plan.measures[share];
      if (measure === undefined || !('share' in measure) || countedShare(measure.share) !== null) return [];
      return Object.entries(measure.share).flatMap(([field, expected]) =>
        [expected].flat().includes('none')
          ? []
          : [
              {
                share,
                arm: measure.of,
                field,
                index: indexOf(field),
                isBoolean: [expected].flat().every((value) => typeof value === 'boolean'),
              },
            ],
      );
    });
  }

  /** The tested values of a record of the arm, once for each combination of them. */
  note(arm: Arm, values: readonly unknown[]): void {
    for (const asked of this.#asked) {
      if (asked.arm !== arm || this.#found.has(asked)) continue;
      const value = values[asked.index];
      const field = plainText(asked.field);
      const counts = `count as failures of ${asked.share}`;
      if (value === undefined || value === '') {
        this.#found.set(asked, `some records of the ${arm} have no \`${field}\` and ${counts}`);
      } else if (asked.isBoolean && isNoBoolean(value)) {
        const said = plainText(JSON.stringify(value), 40);
        this.#found.set(
          asked,
          `some records of the ${arm} say ${said} for \`${field}\`, which is no boolean, and ${counts}`,
        );
      }
    }
  }

  get lines(): readonly string[] {
    return [...this.#found.values()];
  }
}

function isNoBoolean(value: unknown): boolean {
  if (typeof value === 'string') return !/^(?:true|false)$/i.test(value);
  return typeof value !== 'boolean' && value !== null;
}
