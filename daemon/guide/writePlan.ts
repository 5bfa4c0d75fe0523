import { createHash } from 'node:crypto';
import { Document, isMap, type Node, Scalar, YAMLMap } from 'yaml';
import { commentText, flow, harmless, map, noted, seq, yamlText } from '../plan/yamlNodes.ts';
import { logFormat, recordFormat } from '../protocol/domain/formatNames.ts';
import type { DraftStage, PlanDraft } from './draft.ts';
import type { DraftChecklist } from './parts/lists.ts';
import { type Place, placeNames, type Sourced } from './text/findings.ts';
import { valueText } from './values.ts';

/** A draft as commented YAML: beside each value the guide's line, or why it is proposed. Same draft, same bytes. */
export function writePlan(draft: PlanDraft, files: readonly string[]): string {
  const document = new Document(new YAMLMap());
  const root = document.contents;
  if (!isMap(root)) return '';
  const put = (key: string, value: Node | undefined, comment?: string) => {
    if (value === undefined) return;
    const name = new Scalar(key);
    if (root.items.length > 0 && !compact.has(key)) name.spaceBefore = true;
    if (comment !== undefined) name.commentBefore = comment.split('\n').map(keptComment).join('\n');
    root.add({ key: name, value });
  };
  put('version', new Scalar(1));
  put('id', scalar(draft.id));
  if (draft.name !== undefined) put('name', scalar(draft.name));
  put('timezone', scalar(draft.timezone));
  if (draft.start !== undefined) put('start', scalar(draft.start));
  if (draft.end !== undefined) put('end', scalar(draft.end));
  put('sources', sources(draft));
  const arms = assumedText(draft.arms.why, draft.arms.places);
  put(
    'arms',
    map([
      ['treatment', flow(draft.arms.treatment)],
      ['control', flow(draft.arms.control)],
    ]),
    draft.sources.metrics === undefined ? `${missingSources(draft)}\n${arms}` : arms,
  );
  put('measures', draft.measures.length === 0 ? map([]) : measures(draft));
  put('baseline', baseline(draft));
  put('stages', seq(draft.stages.map(stage)), disputedStages(draft));
  put('advance', advance(draft));
  put('rollback', map([['to', scalar(draft.rollbackTo)]]));
  const disputed = disputedValues(draft, 'trigger');
  if (draft.triggers.length > 0) put('triggers', seq(draft.triggers.map(trigger)), disputed);
  else if (disputed !== undefined) put('triggers', flow([]), disputed);
  put('flag', flag(draft), disputedValues(draft, 'flag'));
  if (draft.checklists.length > 0)
    put('checklists', seq(draft.checklists.map((each) => checklist(each, draft.stages))));
  if (draft.suites.length > 0) put('tests', seq(draft.suites.map(suite)));
  if (draft.targets.length > 0) put('targets', seq(draft.targets.map((each) => commented(flow(each.value), each))));
  if (draft.milestones.length > 0)
    put('milestones', seq(draft.milestones.map((each) => commented(flow(each.value), each))));
  if (draft.deliverables.length > 0) put('deliverables', seq(draft.deliverables.map((each) => scalar(each))));
  if (draft.documents.length > 0)
    put('documents', seq(draft.documents.map((each) => commented(flow(each.value), each))));
  put('escalation', escalation(draft));
  const body = yamlText(document, { lineWidth: 0, flowCollectionPadding: true });
  return `${headerOf(body, files)}${body}`;
}

/** A part for a person to fill in stands where it belongs, as a comment. */
function missingSources({ sources: { logs } }: PlanDraft): string {
  const texts = logs.map(({ value }) => `  - file: ${value}\n    format: ${logFormat}`);
  return [
    'fill in: the guide names no file of records, and without one nothing is judged',
    'sources:',
    `  - file: logs/metrics.${recordFormat}`,
    `    format: ${recordFormat}`,
    '    time: { field: timestamp, zone: UTC }',
    ...texts,
  ].join('\n');
}

