import { type FieldProfile, type FieldValue, quantileOf } from './initProfile.ts';

export interface SuccessField {
  readonly field: string;
  readonly values: readonly FieldValue[];
  readonly why: string;
}

const goodName =
  /^(?:is_?|was_?)?(?:success(?:ful)?|succeeded|ok|okay|passed|completed|good|healthy|valid|delivered|accepted)$|success/i;
const badName = /^(?:is_?|has_?|was_?)?(?:error|errored|fail|failed|failure|exception|bad|rejected|timed_?out)$/i;
const goodWord =
  /^(?:ok|okay|success|succeeded|successful|completed?|done|passed|good|delivered|accepted|200|true|yes)$/i;
const badWord =
  /^(?:err|errors?|fail|failed|failure|exception|timeout|timed_?out|rejected|aborted|cancell?ed|bad|false|no|5\d\d)$/i;

/** Every field that could say whether a record is good, the most telling first. */
export function findSuccess(fields: readonly FieldProfile[]): readonly SuccessField[] {
  const named = fields.flatMap((field): (SuccessField & { rank: number })[] => {
    const flags = isFlag(field);
    if (flags !== undefined && goodName.test(field.word)) {
      return [{ field: field.name, values: [flags.yes], rank: 0, why: 'a yes or no that is named like success' }];
    }
    if (flags !== undefined && badName.test(field.word)) {
      return [
        {
          field: field.name,
          values: [flags.no],
          rank: 1,
          why: 'a yes or no that is named like failure: its no is good',
        },
      ];
    }
    const words = [...field.values.keys()].filter((value) => typeof value === 'string');
    const good = words.filter((value) => goodWord.test(value));
    if (!field.many && good.length > 0 && words.length <= 12 && /status|result|outcome|state/i.test(field.word)) {
      return [{ field: field.name, values: good, rank: 2, why: `the outcomes ${good.join(', ')} are good` }];
    }
    const codes = [...field.values.keys()].filter(
      (value) => typeof value === 'number' && Number.isInteger(value) && value >= 100 && value < 600,
    ) as number[];
    if (/status|code|http/i.test(field.word) && codes.length > 0 && codes.length === field.values.size && !field.many) {
      const fine = codes.filter((code) => code < 500).sort((a, b) => a - b);
      return fine.length === 0
        ? []
        : [{ field: field.name, values: fine, rank: 3, why: 'the HTTP statuses below 500 that the sample holds' }];
    }
    if (
      /^(?:error(?:_(?:type|code|class|message|kind))?|exception|failure_reason|err)$/i.test(field.word) &&
      field.nulls > 0 &&
      field.nulls >= field.present / 2
    ) {
      return [{ field: field.name, values: [null], rank: 4, why: 'a record without an error is good' }];
    }
    if (!field.many && good.length > 0 && words.some((value) => badWord.test(value)) && words.length <= 6) {
      return [{ field: field.name, values: good, rank: 5, why: `the values ${good.join(', ')} are good` }];
    }
    return [];
  });
  return named.sort((a, b) => a.rank - b.rank).map(({ rank: _rank, ...rest }) => rest);
}

/** The field that marks rescued records; their success is not the new way's. */
export function findFallback(
  fields: readonly FieldProfile[],
): { field: string; no: FieldValue; yes: FieldValue } | undefined {
  for (const field of fields) {
    const flags = isFlag(field);
    if (flags !== undefined && /fall_?back|rescued|degraded/i.test(field.word)) return { field: field.name, ...flags };
  }
  return undefined;
}

/** A field of yes and no: booleans, or 0 and 1. */
function isFlag(field: FieldProfile): { yes: FieldValue; no: FieldValue } | undefined {
  if (field.booleans > 0 && field.booleans + field.nulls === field.present) return { yes: true, no: false };
  const bits = [...field.values.keys()].every((value) => value === 0 || value === 1 || value === null);
  return bits && field.numbers > 0 ? { yes: 1, no: 0 } : undefined;
}

