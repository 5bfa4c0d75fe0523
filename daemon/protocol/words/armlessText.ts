import { grouped } from './figureText.ts';
import { plainText } from './plainText.ts';

/** Field → value → records, for the fields that the arms name. */
export type ArmValues = Readonly<Record<string, Readonly<Record<string, number>>>>;

const valuesShown = 4;

/** ``none of the 32,160 records belongs to an arm: none has `variant` ``. */
export function armlessText(records: number, values: ArmValues): string {
  return `none of the ${grouped(records)} records belongs to an arm: ${saidByRecords(values)}`;
}

/** The values that the records have in the fields by which the plan tells the arms apart. */
export function saidByRecords(values: ArmValues): string {
  return Object.entries(values)
    .map(([field, counts]) => {
      const name = plainText(field, 80);
      const said = Object.keys(counts).map((value) => `"${plainText(value, 40)}"`);
      if (said.length === 0) return `none has \`${name}\``;
      return `\`${name}\` says ${said.slice(0, valuesShown).join(', ')}${said.length > valuesShown ? ', …' : ''}`;
    })
    .join('; ');
}
