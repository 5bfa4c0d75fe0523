import { formatShape } from '../protocol/domain/formatNames.ts';
import type { RecordSample } from '../protocol/domain/recordSample.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { armChoices, type InitChoice, successChoices, withTyped } from './initChoices.ts';
import { splitEvents } from './initEvents.ts';
import { findFallback, findIds, findMemory, findWeight } from './initFields.ts';
import type { Variables } from './initFlag.ts';
import {
  type InitAnswers,
  type InitFinding,
  type InitQuestion,
  Interview,
  listed,
  type Say,
  valuesText,
} from './initInterview.ts';
import { profileFields } from './initProfile.ts';
import type { PlanProposal } from './initProposal.ts';
import { armsOf, ladderOf, latencyOf, naming, successOf, timeField } from './initRoles.ts';
import { strataOf } from './initStrata.ts';
import { baselineWindow, tellDays, thresholdsOf } from './initThresholds.ts';
import { isNaive } from './initTimes.ts';
import { writeProposal } from './initWrite.ts';
import { parsePlan } from './load.ts';
import { readDocument } from './planDocument.ts';

export interface InitResult {
  readonly yaml: string;
  readonly findings: readonly PlacedFinding[];
  /** Every question, answered or not, in the order to ask them. */
  readonly questions: readonly InitQuestion[];
  /** The possible answers to the two that decide what is counted, asked or not. */
  readonly choices: { readonly arm: readonly InitChoice[]; readonly success: readonly InitChoice[] };
}

export interface PlacedFinding extends InitFinding {
  /** Of the proposed text, 1-based. */
  readonly line: number;
}

/**
 * Proposes a plan from records of a metrics file. Pure; ask its questions and call it again with the answers. `variables`: those of
 * the `.env` file beside the plan.
 * @throws {UserError} when the records hold no time, or an answer is none of the possible ones.
 */
