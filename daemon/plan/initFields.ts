import { compareVersions, namesVersion } from '../protocol/domain/versionOrder.ts';
import { type FieldProfile, type FieldValue, quantileOf } from './initProfile.ts';

export interface SuccessField {
  readonly field: string;
  /** The values of the sample that are good. */
  readonly values: readonly FieldValue[];
  /** The plan's matcher, where it is more than those values: tomorrow brings others. */
  readonly written?: string;
  readonly why: string;
  /** Its name and values leave no doubt. */
  readonly told: boolean;
}

const goodName =
  /^(?:is_?|was_?)?(?:success(?:ful)?|succeeded|ok|okay|passed|completed|good|healthy|valid|delivered|accepted)$|success/i;
const badName = /^(?:is_?|has_?|was_?)?(?:error|errored|fail|failed|failure|fault|exception|bad|rejected|timed_?out)$/i;
const goodWord =
  /^(?:ok|okay|success|succeeded|successful|completed?|done|passed|good|delivered|accepted|200|true|yes)$/i;
const badWord =
  /^(?:err|errors?|fail|failed|failure|exception|timeout|timed_?out|rejected|aborted|cancell?ed|bad|false|no|5\d\d)$/i;

/** The records that have one of these values. */
export function countOf(field: FieldProfile | undefined, values: readonly FieldValue[]): number {
  return values.reduce<number>((sum, value) => sum + (field?.values.get(value) ?? 0), 0);
}

const levelWord = /^(?:trace|debug|info|information|notice|warn|warning|err|error|fatal|critical|panic)$/i;
const badLevel = /^(?:err|error|fatal|critical|panic)$/i;

/** Every field that could say whether a record is good, the most telling first. */
export function findSuccess(fields: readonly FieldProfile[]): readonly SuccessField[] {
  const named = fields.flatMap((field): (SuccessField & { rank: number })[] => {
    const flags = isFlag(field);
    if (flags !== undefined && goodName.test(field.word)) {
      return [
        { field: field.name, values: [flags.yes], rank: 0, told: true, why: 'a yes or no that is named like success' },
      ];
    }
    if (flags !== undefined && badName.test(field.word)) {
      return [
        {
          field: field.name,
          values: [flags.no],
          rank: 1,
          told: true,
          why: 'a yes or no that is named like failure: its no is good',
        },
      ];
    }
    const words = [...field.values.keys()].filter((value) => typeof value === 'string');
    const good = words.filter((value) => goodWord.test(value));
    if (!field.many && good.length > 0 && words.length <= 12 && /status|result|outcome|state/i.test(field.word)) {
      return [
        {
          field: field.name,
          values: good,
          rank: 2,
          told: words.every((value) => goodWord.test(value) || badWord.test(value)) && good.length < words.length,
          why: `the outcomes ${good.join(', ')} are good`,
        },
      ];
    }
    const codes = [...field.values.keys()].filter(
      (value) => typeof value === 'number' && Number.isInteger(value) && value >= 100 && value < 600,
    ) as number[];
    const others = [...field.values.keys()].filter((value) => value !== null && !codes.includes(value as number));
    if (/status|code|http/i.test(field.word) && codes.length > 0 && others.length === 0 && !field.many) {
      const fine = codes.filter((code) => code < 500).sort((a, b) => a - b);
      const why = 'a status below 500 tells that no server has failed';
      return [{ field: field.name, values: fine, written: '< 500', rank: 1.5, told: true, why }];
    }
    if (
      /^(?:error(?:_(?:type|code|class|message|kind))?|exception|failure_reason|err)$/i.test(field.word) &&
      field.nulls > 0 &&
      field.nulls >= field.present / 2
    ) {
      return [
        {
          field: field.name,
          values: [null],
          written: 'none',
          rank: 4,
          told: true,
          why: 'a record without an error is good',
        },
      ];
    }
    if (!field.many && good.length > 0 && words.some((value) => badWord.test(value)) && words.length <= 6) {
      return [{ field: field.name, values: good, rank: 5, told: false, why: `the values ${good.join(', ')} are good` }];
    }
    // A conversion may say nothing about how a request went.
    if (flags !== undefined && /^(?:converted|is_?converted|conversion)$/i.test(field.word)) {
      return [{ field: field.name, values: [flags.yes], rank: 6, told: false, why: 'a yes or no of a conversion' }];
    }
    const levels = words.filter((value) => levelWord.test(value));
    if (/^(?:log_?)?level$|^severity(?:_text)?$/i.test(field.word) && levels.length === words.length) {
      const good = levels.filter((value) => !badLevel.test(value));
      const bad = levels.filter((value) => badLevel.test(value));
      if (good.length > 0 && bad.length === 1)
        return [
          {
            field: field.name,
            values: good,
            written: `!= ${bad[0]}`,
            rank: 7,
            told: false,
            why: 'a line of that level tells a failure',
          },
        ];
    }
    return [];
  });
  // A level, or a conversion, is for want of something better.
  const better = named.filter(({ rank }) => rank < 6);
  return (better.length > 0 ? better : named).sort((a, b) => a.rank - b.rank).map(({ rank: _rank, ...rest }) => rest);
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

/** Names of a version, a variant, a flag, a canary or a deployment. */
const armName =
  /^(?:variant|arm|cohort|bucket|experiment(?:_group|_arm|_variant)?|treatment|group|ab_?group|ab|variation(?:_id)?|rollout|canary|execution_?type|impl(?:ementation)?|engine|(?:\w+_)?version|release|revision|flag|feature|branch|track|slot|deployment(?:_\w+)?|strategy|ranker|pipeline|scenario|attack|is_(?:new|canary|treatment)|new_.*)$/i;
/** Names of a request's outcome or subject, and never of the way by which it was served. */
const otherName =
  /^(?:msg|message|event|method|request_?method|path|uri|url|uri_stem|route|endpoint|query|protocol|proto|scheme|referer|user_?agent|region|zone|shard|partition|kind|type|action|operation|reason|response_flags|response_code_details|termination|metric|unit|category|confidence|score|lr|level_value|priority|http_version|schema_url)$|confidence|probability|^x_|_id$|^id$/i;
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
  /** Words that all values of an arm have in them, as patterns. */
  readonly patterns?: { readonly treatment: string; readonly control: string };
}