const armName =
  /^(?:variant|arm|cohort|bucket|experiment(?:_group|_arm)?|treatment|group|ab_?group|ab|rollout|canary|execution_?type|path|impl(?:ementation)?|engine|version|mode|backend|release|flag|feature|branch|strategy|ranker|client|pipeline|is_(?:new|canary|treatment)|new_.*)$/i;
const treatmentWord =
  /^(?:new|treatment|treated|canary|candidate|experiment(?:al)?|variant(?:[_-]?b)?|test|b|v?[2-9](?:\.\d+)*|async|on|true|1|green|next|after|beta|enabled)$|^new[_-]|[_-](?:new|v2|canary)$/i;
const controlWord =
  /^(?:old|control|stable|baseline|current|a|v?[01](?:\.\d+)*|sync|legacy|off|false|0|blue|before|default|disabled|prod(?:uction)?|none)$|^(?:old|legacy)[_-]|[_-](?:old|v1|stable)$/i;
/** The severity, not the direction. */
const gradeName = /^(?:log_?)?(?:level|severity(?:_(?:text|number))?)$|status(?:_?code)?$/i;
const rescuedWord = /fall_?back|rescued|degraded/i;

export interface ArmField {
  readonly field: string;
  readonly treatment: readonly FieldValue[];
  readonly control: readonly FieldValue[];
  /** Values that could be either. */
  readonly unclear: readonly FieldValue[];
  /** The values' words tell the arms; else the rarer value counts as the treatment. */
  readonly told: boolean;
}

/** Every field that could tell the arms apart, the most telling first. `taken`: fields with another meaning. */
export function findArms(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
): readonly ArmField[] {
  return fields
    .filter(
      (field) =>
        !taken.has(field.name) &&
        !gradeName.test(field.word) &&
        !field.many &&
        field.nested === 0 &&
        field.present >= total * 0.9 &&
        field.values.size <= 8,
    )
    .map((field) => ({ arms: armsOf(field), named: armName.test(field.word) }))
    .filter(
      ({ arms, named }) =>
        (named && arms.treatment.length + arms.control.length > 0) ||
        (arms.told && arms.treatment.length > 0 && arms.control.length > 0),
    )
    .sort((a, b) => score(b) - score(a))
    .map(({ arms }) => arms);
}

function score({ arms, named }: { arms: ArmField; named: boolean }): number {
  return (named ? 4 : 0) + (arms.told ? 2 : 0) + (arms.treatment.length > 0 && arms.control.length > 0 ? 3 : 0);
}

function armsOf(field: FieldProfile): ArmField {
  const values = [...field.values].filter(([value]) => value !== null && value !== '');
  const text = (value: FieldValue) => String(value);
  const versions = values.map(([value]) => value).sort((a, b) => versionOf(a) - versionOf(b));
  if (versions.length > 0 && versions.every((value) => !Number.isNaN(versionOf(value)))) {
    const newest = versions.length > 1 ? versions.slice(-1) : [];
    return {
      field: field.name,
      treatment: newest,
      control: versions.slice(0, versions.length - newest.length),
      unclear: [],
      told: true,
    };
  }
  const treatment = values
    .filter(([value]) => rescuedWord.test(text(value)) || treatmentWord.test(text(value)))
    .map(([value]) => value);
  const control = values
    .filter(([value]) => !treatment.includes(value) && controlWord.test(text(value)))
    .map(([value]) => value);
  const unclear = values
    .map(([value]) => value)
    .filter((value) => !treatment.includes(value) && !control.includes(value));
  const plainTreatment = treatment.some((value) => !rescuedWord.test(text(value)));
  if (plainTreatment && control.length > 0) return { field: field.name, treatment, control, unclear, told: true };
  if (treatment.length === 0 && control.length > 0 && unclear.length > 0) {
    return { field: field.name, treatment: unclear, control, unclear: [], told: true };
  }
  if (control.length === 0 && treatment.length > 0 && unclear.length > 0) {
    return { field: field.name, treatment, control: unclear, unclear: [], told: true };
  }
  if (values.length >= 2 && treatment.length === 0) {
    const [most, ...rarer] = [...values].sort((a, b) => b[1] - a[1]).map(([value]) => value);
    return { field: field.name, treatment: rarer, control: most === undefined ? [] : [most], unclear: [], told: false };
  }
  return { field: field.name, treatment, control, unclear, told: control.length > 0 || treatment.length > 0 };
}

