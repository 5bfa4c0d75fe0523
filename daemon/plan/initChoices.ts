import { grouped } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type ArmField, counterpart, countOf, findArms, findSuccess } from './initFields.ts';
import { laterAnswer } from './initInterview.ts';
import type { FieldProfile, FieldValue } from './initProfile.ts';

/** An answer to a question, with the counts of the sample behind it. */
export interface InitChoice {
  /** For `--arm` or `--success`. */
  readonly answer: string;
  readonly field: string;
  /** `canary 312 · stable 2,904` */
  readonly counts: string;
  /** What it would mean. */
  readonly meaning: string;
}

/** More choices are no help; any other field can be typed. */
const mostChoices = 30;
const mostValues = 6;

/** The fields that could tell the arms, the most telling first, then every other field of few values. */
export function armChoices(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
): readonly InitChoice[] {
  const candidates = findArms(fields, total, taken);
  const named = new Set(candidates.map(({ field }) => field));
  const told = candidates.flatMap((arms) => choicesOf(arms, fields));
  const others = fields
    .filter(({ name, many, nested, values }) => !named.has(name) && !many && nested === 0 && isSplit(values))
    .flatMap((field) => eachValue(field));
  // Of words alone that have a counterpart the new way is known, though no record shows it yet.
  const isSeen = candidates.some(({ treatment }) => treatment.length > 0);
  const expected = isSeen ? [] : fields.filter(({ name }) => !named.has(name)).flatMap(unseenChoice);
  return [...expected, ...told, ...others].filter(({ field }) => !taken.has(field)).slice(0, mostChoices);
}

/** A field of one value, `checkout: v1`, whose new way would be `v2`. */
function unseenChoice({ name, values, nested }: FieldProfile): readonly InitChoice[] {
  const [only, ...others] = namedValues(values);
  if (only === undefined || others.length > 0 || nested > 0 || typeof only[0] !== 'string') return [];
  const [next] = counterpart(only[0]) ?? [];
  if (next === undefined) return [];
  const counts = `${valueText(only[0])} ${grouped(only[1])}`;
  const meaning = `${valueText(next)} is the new way, which no record shows yet`;
  return [{ answer: `${name}=${String(next)}`, field: name, counts, meaning }];
}

function isSplit(values: FieldProfile['values']): boolean {
  const named = namedValues(values);
  return named.length >= 2 && named.length <= mostValues;
}

/** One choice where the words tell the arms; else one for each value that could be the new way. */
function choicesOf(arms: ArmField, fields: readonly FieldProfile[]): readonly InitChoice[] {
  const profile = fields.find(({ name }) => name === arms.field);
  if (profile === undefined) return [];
  const [only, ...others] = namedValues(profile.values);
  if (only !== undefined && others.length === 0) {
    const counts = `${valueText(only[0])} ${grouped(only[1])}`;
    return [{ answer: arms.field, field: arms.field, counts, meaning: 'the new way is not seen yet' }];
  }
  const isTold = arms.told && arms.unclear.length === 0 && arms.treatment.length > 0 && arms.control.length > 0;
  if (!isTold) return eachValue(profile);
  const sum = (values: readonly FieldValue[]) => countOf(profile, values);
  const name = (values: readonly FieldValue[], pattern: string | undefined) =>
    pattern ?? values.map(valueText).join(', ');
  const { treatment, control, patterns } = arms;
  const [one, other] = [name(treatment, patterns?.treatment), name(control, patterns?.control)];
  return [
    {
      answer: arms.field,
      field: arms.field,
      counts: `${one} ${grouped(sum(treatment))} · ${other} ${grouped(sum(control))}`,
      meaning: `${one} is the new way, ${other} the old`,
    },
  ];
}

function eachValue(field: FieldProfile): readonly InitChoice[] {
  const values = namedValues(field.values);
  const counts = values
    .slice(0, mostValues)
    .map(([value, count]) => `${valueText(value)} ${grouped(count)}`)
    .join(' · ');
  return values
    .toReversed()
    .slice(0, mostValues)
    .map(([value]) => ({
      answer: `${field.name}=${String(value)}`,
      field: field.name,
      counts: values.length > mostValues || field.many ? `${counts} · …` : counts,
      meaning: `${valueText(value)} is the new way`,
    }));
}

/** The most frequent first. */
function namedValues(values: FieldProfile['values']): readonly (readonly [FieldValue, number])[] {
  return [...values].filter(([value]) => value !== null && value !== '').sort(([, one], [, other]) => other - one);
}

/** The fields that could say whether a record is good, the most telling first. */
export function successChoices(fields: readonly FieldProfile[]): readonly InitChoice[] {
  return findSuccess(fields)
    .map(({ field, values, written, why }) => {
      const profile = fields.find(({ name }) => name === field);
      const good = countOf(profile, values);
      const words = written ?? values.slice(0, mostValues).map(valueText).join(', ');
      return {
        answer: field,
        field,
        counts: `${words}: ${grouped(good)} of ${grouped(profile?.present ?? 0)}`,
        meaning: why,
      };
    })
    .slice(0, mostChoices);
}

/** What a person typed beside the choices, with its counts. */
export function withTyped(
  choices: readonly InitChoice[],
  answer: string | undefined,
  fields: readonly FieldProfile[],
  found: { readonly field: string; readonly good: readonly FieldValue[]; readonly bad?: readonly FieldValue[] },
): readonly InitChoice[] {
  const profile = fields.find(({ name }) => name === found.field);
  if (answer === undefined || answer === laterAnswer || profile === undefined) return choices;
  if (choices.some((choice) => choice.answer === answer)) return choices;
  const { good, bad } = found;
  const counted = (values: readonly FieldValue[]) =>
    `${values.slice(0, mostValues).map(valueText).join(', ')} ${grouped(countOf(profile, values))}`;
  const counts =
    bad === undefined
      ? `${grouped(countOf(profile, good))} of ${grouped(profile.present)}`
      : `${counted(good)} · ${counted(bad)}`;
  return [{ answer, field: found.field, counts, meaning: answer }, ...choices];
}

function valueText(value: FieldValue): string {
  return plainText(String(value), 40);
}
