import { compileMatcher } from '../protocol/domain/matcher.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { grouped } from '../protocol/words/figureText.ts';
import {
  type ArmField,
  counterpart,
  countOf,
  expectedTreatment,
  findArms,
  findLatencies,
  findSuccess,
  type SuccessField,
} from './initFields.ts';
import { percentVariable, switchBeside, usualSwitch, type Variables } from './initFlag.ts';
import { countedText, type Interview, laterAnswer, listed, type Say, valuesText } from './initInterview.ts';
import { type FieldProfile, type FieldValue, quantileOf } from './initProfile.ts';
import type { PlanProposal, ProposedArms, ProposedLatency, ProposedShare } from './initProposal.ts';
import { findTime } from './initTimes.ts';

export function timeField(
  file: string,
  fields: readonly FieldProfile[],
  total: number,
  asked: Interview,
): FieldProfile {
  const guess = findTime(fields, total);
  if (guess !== undefined) return guess;
  const names = fields.map((field) => field.name);
  const named = asked.ask('time', 'Which field holds the time of a record?', '');
  const field = fields.find((each) => each.name === named);
  if (field !== undefined) return field;
  throw new UserError(
    'sample-no-time',
    `${file}: no field holds a time (ISO 8601 or a number since 1970); the fields are ${listed(names.slice(0, 12))}`,
  );
}

export function successOf(fields: readonly FieldProfile[], asked: Interview, say: Say): ProposedShare | undefined {
  const candidates = findSuccess(fields);
  const [first] = candidates;
  const isSure = candidates.length === 1 && first?.told === true;
  const usual = first === undefined ? 'none' : first.field;
  const options = candidates.map((each) => each.field);
  // A sure role is not asked, and can still be given.
  const given = asked.given('success');
  const answer =
    isSure && given === undefined
      ? usual
      : asked.ask(
          'success',
          `Which field says whether a record is good (FIELD, or FIELD=VALUE)${options.length > 1 ? `: ${options.join(', ')}` : ''}?`,
          usual,
          { unclear: !isSure },
        );
  if (answer === laterAnswer) {
    say('unclear', 'no success rate is proposed yet: write one under `measures`', 'measures.success_rate');
    return { field: first?.field ?? 'FIELD', values: first?.values ?? [], written: first?.written, later: true };
  }
  if (answer === 'none') {
    say(
      'unclear',
      'no field says whether a record is good: no success rate is proposed, write one under `measures`',
      'measures',
    );
    return undefined;
  }
  const [name = '', written] = parted(answer);
  const known = candidates.find((each) => each.field === name);
  if (written !== undefined || known === undefined) return saidSuccess(fields, name, written, say);
  const share = known.written ?? valuesText(known.values);
  say(
    isSure ? 'found' : 'assumed',
    `success is \`${known.field}\` ${known.written === undefined ? '= ' : ''}${share}, ${goodText(known, fields)}: ${known.why}`,
    'measures.success_rate',
  );
  return { field: known.field, values: known.values, written: known.written };
}

/** `1,960 of 2,000` */
function goodText({ field, values }: SuccessField, fields: readonly FieldProfile[]): string {
  const profile = fields.find(({ name }) => name === field);
  return `${grouped(countOf(profile, values))} of ${grouped(profile?.present ?? 0)}`;
}

/** `status=< 500`, `result=ok`: the field, and what it says. */
function parted(answer: string): readonly [string, string | undefined] {
  const sign = answer.indexOf('=');
  return sign === -1 ? [answer.trim(), undefined] : [answer.slice(0, sign).trim(), answer.slice(sign + 1).trim()];
}

function saidSuccess(
  fields: readonly FieldProfile[],
  name: string,
  written: string | undefined,
  say: Say,
): ProposedShare {
  const field = fields.find((each) => each.name === name);
  if (field === undefined || written === undefined || written === '') {
    const names = listed(fields.slice(0, 12).map((each) => each.name));
    throw new UserError(
      'answer-unknown',
      field === undefined
        ? `success: no record has a field “${name}”; there is ${names}`
        : `success: say which values of ${name} are good, for example ${name}=true`,
    );
  }
  const known = [...field.values.keys()];
  const same = known.filter((value) => String(value) === written);
  const test = compileMatcher({ [name]: written }, false, () => 0);
  const values = same.length > 0 ? same : known.filter((value) => test([value]));
  if (values.length === 0) {
    throw new UserError(
      'answer-unknown',
      `success: “${written}” matches none of ${grouped(field.present)} records that have ${name}: they say ${valuesText(known.slice(0, 4))}`,
    );
  }
  const share: ProposedShare = same.length > 0 ? { field: name, values } : { field: name, values, written };
  const words = share.written ?? `= ${valuesText(values)}`;
  const counts = `${grouped(countOf(field, values))} of ${grouped(field.present)}`;
  say('found', `success is \`${name}\` ${words}, as was said: ${counts}`, 'measures.success_rate');
  return share;
}

