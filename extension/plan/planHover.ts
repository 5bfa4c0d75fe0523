import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import { markdownText } from '../views/escapedText.ts';
import { triggerLens } from '../views/triggerRows.ts';
import { conditionFacts } from '../views/verdictText.ts';
import type { Translate } from '../vscodeApi.ts';
import { describedAt, type JsonSchema, schemasAt } from './planSchema.ts';
import type { PlanCursor, TextNode } from './planText.ts';
import { keysAt, textAt } from './planTree.ts';
import { conditionAt, measuresOf } from './planWords.ts';

/** The text of a hover: Markdown paragraphs in which everything that a plan says is escaped. */
export interface PlanHover {
  readonly paragraphs: readonly string[];
  /** The word that it explains, in offsets. */
  readonly from: number;
  readonly to: number;
}

/**
 * The explanation of the word under the pointer: the schema's description (unless another extension says it:
 * `schema` is `null`), what a measure is and its unit, and how a condition stands in the rollout that runs by this plan.
 */
export function hoverAt(
  cursor: PlanCursor,
  tree: TextNode,
  schema: JsonSchema | null,
  running: { readonly shown: RolloutStanding; readonly now: number } | null,
  t: Translate,
): PlanHover | null {
  const { role, path, written, from, to } = cursor;
  const place = role === 'key' ? [...path, written] : path;
  const paragraphs = [
    ...live(cursor, tree, running, t),
    ...measureFacts(cursor, tree, t),
    ...(schema === null ? [] : described(schema, place, tree, t)),
  ];
  return paragraphs.length === 0 ? null : { paragraphs, from, to };
}

function described(
  schema: JsonSchema,
  place: readonly (string | number)[],
  tree: TextNode,
  t: Translate,
): readonly string[] {
  const places = schemasAt(schema, place, (path) => keysAt(tree, path));
  const found = describedAt(places);
  if (found?.description === undefined) return [];
  const usual = places.find((each) => each.default !== undefined && typeof each.default !== 'object')?.default;
  const examples = (found.examples ?? []).filter((each) => typeof each !== 'object').map((each) => code(String(each)));
  return [
    // Ours, and Markdown.
    found.description,
    ...(usual === undefined ? [] : [t('Left out: {0}', code(String(usual)))]),
    ...(examples.length === 0 ? [] : [t('For example: {0}', examples.join(', '))]),
  ];
}

/** Explains a measure's name, where it is defined or used. */
function measureFacts({ role, path, written }: PlanCursor, tree: TextNode, t: Translate): readonly string[] {
  const named = role === 'key' && path.join('.') === 'measures' ? written : /^\s*(\w+)/.exec(written)?.[1];
  const defines = role === 'key' && path.join('.') === 'measures';
  const speaks = role === 'value' && /\.(?:gate\.\d+|when|measure|share_not)$/.test(path.join('.'));
  const measure = defines || speaks ? measuresOf(tree).find(({ name }) => name === named) : undefined;
  if (measure === undefined) return [];
  const { name, kind, unit } = measure;
  const of = textAt(tree, ['measures', name, kind]);
  const what = kind === '' ? '' : of === undefined ? kind : `${kind} ${of}`;
  const facts = [code(name), ...(what === '' ? [] : [code(what)]), ...(unit === '' ? [] : [t('in {0}', code(unit))])];
  return [facts.join(' · ')];
}

/** How the condition stands now, in the words of the trees. */
function live(
  cursor: PlanCursor,
  tree: TextNode,
  running: { readonly shown: RolloutStanding; readonly now: number } | null,
  t: Translate,
): readonly string[] {
  const condition = conditionAt(cursor, tree);
  if (condition === null || running === null) return [];
  const { shown, now } = running;
  const { stages, triggers } = shown.rollout;
  if (condition.of === 'trigger') {
    const trigger = triggers.find(({ id }) => id === condition.id);
    const face = trigger === undefined ? null : triggerLens(shown, trigger, now, t);
    return face === null || trigger?.when !== plain(condition.text) ? [] : [`**${markdownText(face.text)}**`];
  }
  const stage = stages.find(({ id }) => id === condition.id);
  const verdict = stage?.gate.find((each) => each.condition === plain(condition.text));
  if (stage === undefined || verdict === undefined) return [];
  if (stage.state === 'ahead' || shown.rollout.standing.phase.kind === 'planned') {
    return [t('Judged when the rollout reaches this stage.')];
  }
  return [`**${markdownText(conditionFacts(verdict, t))}**`];
}

/** As the daemon keeps a condition's text. */
function plain(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

function code(text: string): string {
  return `\`${plainText(text, 200).replaceAll('`', "'")}\``;
}