/** Every field that could tell the arms apart, the most telling first. `taken`: fields with another meaning. */
export function findArms(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
): readonly ArmField[] {
  const found = fields
    .filter(
      (field) =>
        !taken.has(field.name) &&
        !gradeName.test(field.word) &&
        (!otherName.test(field.word) || armName.test(field.word)) &&
        field.nested === 0 &&
        field.present >= total * 0.9 &&
        (field.values.size <= 8 || field.strings === field.present),
    )
    .map((field) => ({
      arms: armsOf(field),
      named: armName.test(field.word),
      few: field.values.size <= 8 && !field.many,
    }))
    // Only a word that many values share can tell.
    .filter(({ arms, few }) => few || arms.patterns !== undefined)
    .filter(
      ({ arms, named }) =>
        (named && (arms.told || arms.treatment.length + arms.control.length > 1)) ||
        (arms.told && arms.treatment.length > 0 && arms.control.length > 0),
    )
    .sort((a, b) => score(b) - score(a))
    .map(({ arms }) => arms);
  // The version of a protocol or a schema says nothing where another field tells both arms.
  const isTold = found.some(({ told, treatment, control }) => told && treatment.length > 0 && control.length > 0);
  return isTold ? found.filter((arms) => !isOneVersion(arms)) : found;
}

/** All records say the same version. */
function isOneVersion({ treatment, control }: ArmField): boolean {
  const [only, ...others] = control;
  return treatment.length === 0 && others.length === 0 && compareVersions(String(only ?? ''), String(only ?? '')) === 0;
}

function score({ arms, named }: { arms: ArmField; named: boolean }): number {
  return (named ? 4 : 0) + (arms.told ? 2 : 0) + (arms.treatment.length > 0 && arms.control.length > 0 ? 3 : 0);
}

