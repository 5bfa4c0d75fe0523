import { type Document, isMap, isScalar, isSeq, Pair, parseDocument, Scalar, visit, type YAMLMap } from 'yaml';
import { convertedAmount } from './convertedAmount.ts';
import { switchBeside, type Variables } from './initFlag.ts';
import type { InitFinding } from './initInterview.ts';
import { type InitResult, placed } from './proposePlan.ts';
import { commentText, harmless, map, noted, seq, yamlText } from './yamlNodes.ts';

/** The two halves of a plan: what a guide asks for, and what the records and the `.env` file say. */
export interface GuideAndRecords {
  /** The plan as imported from the guides: commented YAML. */
  readonly guide: string;
  /** The guides' names, for the first line. */
  readonly guides: readonly string[];
  /** What is proposed from the records alone. */
  readonly records: InitResult;
  /** The metrics file, as the plan names it. */
  readonly file: string;
  /** Those of the `.env` file that the guide's flag lies in. */
  readonly variables: Variables;
}

/** The questions that a guide does not answer. */
const open: ReadonlySet<string> = new Set([
  'arm',
  'treatment',
  'control',
  'success',
  'latency',
  'unit',
  'time',
  'zone',
]);

/**
 * Joins a guide's plan with a proposal from records: stages, conditions, triggers and lists are the guide's; where it does not say
 * which fields hold what it asks for, the records do. Pure.
 */
export function joinGuide({ guide, guides, records, file, variables }: GuideAndRecords): InitResult {
  const plan: Document = parseDocument(guide, { version: '1.2' });
  const found: Document = parseDocument(records.yaml, { version: '1.2' });
  const root = plan.contents;
  if (!isMap(root)) return records;
  const told: InitFinding[] = records.findings.filter(({ path }) => /^(?:sources|arms|measures|$)/.test(path));
  takeSource(root, found, file, told);
  takeArms(root, found, file);
  takeMeasures(root, found, file, told);
  const baseline = found.get('baseline');
  if (root.has('baseline') && baseline !== undefined) root.set('baseline', baseline);
  takeFlag(root, found, records, variables, told);
  const inputs = [file, ...guides, ...(variables.size > 0 ? [dotenvOf(root)] : [])];
  const from = inputs.map((name) => harmless(commentText(name).trim()));
  const first = root.items[0]?.key;
  if (isScalar(first)) first.commentBefore = null;
  plan.commentBefore = null;
  root.commentBefore = [
    ` Proposed by rampwatch init from ${from.slice(0, -1).join(', ')} and ${from.at(-1)}: read it once, then make it yours.`,
    ' Beside each value: the line of the guide, or the file that says it; `assumed` where nothing does.',
  ].join('\n');
  const yaml = yamlText(plan, { lineWidth: 0, flowCollectionPadding: true });
  return {
    yaml,
    findings: placed(told, yaml),
    questions: records.questions.filter(({ id }) => open.has(id)),
    choices: records.choices,
  };
}

/** The records that were read are watched, in the place of those that the guide names. */
function takeSource(root: YAMLMap, found: Document, file: string, told: InitFinding[]): void {
  const own = found.getIn(['sources', 0]);
  if (!isMap(own)) return;
  const sources = root.get('sources');
  if (!isSeq(sources)) {
    const arms = pairOf(root, 'arms');
    const logs = logsIn(commentOf(arms)).map((log) => map([['file', new Scalar(log)]]));
    const key = new Scalar('sources');
    key.spaceBefore = true;
    root.items.splice(arms === undefined ? 1 : root.items.indexOf(arms), 0, new Pair(key, seq([own, ...logs])));
    return;
  }
  const same = sources.items.findIndex((item) => isMap(item) && item.get('file') === file);
  const at = Math.max(0, same);
  const guided = sources.items[at];
  const named = isMap(guided) ? guided.get('file', true) : undefined;
  const ours = own.get('file', true);
  if (same === -1 && isScalar(named))
    told.push({
      kind: 'assumed',
      message: `the guide names \`${String(named.value)}\`; the plan watches \`${file}\`, whose records were read`,
      path: `sources.${at}.file`,
    });
  else if (isScalar(ours) && isScalar(named)) ours.comment = named.comment ?? null;
  sources.items[at] = own;
}

/** What stands as a comment where a guide names log lines alone, after the line to fill in. */
function logsIn(comment: string): readonly string[] {
  return [...comment.matchAll(/^\s*- file: (.+)$/gm)].slice(1).map(([, name = '']) => name.trim());
}

function takeArms(root: YAMLMap, found: Document, file: string): void {
  const pair = pairOf(root, 'arms');
  const arms = found.get('arms');
  if (pair === undefined || !isScalar(pair.key)) return;
  if (arms === undefined) {
    pair.key.commentBefore = commentText('decide which records are of the new way, and which of the old: assumed');
    return;
  }
  pair.value = arms;
  pair.key.commentBefore = commentText(`${file}: which records are of the new way, and which of the old`);
}