/** 2 of `2`, `v2` and `v2.0`; `NaN` of anything else. */
function versionOf(value: FieldValue): number {
  return typeof value === 'number' ? value : Number(/^v?(\d+(?:\.\d+)?)$/i.exec(String(value))?.[1] ?? Number.NaN);
}

/** The treatment's probable names where only the control was seen yet. */
export function expectedTreatment(control: FieldValue): readonly FieldValue[] {
  const pairs: readonly (readonly [FieldValue, readonly FieldValue[]])[] = [
    ['sync', ['async', 'sync_fallback']],
    ['old', ['new']],
    ['stable', ['canary']],
    ['v1', ['v2']],
    ['a', ['b']],
    ['A', ['B']],
    ['off', ['on']],
    ['blue', ['green']],
    ['legacy', ['new']],
    ['before', ['after']],
    [false, [true]],
    [0, [1]],
    [1, [2]],
  ];
  return pairs.find(([value]) => value === control)?.[1] ?? ['treatment'];
}

export interface LatencyField {
  readonly field: string;
  readonly unit: string;
  /** The name says the unit; else the size of the values does. */
  readonly told: boolean;
}

const latencyName =
  /duration|latency|elapsed|response_?time|took|ttfb|^(?:ms|millis|seconds|secs)$|_(?:ms|millis|seconds|secs|s|us)$|^rt$|(?:request|processing|query|load|render|upload)_?time/i;

/** Fields with a duration, the most telling first. */
export function findLatencies(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
): readonly LatencyField[] {
  return fields
    .filter(
      (field) =>
        !taken.has(field.name) &&
        latencyName.test(field.word) &&
        field.numbers >= total * 0.5 &&
        (field.sorted[0] ?? -1) >= 0,
    )
    .sort(
      (a, b) =>
        Number(/duration|latency|elapsed|response/i.test(b.word)) -
        Number(/duration|latency|elapsed|response/i.test(a.word)),
    )
    .map((field) => {
      const told = /(?:^|_)(ms|millis|us|s|secs|seconds)$/i.exec(field.word)?.[1]?.toLowerCase();
      const unit =
        told === undefined
          ? quantileOf(field.sorted, 0.5) >= 15
            ? 'ms'
            : 's'
          : told.startsWith('m')
            ? 'ms'
            : told === 'us'
              ? 'us'
              : 's';
      return { field: field.name, unit, told: told !== undefined };
    });
}

/** Fields with a memory size. */
export function findMemory(
  fields: readonly FieldProfile[],
  total: number,
): { field: string; unit: string } | undefined {
  const field = fields.find((each) => /memory|(?:^|_)rss(?:_|$)|heap/i.test(each.word) && each.numbers >= total * 0.2);
  if (field === undefined) return undefined;
  const unit = /(?:^|_)([kmg])i?b$/i.exec(field.word)?.[1]?.toUpperCase();
  return { field: field.name, unit: unit === undefined ? '' : `${unit === 'K' ? 'K' : unit}iB` };
}

/** Fields whose values hardly repeat. */
export function findIds(fields: readonly FieldProfile[], total: number, taken: ReadonlySet<string>): readonly string[] {
  return fields
    .filter(
      (field) =>
        !taken.has(field.name) &&
        field.many &&
        field.strings > total * 0.9 &&
        /id$|uuid|key|hash|token|trace|request|session|user/i.test(field.word),
    )
    .map((field) => field.name);
}
