import type { InitAnswers } from './initInterview.ts';

/** The variables of a `.env` file, by name. */
export type Variables = ReadonlyMap<string, string>;

/** The rest of the name is the flag itself. */
const percentKey = /_(?:ROLLOUT|PERCENT|PERCENTAGE|PCT)$/i;

/** The one variable that holds a percentage by its name and its value; of several, the one that shares words with the rollout. */
export function percentVariable(variables: Variables, rollout: string): string | undefined {
  const keys = [...variables].flatMap(([key, value]) => (percentKey.test(key) && isPercentage(value) ? [key] : []));
  const [only, ...others] = keys;
  if (others.length === 0) return only;
  const words = wordsOf(rollout);
  const related = keys.filter((key) => wordsOf(key.replace(percentKey, '')).some((word) => words.includes(word)));
  return related.length === 1 ? related[0] : undefined;
}

/**
 * The switch that belongs to the variable of a percentage: `CHECKOUT_V2_ENABLED` beside `CHECKOUT_V2_PERCENT`. Only one that says
 * `true` or `false`, which is what a plan writes.
 */
export function switchBeside(variables: Variables, key: string): string | undefined {
  const stem = key.replace(percentKey, '');
  const names = [`${stem}_ENABLED`, `${stem}_ON`, stem, `ENABLE_${stem}`, `${stem}_ACTIVE`];
  return names.find((name) => name !== key && /^(?:true|false)$/.test(variables.get(name) ?? ''));
}

/** The usual name of the switch, where no `.env` file tells it. */
export function usualSwitch(key: string): string | undefined {
  return percentKey.test(key) ? key.replace(percentKey, '_ENABLED') : undefined;
}

function isPercentage(value: string): boolean {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return number >= 0 && number <= 100;
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);
}

/** The `.env` file of a proposal without a guide. */
export function answeredDotenv(answers: InitAnswers): string {
  return answers.dotenv ?? '.env';
}