function armsOf(field: FieldProfile): ArmField {
  const values = [...field.values].filter(([value]) => value !== null && value !== '');
  const text = (value: FieldValue) => String(value);
  const areVersions =
    values.length > 0 &&
    values.every(([value]) => typeof value !== 'boolean' && compareVersions(text(value), text(value)) === 0);
  if (areVersions) {
    const versions = values.map(([value]) => value).sort((one, other) => compareVersions(text(one), text(other)) ?? 0);
    const newest = versions.length > 1 ? versions.slice(-1) : [];
    return {
      field: field.name,
      treatment: newest,
      control: versions.slice(0, versions.length - newest.length),
      unclear: [],
      // Nobody knows which one of three is rolled out.
      told: versions.length <= 2,
    };
  }
  const dated = armsByNumber(field, values);
  if (dated !== null) return dated;
  const byWord = armsByWord(field.name, values);
  if (byWord !== null) return byWord;
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

/** Words that stand in longer values: `upload-canary`, `canary.upload.test`, `outbound|80|v2|upload`. */
const pairs: readonly (readonly [string, string])[] = [
  ['canary', 'stable'],
  ['canary', 'baseline'],
  ['canary', 'primary'],
  ['candidate', 'baseline'],
  ['green', 'blue'],
  ['new', 'old'],
  ['treatment', 'control'],
  ['v2', 'v1'],
  ['v3', 'v2'],
  ['next', 'current'],
  ['beta', 'stable'],
];

/** `resnet-2024-11` and `resnet-2025-01`: names of versions that differ in their numbers alone; the larger is the newer. */
function armsByNumber(field: FieldProfile, values: readonly (readonly [FieldValue, number])[]): ArmField | null {
  const texts = values.map(([value]) => String(value));
  const without = new Set(texts.map((text) => text.replaceAll(/\d+/g, '#')));
  if (!namesVersion(field.word) || texts.length < 2 || without.size !== 1 || !/\d/.test(texts[0] ?? '')) return null;
  const numbers = (value: FieldValue) => (String(value).match(/\d+/g) ?? []).map(Number);
  const order = values
    .map(([value]) => value)
    .sort((one, other) => {
      const [own, their] = [numbers(one), numbers(other)];
      const place = own.findIndex((number, index) => number !== their[index]);
      return place === -1 ? 0 : (own[place] ?? 0) - (their[place] ?? 0);
    });
  // Numbers in a name may be dates, sizes or counts: a person says it.
  return { field: field.name, treatment: order.slice(-1), control: order.slice(0, -1), unclear: [], told: false };
}

function armsByWord(field: string, values: readonly (readonly [FieldValue, number])[]): ArmField | null {
  const texts = values.map(([value]) => value).filter((value) => typeof value === 'string');
  if (texts.length < 2 || texts.length < values.length) return null;
  for (const [one, other] of pairs) {
    const word = (name: string) => new RegExp(`(?:^|[^A-Za-z0-9])${name}(?:\\d*$|\\d*[^A-Za-z0-9])`, 'i');
    const [isOne, isOther] = [word(one), word(other)];
    if (!texts.every((value) => isOne.test(value) !== isOther.test(value))) continue;
    const treatment = texts.filter((value) => isOne.test(value));
    const control = texts.filter((value) => isOther.test(value));
    if (treatment.length === 0 || control.length === 0) continue;
    const patterns = texts.length > 2 ? { patterns: { treatment: `/${one}/i`, control: `/${other}/i` } } : {};
    return { field, treatment, control, unclear: [], told: true, ...patterns };
  }
  return null;
}

/** The treatment's probable names where only the control was seen yet. */
export function expectedTreatment(control: FieldValue): readonly FieldValue[] {
  return counterpart(control) ?? ['treatment'];
}

/** The new way's names where the old one's is a word that has a counterpart: `v2` for `v1`. */
export function counterpart(control: FieldValue): readonly FieldValue[] | undefined {
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
  return pairs.find(([value]) => value === control)?.[1];
}

export interface LatencyField {
  readonly field: string;
  readonly unit: string;
  /** The name says the unit; else the size of the values does. */
  readonly told: boolean;
}

const latencyName =
  /duration|latency|elapsed|response_?time|took|ttfb|time_?taken|total_?time|time_total|^(?:ms|millis|seconds|secs)$|_(?:ms|millis|seconds|secs|s|us)$|^rt$|(?:request|response|processing|query|load|render|upload)_?time/i;

/** Fields with a duration, the most telling first. */
export function findLatencies(
  fields: readonly FieldProfile[],
  total: number,
  taken: ReadonlySet<string>,
  lengths: readonly string[] = [],
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
        Number(isUsual(b)) - Number(isUsual(a)) ||
        // Of the parts of a time, the longest is the whole, or the most of it.
        (quantileOf(b.sorted, 0.5) || 0) - (quantileOf(a.sorted, 0.5) || 0),
    )
    .map((field) => {
      const told = lengths.includes(field.name)
        ? 'ms'
        : /(?:^|_)(ms|millis|us|s|secs|seconds)$/i.exec(field.word)?.[1]?.toLowerCase();
      const unit =
        told === undefined
          ? unitOf(quantileOf(field.sorted, 0.5))
          : told.startsWith('m')
            ? 'ms'
            : told === 'us'
              ? 'us'
              : 's';
      return { field: field.name, unit, told: told !== undefined };
    });
}

/** Its name says a length, and it is not the part that is usually nothing. */
function isUsual({ word, sorted }: FieldProfile): boolean {
  return /duration|latency|elapsed|response/i.test(word) && quantileOf(sorted, 0.5) > 0;
}

/** By what a request usually takes: milliseconds to seconds. */
function unitOf(usual: number): string {
  if (usual >= 1e6) return 'ns';
  return usual >= 15 ? 'ms' : 's';
}

/** The field by which sampled records say for how many they stand. */
export function findWeight(fields: readonly FieldProfile[], total: number): string | undefined {
  return fields.find(
    ({ word, numbers, sorted }) =>
      /^(?:sample_?rate|sampling_?rate|sample_?weight)$/.test(word) &&
      numbers >= total * 0.5 &&
      sorted.every((value) => Number.isInteger(value) && value >= 1),
  )?.name;
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
