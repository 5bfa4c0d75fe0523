import { UserError } from '../protocol/domain/userError.ts';
import { expectedTreatment, findArms, findLatencies, findSuccess } from './initFields.ts';
import { type Interview, listed, type Say, valuesText } from './initInterview.ts';
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
  if (first === undefined) {
    say('unclear', 'no field says whether a record is good: no success rate is proposed, write one under `measures`');
    return undefined;
  }
  const options = candidates.map((each) => each.field);
  const chosen =
    candidates.length === 1
      ? first.field
      : asked.ask('success', 'Which field says whether a record is good?', first.field, options);
  const success = candidates.find((each) => each.field === chosen) ?? first;
  say(
    candidates.length === 1 ? 'found' : 'assumed',
    `success is \`${success.field}\` = ${valuesText(success.values)}: ${success.why}`,
  );
  return { field: success.field, values: success.values };
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
  const [first] = candidates;
  if (first === undefined) {
    // Counting every record as treatment would let the old way pass the new one's gates.
    const field = asked.ask('arm', 'Which field will tell the new way from the old?', 'variant');
    const treatment = asked.ask('treatment', `What does \`${field}\` say for the new way?`, 'treatment');
    const control = asked.ask('control', `And for the old?`, 'control');
    say(
      'unclear',
      `no field tells the treatment from the control: records must say \`${field}\` = "${treatment}" or "${control}", until then there is no data to judge`,
    );
    return { field, treatment: [treatment], control: [control] };
  }
  const chosen =
    names.length === 1
      ? first.field
      : asked.ask('arm', 'Which field tells the new way from the old?', first.field, names);
  const arms = candidates.find((each) => each.field === chosen) ?? first;
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
    );
  }
  if (arms.told && arms.treatment.length > 0 && arms.unclear.length === 0 && names.length === 1) {
    say(
      'found',
      `\`${arms.field}\` tells the arms: treatment ${valuesText(arms.treatment)}, control ${valuesText(arms.control)}`,
    );
  } else {
    const unseen = arms.treatment.length === 0 ? ', not seen yet' : '';
    say('assumed', `\`${arms.field}\` tells the arms: treatment ${valuesText(guess)}${unseen}`);
  }
  const usual = guess.map(String).join(', ');
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
): ProposedLatency | undefined {
  const candidates = findLatencies(fields, total, taken);
  const [first] = candidates;
  if (first === undefined) return undefined;
  const names = candidates.map((each) => each.field);
  const chosen =
    names.length === 1 ? first.field : asked.ask('latency', 'Which field says how long it took?', first.field, names);
  const latency = candidates.find((each) => each.field === chosen) ?? first;
  const unit = latency.told
    ? latency.unit
    : asked.ask('unit', `In which unit is \`${latency.field}\`?`, latency.unit, ['us', 'ms', 's']);
  const p95 = quantileOf(fields.find((field) => field.name === latency.field)?.sorted ?? [], 0.95);
  say('found', `\`${latency.field}\` is how long it took, in ${unit}; p95 is ${Number(p95.toPrecision(3))}`);
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

/** The rest of the name is the flag itself. */
const percentKey = /_(?:ROLLOUT|PERCENT)$/;

export function naming(file: string, asked: Interview): { id: string; flag: PlanProposal['flag'] } {
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
  const key = asked.ask(
    'flag',
    'Which variable holds the percentage (`none`: a person sets the flag)?',
    /(?:^|_)ROLLOUT$/.test(prefix) ? `${prefix}_PERCENT` : `${prefix}_ROLLOUT`,
  );
  if (key === 'none') return { id, flag: undefined };
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(key))
    throw new UserError('answer-unknown', `flag: “${key}” cannot be a variable of a .env file`);
  const dotenv = asked.ask('dotenv', 'In which file?', '.env');
  return {
    id,
    flag: { dotenv, key, enabled: percentKey.test(key) ? key.replace(percentKey, '_ENABLED') : undefined },
  };
}