export function armsOf(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
  rescued: boolean,
  asked: Interview,
  say: Say,
): ProposedArms {
  const candidates = findArms(fields, total, taken);
  const names = candidates.map((each) => each.field);
  const given = asked.given('arm');
  const named = given === undefined ? undefined : fields.find(({ name }) => name === parted(given)[0]);
  const [first = named === undefined ? undefined : ownArms(named)] = candidates;
  if (given === laterAnswer) return decidedLater(first, asked, say);
  if (first === undefined) {
    // Counting every record as treatment would let the old way pass the new one's gates.
    const [field, value = 'treatment'] = parted(
      asked.ask('arm', 'Which field will tell the new way from the old?', 'variant', { unclear: true }),
    );
    const treatment = asked.ask('treatment', `What does \`${field}\` say for the new way?`, value);
    const control = asked.ask('control', `And for the old?`, 'control');
    say(
      'unclear',
      `no field tells the treatment from the control: records must say \`${field}\` = "${treatment}" or "${control}", until then there is no data to judge`,
      'arms',
    );
    return { field, treatment: [treatment], control: [control] };
  }
  // A new way that no record shows, and whose name is a mere guess, is asked for.
  const isSeen = first.treatment.length > 0 || first.control.some((value) => counterpart(value) !== undefined);
  const isSure = names.length === 1 && first.told && first.unclear.length === 0 && isSeen;
  const [chosen, wanted] = parted(
    isSure && given === undefined
      ? first.field
      : asked.ask(
          'arm',
          `Which field tells the new way from the old (FIELD, or FIELD=VALUE)${names.length > 1 ? `: ${names.join(', ')}` : ''}?`,
          first.field,
          { unclear: !isSure },
        ),
  );
  const profile = fields.find((field) => field.name === chosen);
  if (profile === undefined)
    throw new UserError('answer-unknown', `arm: no record has a field “${chosen}”; there is ${listed(names)}`);
  const arms = candidates.find((each) => each.field === chosen) ?? ownArms(profile);
  if (wanted !== undefined) {
    const whole = [...profile.values.keys()].find((value) => String(value) === wanted);
    const treatment =
      whole === undefined ? wanted.split(',').map((text) => typed(text.trim(), profile.values)) : [whole];
    const control = [...profile.values.keys()].filter(
      (value) => value !== null && value !== '' && !treatment.includes(value),
    );
    say(
      'found',
      `\`${chosen}\` tells the arms, as was said: treatment ${countedText(treatment, profile.values)}, control ${countedText(control, profile.values)}`,
      'arms',
    );
    return { field: chosen, treatment, control };
  }
  const values = fields.find((field) => field.name === arms.field)?.values ?? new Map<FieldValue, number>();
  const [only] = arms.control;
  const seen = arms.treatment.length > 0 ? arms.treatment : expectedTreatment(only ?? '');
  const fallback = `${String(only)}_fallback`;
  const unseenFallback =
    rescued &&
    typeof only === 'string' &&
    ![...values.keys(), ...seen].some((value) => /fall_?back/i.test(String(value)));
  const guess = unseenFallback ? [...seen, fallback] : seen;
  if (unseenFallback) {
    say(
      'assumed',
      `no record fell back yet: such a record is expected to say \`${arms.field}\` = "${fallback}" and counts as treatment`,
      'arms',
    );
  }
  if (arms.told && arms.treatment.length > 0 && arms.unclear.length === 0 && names.length === 1) {
    say(
      'found',
      `\`${arms.field}\` tells the arms: treatment ${countedText(arms.treatment, values)}, control ${countedText(arms.control, values)}`,
      'arms',
    );
  } else {
    const unseen = arms.treatment.length === 0 ? ', not seen yet' : '';
    say(
      'assumed',
      `\`${arms.field}\` tells the arms: treatment ${unseen === '' ? countedText(guess, values) : `${valuesText(guess)}${unseen}`}`,
      'arms',
    );
  }
  const usual = guess.map(String).join(', ');
  if (arms.patterns !== undefined && asked.given('treatment') === undefined) {
    asked.ask('treatment', `Which values of \`${arms.field}\` are the new way?`, usual);
    return { field: arms.field, treatment: guess, control: arms.control, patterns: arms.patterns };
  }
  const answer = asked.ask('treatment', `Which values of \`${arms.field}\` are the new way?`, usual);
  const answered = answer === usual ? undefined : answer;
  const treatment =
    answered === undefined
      ? guess
      : answered
          .split(',')
          .map((text) => typed(text.trim(), values))
          .filter((value) => value !== '');
  if (treatment.length === 0) throw new UserError('answer-unknown', 'treatment: name at least one value');
  const control = [...values.keys()].filter(
    (value) =>
      value !== null &&
      value !== '' &&
      !treatment.includes(value) &&
      (answered !== undefined || !arms.unclear.includes(value)),
  );
  return { field: arms.field, treatment, control };
}