export function proposePlan(
  sample: RecordSample,
  answers: InitAnswers = {},
  variables: Variables = new Map(),
): InitResult {
  const { format, records, rejected } = sample;
  const asked = new Interview(answers);
  const found: InitFinding[] = [];
  const say: Say = (kind, message, path = '') => found.push({ kind, message, path });
  say('found', `${records.length} records of ${sample.file} (${format})`, 'sources.0');
  if (rejected > 0) say('unclear', `${rejected} lines are no records and were left out`, 'sources.0');

  const { observations, event } = splitEvents(records);
  if (event !== undefined) {
    const kinds = event.kinds === undefined ? '' : ` = ${valuesText(event.kinds)}`;
    say('found', `records with \`${event.field}\`${kinds} are events, not observations: ignored`, 'sources.0.ignore');
  }
  const fields = profileFields(observations);
  const nested = fields.filter((field) => field.nested > field.present / 2).map((field) => field.name);
  if (nested.length > 0) say('unclear', `${listed(nested)}: lists, which no measure reads`, 'measures');

  const own = formatShape(format).time;
  const known = own === undefined ? undefined : fields.find(({ name }) => name === [own.field].flat()[0]);
  const time = known ?? timeField(sample.file, fields, observations.length, asked);
  const zone = isNaive(time)
    ? asked.ask('zone', `The times in \`${time.name}\` name no time zone: which is it?`, 'UTC')
    : 'UTC';
  say('found', `\`${time.name}\` is the time`, 'sources.0.time');
  // Records without a success may be no requests: lines of a start, of other loggers.
  const said = successOf(fields, asked, say);
  const success = said?.later === true ? undefined : said;
  const told = success === undefined ? undefined : fields.find(({ name }) => name === success.field);
  const others = told === undefined || event !== undefined ? 0 : observations.length - told.present;
  const without = others > 0 && success?.written !== 'none' ? success?.field : undefined;
  if (without !== undefined)
    say(
      'assumed',
      `${others} of ${observations.length} records have no \`${without}\`: they are no requests and are ignored`,
      'sources.0.ignore',
    );
  const total = observations.length - (without === undefined ? 0 : others);
  const fallback = findFallback(fields);
  if (fallback !== undefined)
    say(
      'found',
      `\`${fallback.field}\` tells rescued records: they are no success of the treatment`,
      'measures.success_rate',
    );
  const taken = new Set([
    time.name,
    ...(success === undefined ? [] : [success.field]),
    ...(fallback === undefined ? [] : [fallback.field]),
  ]);
  const choices = { arm: armChoices(fields, total, taken), success: successChoices(fields) };
  const arms = armsOf(fields, total, taken, fallback !== undefined, asked, say);
  const typed = {
    arm: withTyped(choices.arm, asked.given('arm'), fields, {
      field: arms.field,
      good: arms.treatment,
      bad: arms.control,
    }),
    success:
      success === undefined
        ? choices.success
        : withTyped(choices.success, asked.given('success'), fields, { field: success.field, good: success.values }),
  };
  taken.add(arms.field);
  const latency = latencyOf(fields, total, taken, asked, say, sample.lengths);
  const memory = findMemory(fields, observations.length);
  if (memory !== undefined) say('found', `\`${memory.field}\` is a memory size`, 'measures.memory');
  const ids = findIds(fields, observations.length, taken);
  if (ids.length > 0) say('found', `${listed(ids)}: identifiers, not measured`);

  const weight = findWeight(fields, total);
  if (weight !== undefined) say('found', `\`${weight}\` says for how many a sampled record stands`, 'sources.0.weight');
  const strata = strataOf(observations, fields, { success, arms, taken }, say);
  const ladder = ladderOf(asked);
  const { id, flag } = naming(sample.file, asked, { variables, armField: arms.field }, say);
  const thresholds = thresholdsOf(observations, success, arms, latency, say);
  const window = baselineWindow(observations, time.name, arms);
  tellDays(observations, time.name, thresholds.least, ladder, say);
  const proposal: PlanProposal = {
    id,
    file: undated(sample.file, say),
    format,
    time: known === undefined ? time.name : null,
    zone,
    without,
    weight,
    event,
    arms,
    strata,
    success: said,
    fallback,
    latency,
    memory,
    ladder,
    thresholds,
    window,
    flag,
  };
  const yaml = writeProposal(proposal);
  // A plan without arms is none before they are written.
  const { later: _, ...decided } = arms;
  const whole = arms.later === true ? writeProposal({ ...proposal, arms: decided }) : yaml;
  const parsed = parsePlan(whole, 'rampwatch.yaml');
  const [problem] = parsed.kind === 'problems' ? parsed.problems : [];
  // An answer, or a name in the sample, that no plan can hold.
  if (problem !== undefined) throw new UserError('proposal-invalid', `${problem.path}: ${problem.message}`);
  return { yaml, findings: placed(found, yaml), questions: asked.questions, choices: typed };
}

/** Each finding at its part of the text, or at the comment in its place. */
export function placed(findings: readonly InitFinding[], yaml: string): readonly PlacedFinding[] {
  const document = readDocument(yaml);
  const comments = yaml.split('\n');
  const lineOf = (path: string): number => {
    const part = document.placed.get(path);
    if (part !== undefined) return document.position((part.key ?? part.value).from).line;
    const name = path.slice(path.lastIndexOf('.') + 1);
    const comment = comments.findIndex((line) => line.trimStart().startsWith(`# ${name}:`));
    if (path !== '' && comment !== -1) return comment + 1;
    return path.includes('.') ? lineOf(path.slice(0, path.lastIndexOf('.'))) : 1;
  };
  return findings.map((finding) => ({ ...finding, line: lineOf(finding.path) }));
}

/** Tomorrow's file has another date in its name. */
function undated(file: string, say: Say): string {
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const name = file.slice(folder.length);
  const any = name.replace(/(?:\d{8}T?\d*Z?|\d{4}-\d{2}-\d{2}(?:[-T_]\d{2,6}Z?)?|(?<=[A-Za-z_])\d{6})/, '*');
  if (any === name || (any.startsWith('*.') === false && !/[A-Za-z]/.test(any))) return file;
  say('assumed', `\`${name}\` is the file of one day: the plan reads \`${any}\``, 'sources.0.file');
  return folder + any;
}
