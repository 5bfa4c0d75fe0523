import { parseDocument } from 'yaml';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { parseDuration } from '../../daemon/protocol/domain/duration.ts';

/** The kinds of value that a right answer may name; each is counted on its own. */
export const kinds = ['stages', 'soaks', 'gates', 'triggers', 'flags', 'tests', 'dates', 'others', 'refusals'] as const;
export type Kind = (typeof kinds)[number];

export interface Score {
  /** In the plan and right, in the plan and wrong, missing from the plan: as sentences for people. */
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

type Tree = Readonly<Record<string, unknown>>;
type Values = ReadonlyMap<Kind, readonly string[]>;

/** Compares an imported plan, `undefined` when the guide was refused, with what the guide says. */
export function scoreGuide(yaml: string | undefined, answer: string): ReadonlyMap<Kind, Score> {
  // An answer's text about yesterday's plan is free.
  const right = read(answer.replaceAll(/^actual:.*$/gm, ''));
  const asked = valuesOf(right, yaml === undefined ? [] : stagePercents(read(yaml)));
  const given = yaml === undefined ? new Map<Kind, string[]>() : valuesOf(read(yaml), []);
  const scores = new Map<Kind, Score>();
  for (const kind of kinds) {
    const wanted = asked.get(kind);
    if (kind === 'refusals') {
      if (right.refuse !== undefined || yaml === undefined) scores.set(kind, refusal(right.refuse !== undefined, yaml));
    } else if (wanted !== undefined) scores.set(kind, compare(given.get(kind) ?? [], wanted));
  }
  return scores;
}

function refusal(wanted: boolean, yaml: string | undefined): Score {
  const refused = yaml === undefined;
  if (wanted) return { right: refused ? ['refused'] : [], wrong: [], missed: refused ? [] : ['refused'] };
  return { right: [], wrong: ['refused'], missed: [] };
}

/** How many rollbacks a plan does by itself that its guide does not ask for. */
export function unwantedRollbacks(score: ReadonlyMap<Kind, Score>): number {
  return score.get('triggers')?.wrong.filter((each) => each.endsWith('→ rollback')).length ?? 0;
}

function compare(given: readonly string[], wanted: readonly string[]): Score {
  const open = [...wanted];
  const right: string[] = [];
  const wrong: string[] = [];
  for (const each of given) {
    const at = open.findIndex((other) => sameValue(other, each));
    if (at === -1) wrong.push(each);
    else right.push(...open.splice(at, 1));
  }
  return { right, wrong, missed: open };
}

/** Names of measures are free words: they are the same when their telling words are. */
function sameValue(one: string, other: string): boolean {
  if (one === other) return true;
  const [first, second] = [one, other].map((text) => /^(.*?)(\w+)( (?:[<>]=?|[!=]=) .*)$/.exec(text));
  if (first?.[1] === undefined || first[1] !== second?.[1] || first[3] !== second[3]) return false;
  const [words, others] = [tellingWords(first[2] ?? ''), tellingWords(second[2] ?? '')];
  return words.length > 0 && words.join(' ') === others.join(' ');
}

const untelling = new Set([
  'to',
  'der',
  'de',
  'do',
  'du',
  'of',
  'rate',
  'rates',
  'time',
  'usage',
  'count',
  'total',
  'p95',
  'number',
  'n',
]);
function tellingWords(name: string): readonly string[] {
  const words = name.toLowerCase().split('_');
  const telling = words.filter((word) => !untelling.has(word)).map((word) => word.replace(/(?<=..)s$/, ''));
  return (telling.length === 0 ? words : telling).sort();
}

/** Only of the kinds that the tree names. `everywhere`: the stages that a gate without a stage stands for. */
function valuesOf(plan: Tree, everywhere: readonly number[]): Values {
  const values = new Map<Kind, string[]>();
  const add = (kind: Kind, ...each: readonly string[]) => values.set(kind, [...(values.get(kind) ?? []), ...each]);
  const stages = list(plan.stages).map(tree);
  for (const { percent, soak, gate } of stages) {
    if (Number(percent) === 0) {
      if (soak !== undefined && length(soak) !== '0') add('soaks', `0 %: ${length(soak)}`);
      add('gates', ...list(gate).map((each) => `0 %: ${condition(each)}`));
      continue;
    }
    add('stages', `${percent} %`);
    if (soak !== undefined) add('soaks', `${percent} %: ${length(soak)}`);
    if (gate !== undefined) add('gates', ...list(gate).map((each) => `${percent} %: ${condition(each)}`));
  }
  for (const each of list(plan.gates)) add('gates', ...everywhere.map((percent) => `${percent} %: ${condition(each)}`));
  const triggers = Array.isArray(plan.triggers) ? plan.triggers.map(tree) : [];
  // The same condition of several stages is one.
  if (Array.isArray(plan.triggers))
    add('triggers', ...new Set(triggers.map((each) => `${condition(each.when)} → ${each.then}`)));
  if (plan.flag !== undefined) add('flags', ...Object.keys(tree(tree(plan.flag).set)));
  for (const each of list(plan.tests).map(tree)) add('tests', `${each.name}: ${each.expect}`);
  for (const key of ['start', 'end']) if (plan[key] !== undefined) add('dates', `${key} ${plan[key]}`);
  if (typeof plan.escalation === 'object') add('others', `contact ${tree(plan.escalation).contact}`);
  const advance = tree(plan.advance);
  if (advance.mode === 'auto') add('others', 'advance auto');
  if (advance.deny !== undefined) add('others', ...list(advance.deny).map((each) => `deny ${each}`));
  return values;
}

function stagePercents(plan: Tree): readonly number[] {
  return list(plan.stages)
    .map((each) => Number(tree(each).percent))
    .filter((percent) => percent > 0);
}

/** `latency > 2000`: the unit is the measure's own; a percentage of the baseline says so. */
function condition(text: unknown): string {
  // `unsafe writes == 0` of a person is `unsafe_writes == 0` of a plan.
  const parsed = parseCondition(
    String(text)
      .replaceAll(/(?<=[a-z]) (?=[a-z]+ )/g, '_')
      .replace('_of_baseline', ' of baseline'),
  );
  if (!('measure' in parsed)) return `cannot be read: ${String(text)}`;
  const { coefficient, scale, unit } = parsed.threshold;
  const factor = unit === '%' || unit === 'points' ? 100 : unit === 's' ? 1000 : 1;
  const value = Number(((coefficient / scale) * factor).toFixed(6));
  const of = parsed.difference ?? (parsed.against === 'baseline' ? 'of' : null);
  return `${parsed.measure} ${parsed.comparison} ${value}${of === null ? '' : ` ${of} baseline`}`;
}

function length(text: unknown): string {
  return String(parseDuration(String(text)) ?? text);
}

/** Broken parts are left out: a plan that lacks what only its reader can fill in is compared all the same. */
function read(yaml: string): Tree {
  return tree(parseDocument(yaml, { logLevel: 'silent' }).toJS());
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tree(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}
