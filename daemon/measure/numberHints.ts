import { plainText } from '../protocol/words/plainText.ts';
import { differenceIn, fieldOfNumber, type NumberMeasure } from './numberField.ts';

/** Words by which a program says that there is no number. */
const nothing = /^(?:|-+|n\/?a|nan|null|none|nil|undefined|[+-]?inf(?:inity)?)$/i;

/** Values in the place of a number that are none: the record counts, and the measure silently leaves it out. */
export class NumberHints {
  readonly #lines: string[] = [];

  /** Takes note of the values of records in which the measure's number was not found. */
  of(measure: NumberMeasure, indexOf: (field: string) => number): (values: readonly unknown[]) => void {
    const field = fieldOfNumber(measure);
    if (differenceIn(field) !== null || ('quantile' in measure && measure.histogram !== undefined))
      return () => undefined;
    const index = indexOf(field);
    let isTold = false;
    return (values) => {
      const value = values[index];
      if (isTold || value === undefined || value === null) return;
      if (typeof value === 'number' || (typeof value === 'string' && nothing.test(value.trim()))) return;
      isTold = true;
      const said = plainText(JSON.stringify(value) ?? '', 40);
      this.#lines.push(
        `some records say ${said} for \`${plainText(field)}\`, which is no number and no length of time, and count in no figure of it`,
      );
    };
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