function disputedStages({ disputes }: PlanDraft): string | undefined {
  if (disputes.stages.length === 0) return undefined;
  return [
    'in dispute, pick one and write it:',
    ...disputes.stages.map(({ percent, from }) => `- percent: ${percent} (${placeNames(from.slice(0, 1))})`),
  ].join('\n');
}

function disputedValues({ disputes }: PlanDraft, kind: 'trigger' | 'flag'): string | undefined {
  const open = disputes.values.filter((each) => each.kind === kind);
  if (open.length === 0) return undefined;
  const lines = open.map(
    ({ options }) =>
      `- ${options.map(({ value, places }) => `${valueText(value)} (${placeNames(places)})`).join(' or ')}`,
  );
  return ['in dispute, pick one and write it:', ...lines].join('\n');
}

/** As `commentText`, with the blanks before it: what is filled in must stand where YAML wants it. */
function keptComment(line: string): string {
  return ` ${' '.repeat(line.length - line.trimStart().length)}${commentText(line).trim()}`;
}

const compact = new Set(['id', 'name', 'timezone', 'start', 'end']);
const seal = '# content: sha256 ';

function headerOf(body: string, files: readonly string[]): string {
  const from = files.map((file) => harmless(commentText(file).trim())).join(', ');
  return `# Imported from ${from}. Beside each value: the guide's line; \`assumed\` where the guide does not say.\n${seal}${hashOf(body)} (a plan edited by hand is not written over)\n`;
}

/** True when a plan is as the importer wrote it; one without the importer's line counts as written by hand. */
export function isUntouched(text: string): boolean {
  const unix = text.replaceAll('\r\n', '\n').replace(/^\ufeff/, '');
  const [, second = '', ...body] = unix.split('\n');
  if (!second.startsWith(seal)) return false;
  return second.slice(seal.length, seal.length + 16) === hashOf(body.join('\n'));
}

/** Sixteen digits tell an edit; nothing rests on them. */
function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

/** `undefined` without a file of records: what nobody names is not judged. */
function sources({ sources: { metrics, format, logs } }: PlanDraft): Node | undefined {
  if (metrics === undefined) return undefined;
  const main = map([
    ['file', scalar(metrics)],
    ['format', new Scalar(format)],
    ['time', flow({ field: 'timestamp', zone: 'UTC' }, 'assumed: the field that holds the time')],
    ['ignore', flow({ event_type: 'any' }, 'assumed: records that are not observations')],
    ['fresh', noted(new Scalar('15m'), 'assumed')],
  ]);
  const lines = logs.map((log) =>
    map([
      ['file', scalar(log)],
      ['format', new Scalar(logFormat)],
    ]),
  );
  return seq([main, ...lines]);
}

function measures(draft: PlanDraft): Node {
  return map(draft.measures.map(([name, measure]) => [name, commented(flow(measure.value), measure)]));
}

function baseline(draft: PlanDraft): Node | undefined {
  if (!draft.baseline) return undefined;
  const compared =
    'assumed: compared with the control over the same time; at 100 % there is none, name a `window` under `otherwise`';
  return map([['control', noted(new Scalar('concurrent'), compared)]]);
}

function stage(each: DraftStage): Node {
  const node = map([
    ['id', new Scalar(each.id)],
    ['percent', scalar(each.percent)],
    ['soak', each.soak === undefined ? undefined : scalar(each.soak)],
    ['days', each.days === undefined ? undefined : commented(flow(each.days.value), each.days)],
    ['gate', each.gate.length === 0 ? undefined : seq(each.gate.map((condition) => scalar(condition)))],
  ]);
  const open = [
    ...(each.soak === undefined ? ['soak: … (how long it lasts at least, such as 24h; the guide does not say)'] : []),
    ...(each.gate.length === 0 ? ['gate: […] (what it must show; the guide does not say)'] : []),
  ];
  // No guide says it: a line to fill in, at the end of the stage.
  if (each.percent.value > 0 && open.length > 0)
    node.comment = open.map((line) => commentText(`fill in: ${line}`)).join('\n');
  return node;
}

