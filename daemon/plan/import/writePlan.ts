import { createHash } from 'node:crypto';
import { Document, isMap, type Node, Scalar, YAMLMap } from 'yaml';
import { logFormat } from '../../protocol/domain/formatNames.ts';
import { commentText, flow, harmless, map, noted, seq, yamlText } from '../yamlNodes.ts';
import type { DraftChecklist } from './checklists.ts';
import type { DraftStage, PlanDraft } from './draft.ts';
import { type Place, placeNames, type Sourced } from './findings.ts';
import { textSource } from './planSources.ts';

/** A draft as commented YAML: beside each value the guide's line, or why it is proposed. Same draft, same bytes. */
export function writePlan(draft: PlanDraft, files: readonly string[]): string {
  const document = new Document(new YAMLMap());
  const root = document.contents;
  if (!isMap(root)) return '';
  const put = (key: string, value: Node | undefined, comment?: string) => {
    if (value === undefined) return;
    const name = new Scalar(key);
    if (root.items.length > 0 && !compact.has(key)) name.spaceBefore = true;
    if (comment !== undefined) name.commentBefore = commentText(comment);
    root.add({ key: name, value });
  };
  const { identity, schedule } = draft;
  put('version', new Scalar(1));
  put('id', scalar(identity.id));
  if (identity.name !== undefined) put('name', scalar(identity.name));
  put('timezone', scalar(identity.timezone));
  if (schedule.start !== undefined) put('start', scalar(schedule.start));
  if (schedule.end !== undefined) put('end', scalar(schedule.end));
  put('sources', sources(draft));
  put(
    'arms',
    map([
      ['treatment', flow(draft.arms.treatment)],
      ['control', flow(draft.arms.control)],
    ]),
    assumedText(draft.arms.why, draft.arms.places),
  );
  put('measures', measures(draft));
  put('baseline', baseline(draft));
  put('stages', seq(draft.stages.map(stage)));
  put('advance', advance(draft));
  put('rollback', map([['to', scalar(draft.rollbackTo)]]));
  if (draft.triggers.length > 0) put('triggers', seq(draft.triggers.map(trigger)));
  put('flag', flag(draft));
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

const compact = new Set(['id', 'name', 'timezone', 'start', 'end']);
const seal = '# content: sha256 ';

function headerOf(body: string, files: readonly string[]): string {
  const from = files.map((file) => harmless(commentText(file).trim())).join(', ');
  return `# Imported from ${from}. Beside each value: the guide's line; \`assumed\` where the guide does not say.\n${seal}${hashOf(body)} (a plan edited by hand is not written over)\n`;
}

/** Whether a plan is as the importer wrote it; one without the importer's line counts as written by hand. */
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

function sources(draft: PlanDraft): Node {
  const { metrics, format, logs } = draft.sources;
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
  const proposed = textSource(draft);
  if (proposed?.assumed !== undefined)
    lines.push(
      map([
        ['file', scalar(proposed)],
        ['format', new Scalar(logFormat)],
      ]),
    );
  return seq([main, ...lines]);
}

function measures(draft: PlanDraft): Node {
  return map(draft.measures.map(([name, measure]) => [name, commented(flow(measure.value), measure)]));
}

function baseline(draft: PlanDraft): Node | undefined {
  if (draft.baseline === undefined) return undefined;
  const { window, places } = draft.baseline;
  const concurrent = noted(
    new Scalar('concurrent'),
    assumedText('compared with the control over the same time', places),
  );
  if (window === undefined) return map([['control', concurrent]]);
  return map([
    ['control', concurrent],
    ['otherwise', map([['window', commented(flow(window.value), window)]])],
  ]);
}

function stage(each: DraftStage): Node {
  return map([
    ['id', new Scalar(each.id)],
    ['percent', scalar(each.percent)],
    ['soak', scalar(each.soak)],
    ['days', each.days === undefined ? undefined : commented(flow(each.days.value), each.days)],
    [
      'gate',
      each.gate.length === 0
        ? flow([], 'the guide asks nothing that can be measured')
        : seq(each.gate.map((condition) => scalar(condition))),
    ],
  ]);
}

function advance(draft: PlanDraft): Node {
  const { mode, deny } = draft.advance;
  return map([
    ['mode', scalar(mode)],
    ['deny', deny.length === 0 ? undefined : seq(deny.map((window) => scalar(window)))],
  ]);
}

function trigger(each: PlanDraft['triggers'][number]): Node {
  const { id, when, over, min, consequence, within, rule } = each.value;
  return map([
    ['id', new Scalar(id)],
    ['when', commented(new Scalar(when), each)],
    ['over', new Scalar(over)],
    ['for', each.value.for === undefined ? undefined : new Scalar(each.value.for)],
    ['min', min === undefined ? undefined : noted(new Scalar(min), 'assumed: fewer records are no evidence')],
    ['then', new Scalar(consequence)],
    ['within', within === undefined ? undefined : scalar(within)],
    [
      'rule',
      rule === undefined ? undefined : noted(new Scalar(rule), 'assumed: a crossing without proof asks for a review'),
    ],
  ]);
}

function flag(draft: PlanDraft): Node | undefined {
  if (draft.flag === undefined) return undefined;
  const { dotenv, dotenvAssumed, set } = draft.flag;
  return map([
    ['dotenv', noted(new Scalar(dotenv), dotenvAssumed ? 'assumed: the file the flag is read from' : undefined)],
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
    ['at', each.at === undefined ? undefined : noted(quotedScalar(each.at), each.atAssumed ? 'assumed' : undefined)],
    ['stage', stageId === undefined ? undefined : new Scalar(stageId)],
    ['due', each.due === undefined ? undefined : new Scalar(each.due)],
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
    ['junit', noted(new Scalar(each.junit), each.junitAssumed ? 'assumed: where the report is written' : undefined)],
    ['expect', each.expect === undefined ? undefined : scalar(each.expect)],
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
