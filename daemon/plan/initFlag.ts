import type { InitAnswers } from './initInterview.ts';

/** The variables of a `.env` file, by name. */
export type Variables = ReadonlyMap<string, string>;

/** The rest of the name is the flag itself. */
const percentKey = /_(?:ROLLOUT|PERCENT|PERCENTAGE|PCT)$/i;

/**
 * The one variable that holds a percentage by its name and its value; of several, the one that shares words with the rollout or
 * with the field that tells the arms (`about`). A name in another language is known by what stands beside it: a switch of the same
 * stem, which shares such a word, as `RANKER_AN=false` beside `RANKER_ANTEIL=0` for the field `ranker`.
 */
export function percentVariable(variables: Variables, about: readonly string[]): string | undefined {
  const words = about.flatMap((name) => wordsOf(name));
  const isRelated = (stem: string) => wordsOf(stem).some((word) => words.includes(word));
  const figures = [...variables].flatMap(([key, value]) => (isPercentage(value) ? [key] : []));
  const named = figures.filter((key) => percentKey.test(key));
  const [only, ...others] = named;
  if (only !== undefined && others.length === 0) return only;
  const related =
    only === undefined
      ? figures.filter((key) => isRelated(stemOf(key)) && switchBeside(variables, key) !== undefined)
      : named.filter((key) => isRelated(stemOf(key)));
  return related.length === 1 ? related[0] : undefined;
}

/**
 * The switch that belongs to the variable of a percentage: `CHECKOUT_V2_ENABLED` beside `CHECKOUT_V2_PERCENT`. Only one that says
 * `true` or `false`, which is what a plan writes.
 */
export function switchBeside(variables: Variables, key: string): string | undefined {
  const stem = stemOf(key);
  const isSwitch = (name: string) => name !== key && /^(?:true|false)$/.test(variables.get(name) ?? '');
  const names = [`${stem}_ENABLED`, `${stem}_ON`, stem, `ENABLE_${stem}`, `${stem}_ACTIVE`];
  const usual = names.find(isSwitch);
  if (usual !== undefined || percentKey.test(key) || stem === '') return usual;
  const [only, ...others] = [...variables.keys()].filter((name) => isSwitch(name) && stemOf(name) === stem);
  return others.length === 0 ? only : undefined;
}

/** Without its last word, which says what of the flag it holds: `CHECKOUT_V2` of `CHECKOUT_V2_PERCENT`. */
function stemOf(key: string): string {
  return percentKey.test(key) ? key.replace(percentKey, '') : key.replace(/(?:^|_)[^_]*$/, '');
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