/** Nothing is counted before a person has decided. */
function decidedLater(first: ArmField | undefined, asked: Interview, say: Say): ProposedArms {
  asked.ask('arm', 'Which field tells the new way from the old (FIELD, or FIELD=VALUE)?', first?.field ?? 'variant', {
    unclear: true,
  });
  say('unclear', 'nothing tells the treatment from the control yet: write `arms`, no record is counted before', 'arms');
  return {
    field: first?.field ?? 'FIELD',
    treatment: first?.treatment ?? [],
    control: first?.control ?? [],
    patterns: first?.patterns,
    later: true,
  };
}

/** A field that a person has named: its rarer values may be the new way. */
function ownArms({ name, values }: FieldProfile): ArmField {
  const [most, ...rarer] = [...values].sort(([, one], [, other]) => other - one).map(([value]) => value);
  return { field: name, treatment: rarer, control: most === undefined ? [] : [most], unclear: [], told: false };
}

/** An answer as the field's own type. */
function typed(text: string, values: ReadonlyMap<FieldValue, number>): FieldValue {
  return [...values.keys()].find((value) => String(value) === text) ?? text;
}

export function latencyOf(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
  asked: Interview,
  say: Say,
  lengths: readonly string[] = [],
): ProposedLatency | undefined {
  const candidates = findLatencies(fields, total, taken, lengths);
  const [first] = candidates;
  if (first === undefined) return undefined;
  const names = candidates.map((each) => each.field);
  const chosen =
    names.length === 1
      ? first.field
      : asked.ask('latency', 'Which field says how long it took?', first.field, { options: names });
  const latency = candidates.find((each) => each.field === chosen) ?? first;
  const unit = latency.told
    ? latency.unit
    : asked.ask('unit', `In which unit is \`${latency.field}\`?`, latency.unit, { options: ['ns', 'us', 'ms', 's'] });
  const p95 = quantileOf(fields.find((field) => field.name === latency.field)?.sorted ?? [], 0.95);
  say(
    'found',
    `\`${latency.field}\` is how long it took, in ${unit}; p95 is ${Number(p95.toPrecision(3))}`,
    'measures.latency',
  );
  return { field: latency.field, unit, p95 };
}

export function ladderOf(asked: Interview): readonly number[] {
  const answer = asked.ask('stages', 'Which percentages, one after the other?', '1, 10, 50, 100');
  const percents = answer
    .split(/[\s,;/→]+/)
    .map((text) => text.replace(/%$/, ''))
    .filter((text) => text !== '')
    .map(Number);
  const rising = percents.every(
    (percent, index) => percent > (percents[index - 1] ?? 0) || (index === 0 && percent === 0),
  );
  if (percents.length === 0 || !rising || percents.some((percent) => !(percent >= 0 && percent <= 100))) {
    throw new UserError(
      'answer-unknown',
      `stages: “${answer}” must be percentages that go upwards, for example 1, 10, 50, 100`,
    );
  }
  return percents.filter((percent) => percent > 0);
}

export function naming(
  file: string,
  asked: Interview,
  { variables, armField }: { readonly variables: Variables; readonly armField: string },
  say: Say,
): { id: string; flag: PlanProposal['flag'] } {
  const folder = file.split('/').slice(0, -1).reverse();
  const words = [...folder, file.split('/').at(-1)?.replace(/\..*$/, '') ?? '']
    .map((part) =>
      part
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => !/^(?:logs?|metrics?|data|events?|records?|rollout|var|tmp|out|jsonl|csv|\d*)$/.test(word))
        .join('-'),
    )
    .find((part) => /^[a-z]/.test(part));
  const id = asked.ask('id', 'What is the rollout called (letters, digits and `-`)?', words ?? 'rollout');
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(id))
    throw new UserError('answer-unknown', `id: “${id}” must be letters, digits and \`-\`, and start with a letter`);
  const prefix = id.replaceAll('-', '_').toUpperCase();
  const known = percentVariable(variables, [id, armField]);
  const key = asked.ask(
    'flag',
    'Which variable holds the percentage (`none`: a person sets the flag)?',
    known ?? (/(?:^|_)ROLLOUT$/.test(prefix) ? `${prefix}_PERCENT` : `${prefix}_ROLLOUT`),
  );
  if (key === 'none') return { id, flag: undefined };
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(key))
    throw new UserError('answer-unknown', `flag: “${key}” cannot be a variable of a .env file`);
  const dotenv = asked.ask('dotenv', 'In which file?', '.env');
  const enabled = variables.has(key) ? switchBeside(variables, key) : usualSwitch(key);
  if (variables.has(key)) {
    const beside = enabled === undefined ? '' : `, and \`${enabled}\` switches it`;
    say('found', `\`${key}\` of ${dotenv} holds the percentage${beside}`, 'flag.set');
  }
  return { id, flag: { dotenv, key, enabled } };
}