function takeMeasures(root: YAMLMap, found: Document, file: string, told: InitFinding[]): void {
  const measures = root.get('measures');
  if (!isMap(measures)) return;
  for (const pair of measures.items) {
    const { key, value } = pair;
    if (!isScalar(key) || !isMap(value) || value.comment?.startsWith(' assumed:') !== true) continue;
    const name = String(key.value);
    const said = /\(([^()]+)\)\s*$/.exec(value.comment)?.[1];
    const remark = said === undefined ? `the field is of ${file}` : `${said}; the field is of ${file}`;
    const role = value.has('quantile') ? 'latency' : value.has('gauge') ? 'memory' : name;
    const own = found.getIn(['measures', role]);
    if (role === 'latency' && !/^(?:latency|duration|p\d)/.test(name)) continue;
    if (role === 'memory' && name !== 'memory') continue;
    if (role === name && name !== 'success_rate' && name !== 'latency' && name !== 'memory') continue;
    if (!isMap(own)) {
      told.push({
        kind: 'unclear',
        message: `no field of ${file} is \`${name}\`: write the one that holds it`,
        path: `measures.${name}`,
      });
      continue;
    }
    if (role === 'latency') {
      const [guided, unit] = [String(value.get('unit')), String(own.get('unit'))];
      value.set('field', own.get('field'));
      value.set('unit', unit);
      noted(value, remark);
      convertConditions(root, name, guided, unit);
    } else pair.value = noted(own.clone() as YAMLMap, remark);
  }
}

/** A figure of the guide, in the unit that the records have. */
function convertConditions(root: YAMLMap, measure: string, from: string, to: string): void {
  if (from === to) return;
  visit(root, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return;
      const [, left, amount, unit] = /^(\S+ *(?:[<>]=?|==) *)([\d.]+)(\D+)$/.exec(node.value) ?? [];
      if (left?.trim().split(/[ <>=]/)[0] !== measure || amount === undefined || unit !== from) return;
      const converted = convertedAmount(Number(amount), from, to);
      if (converted !== undefined) node.value = `${left}${converted}`;
    },
  });
}

/** The guide names the flag; what the `.env` file knows beside it is added. A guide without one leaves it to the records. */
function takeFlag(
  root: YAMLMap,
  found: Document,
  records: InitResult,
  variables: Variables,
  told: InitFinding[],
): void {
  const set = root.getIn(['flag', 'set']);
  if (!isMap(set)) {
    const own = found.get('flag');
    if (root.has('flag') || own === undefined) return;
    root.set('flag', own);
    const key = pairOf(root, 'flag')?.key;
    if (isScalar(key)) key.spaceBefore = true;
    told.push(...records.findings.filter(({ path }) => path.startsWith('flag')));
    return;
  }
  const keys = set.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  if (variables.size === 0) return;
  const dotenv = dotenvOf(root);
  const unknown = keys.filter((key) => !variables.has(key));
  if (unknown.length > 0)
    told.push({
      kind: 'unclear',
      message: `${dotenv} has no ${unknown.map((key) => `\`${key}\``).join(', ')}: check that the application reads it`,
      path: 'flag.set',
    });
  const percent = keys.find((_, index) => String(set.items[index]?.value).includes('{percent}'));
  const isSwitched = set.items.some(({ value }) => String(value).includes('{enabled}'));
  const beside = percent === undefined || isSwitched ? undefined : switchBeside(variables, percent);
  if (beside === undefined) return;
  set.items.unshift(new Pair(new Scalar(beside), noted(new Scalar('$' + '{enabled}'), dotenv)));
  told.push({
    kind: 'found',
    message: `${dotenv} has \`${beside}\` beside \`${percent}\`: the flag sets both`,
    path: 'flag.set',
  });
}

/** What a person reads first of the guides, as it is true of the joined plan: it has records, and perhaps another flag. */
export function joinedFirstLook(firstLook: readonly string[], yaml: string): readonly string[] {
  const root = parseDocument(yaml, { version: '1.2' }).contents;
  const set = isMap(root) ? root.getIn(['flag', 'set']) : undefined;
  const keys = isMap(set) ? set.items.map(({ key }) => String(key)) : [];
  const flag = isMap(root) && keys.length > 0 ? `flag: writes ${keys.join(', ')} in ${dotenvOf(root)}` : undefined;
  return firstLook
    .filter((line) => !line.startsWith('missing: a file of records'))
    .map((line) => (flag !== undefined && line.startsWith('flag: ') ? flag : line));
}

/** The `.env` file that a plan's flag lies in. */
export function dotenvOfPlan(yaml: string): string {
  const root = parseDocument(yaml, { version: '1.2' }).contents;
  return isMap(root) ? dotenvOf(root) : '.env';
}

function dotenvOf(root: YAMLMap): string {
  const named = root.getIn(['flag', 'dotenv']);
  return typeof named === 'string' ? named : '.env';
}

function pairOf(root: YAMLMap, name: string): Pair | undefined {
  return root.items.find(({ key }) => isScalar(key) && key.value === name);
}

function commentOf(pair: Pair | undefined): string {
  return (isScalar(pair?.key) && pair.key.commentBefore) || '';
}