function advance(draft: PlanDraft): Node {
  const { mode, deny } = draft.advance;
  return map([
    ['mode', scalar(mode)],
    ['deny', deny.length === 0 ? undefined : seq(deny.map((window) => scalar(window)))],
  ]);
}

function trigger(each: PlanDraft['triggers'][number]): Node {
  const { id, when, over, for: waits, stages, consequence, within, ofShare } = each.value;
  return map([
    ['id', new Scalar(id)],
    ['when', commented(new Scalar(when), each)],
    [
      'over',
      over === undefined ? noted(new Scalar('5m'), 'assumed: the guide does not say how long') : new Scalar(over),
    ],
    ['for', waits === undefined ? undefined : new Scalar(waits)],
    ['stages', stages === undefined ? undefined : flow(stages)],
    ['min', ofShare ? noted(new Scalar(20), 'assumed: fewer records are no evidence') : undefined],
    ['then', new Scalar(consequence)],
    ['within', within === undefined ? undefined : new Scalar(within)],
  ]);
}

function flag(draft: PlanDraft): Node | undefined {
  if (draft.flag === undefined) return undefined;
  const { dotenv, set } = draft.flag;
  return map([
    ['dotenv', scalar(dotenv)],
    ['set', map(set.map(([key, value]) => [key, scalar(value)]))],
    ['proof', flow({ share: 'treatment', within: '10m' }, "assumed: the traffic's own share proves the percentage")],
  ]);
}

function checklist(each: DraftChecklist, stages: readonly DraftStage[]): Node {
  const stageId = each.stage === undefined ? undefined : stages.find((known) => known.percent.value === each.stage)?.id;
  return map([
    ['id', new Scalar(each.id)],
    ['title', noted(new Scalar(each.title), placeNames(each.places))],
    ['every', each.every === undefined ? undefined : new Scalar(each.every)],
    ['at', each.at === undefined ? undefined : quotedScalar(each.at)],
    ['stage', stageId === undefined ? undefined : new Scalar(stageId)],
    [
      'items',
      seq(
        each.items.map((item) => {
          const node =
            item.evidence === undefined ? new Scalar(item.title) : flow({ title: item.title, evidence: item.evidence });
          return noted(node, placeNames(item.places));
        }),
      ),
    ],
  ]);
}

function suite(each: PlanDraft['suites'][number]): Node {
  return map([
    ['name', new Scalar(each.name)],
    ['junit', noted(new Scalar(each.junit), 'assumed: where the report is written')],
    ['expect', scalar(each.expect)],
    [
      'groups',
      each.groups.length === 0 ? undefined : map(each.groups.map(([name, count]) => [name, new Scalar(count)])),
    ],
  ]);
}

function escalation(draft: PlanDraft): Node | undefined {
  const { contact, reference } = draft.escalation;
  if (contact === undefined && reference === undefined) return undefined;
  return map([
    ['contact', contact === undefined ? undefined : scalar(contact)],
    ['reference', reference === undefined ? undefined : scalar(reference)],
  ]);
}

/** A time of day is quoted: older YAML reads `09:00` as a number. */
function quotedScalar(text: string): Scalar {
  const node = new Scalar(text);
  node.type = 'QUOTE_DOUBLE';
  return node;
}

function scalar(value: Sourced<string | number>): Node {
  return commented(new Scalar(value.value), value);
}

function commented(node: Node, { places, assumed }: Sourced<unknown>): Node {
  return noted(node, assumed === undefined ? placeNames(places) : assumedText(assumed, places));
}

function assumedText(why: string, places: readonly Place[]): string {
  const names = placeNames(places);
  return `assumed: ${why}${names === '' ? '' : ` (${names})`}`;
}
