import { readClaims } from './claims.ts';
import type { TriggerClaim } from './criterion.ts';
import { type Place, placeNames, type Sourced, said } from './findings.ts';
import { conditionText } from './gates.ts';
import type { Guides } from './guides.ts';
import type { MeasureBook } from './measures.ts';
import type { Above, Passage } from './passages.ts';
import { readLengths } from './quantities.ts';
import { plain, slug } from './text.ts';

export interface DraftTrigger {
  readonly id: string;
  readonly measure: string;
  readonly figure: number;
  readonly ofBaseline: boolean;
  readonly when: string;
  readonly over: string;
  readonly for: string | undefined;
  readonly min: number | undefined;
  readonly consequence: 'rollback' | 'review';
  readonly within: Sourced<string> | undefined;
  readonly rule: 'proven' | undefined;
}

const usualRollbackWindow = '5m';
const usualReviewWindow = '30m';
/** Enough records that a share means something; fewer are insufficient. */
const leastRecords = 20;

/** The triggers, merged over every place that says them; of two different figures the one that fires first is kept. */
export function mergeTriggers(
  guides: Guides,
  claims: readonly TriggerClaim[],
  book: MeasureBook,
): readonly Sourced<DraftTrigger>[] {
  const merged: Sourced<DraftTrigger>[] = [];
  const ids = new Set<string>();
  const everyRollback = promiseOfAll(guides);
  // Rollbacks first: of two triggers on one measure, theirs is the plain id.
  const ordered = [...claims].sort((a, b) => Number(a.consequence === 'review') - Number(b.consequence === 'review'));
  for (const each of ordered) {
    const { claim, passage } = each;
    const measure = book.use(claim.measure, passage, claim.unit);
    const { trigger, window } = draft(each, measure, claims, everyRollback);
    const index = merged.findIndex(
      ({ value }) =>
        value.measure === measure &&
        value.consequence === trigger.consequence &&
        value.ofBaseline === trigger.ofBaseline &&
        value.over === trigger.over,
    );
    const known = merged[index];
    if (known === undefined) {
      if (claim.otherEnd !== undefined) tellRange(guides, each, trigger);
      if (claim.assumed !== undefined) guides.findings.add('assumed', passage, `\`${trigger.when}\`: ${claim.assumed}`);
      if (window !== undefined) guides.findings.add('assumed', passage, `\`${trigger.when}\`: ${window}`);
      const id = uniqueId(trigger, ids);
      ids.add(id);
      merged.push({ value: { ...trigger, id }, places: [passage] });
    } else if (known.value.figure === trigger.figure) {
      if (claim.otherEnd !== undefined) tellRange(guides, each, trigger);
      const within = known.value.within ?? trigger.within;
      const value =
        within === undefined || trigger.within === undefined || within.value !== trigger.within.value
          ? known.value
          : { ...known.value, within: { ...within, places: [...within.places, ...trigger.within.places] } };
      merged[index] = { value, places: [...known.places, passage] };
    } else {
      merged[index] = firesFirst(guides, known, trigger, passage);
    }
  }
  return merged;
}

/** `window`: what was assumed of the time it is judged over. */
function draft(
  { claim, consequence, passage }: TriggerClaim,
  measure: string,
  all: readonly TriggerClaim[],
  everyRollback: Sourced<string> | undefined,
): { trigger: Omit<DraftTrigger, 'id'>; window: string | undefined } {
  const sampled = ['success', 'error', 'timeout', 'fallback', 'latency'].includes(claim.measure.family);
  const within = promise(passage) ?? (consequence === 'rollback' ? everyRollback : undefined);
  const lasting =
    claim.lasting !== undefined && claim.lasting.text === within?.value && /\broll/i.test(passage.text)
      ? undefined
      : claim.lasting;
  const rollback = consequence === 'rollback';
  // Of what stands beside it in a list; a sentence elsewhere is about itself.
  const sibling = all.find(
    (other) =>
      other.consequence === consequence && other.claim.lasting !== undefined && other.passage.kind !== 'sentence',
  )?.claim.lasting;
  const steady = /\b(?:consistent\w*|sustained|persistent\w*|continuous\w*|repeated\w*)\b/i.test(passage.text);
  const base = {
    measure,
    figure: Number(claim.number),
    ofBaseline: claim.ofBaseline,
    when: conditionText(claim, measure),
    min: sampled ? leastRecords : undefined,
    consequence,
    within: rollback ? within : undefined,
    rule: rollback && isProvable(claim) ? ('proven' as const) : undefined,
  };
  if (lasting !== undefined)
    return { trigger: { ...base, over: lasting.text, for: rollback ? undefined : lasting.text }, window: undefined };
  const over = rollback ? (within?.value ?? usualRollbackWindow) : (sibling?.text ?? usualReviewWindow);
  return {
    trigger: { ...base, over, for: rollback && !steady ? undefined : over },
    window: `judged over ${over}${steady || !rollback ? ` and for ${over}` : ''}, the guide names no window`,
  };
}

/** A success rate against a figure of its own; what else rolls back is proven, too, where it can be. */
function isProvable({ measure, ofBaseline, number }: TriggerClaim['claim']): boolean {
  return measure.family === 'success' && !ofBaseline && Number(number) > 0 && Number(number) < 100;
}

/** `within 5 minutes`, said of the rollback itself or of the list the trigger stands in. */
function promise(passage: Passage): Sourced<string> | undefined {
  const texts = [passage, ...[...passage.trail].reverse().filter((above: Above) => above.level > 1)];
  for (const [index, { text, line }] of texts.entries()) {
    const words = plain(text);
    const match =
      index === 0
        ? /\b(?:roll\w*[ -]?back|revert\w*|abort\w*|back(?:ing|s)?(?: it)? out|turn\w*(?: it)? off|back to)\b(?:(?!\b(?:if|when|whenever)\b)[^.<>≥≤])*?\bwithin\s+/i.exec(
            words,
          )
        : /\b(?:within|in (?:under|less than|at most)|in no more than)\s+/i.exec(words);
    if (match === null) continue;
    const length = readLengths(words.slice(match.index + match[0].length))[0];
    if (length !== undefined && length.index < 10) return said(length.text, { file: passage.file, line });
  }
  return undefined;
}

/** `Critical = automatic rollback within 1 minute`: said of no condition, so of each; of two lengths neither is. */
function promiseOfAll(guides: Guides): Sourced<string> | undefined {
  const found = new Map<string, Passage[]>();
  for (const passage of guides.passages) {
    if (!['sentence', 'item'].includes(passage.kind) || passage.checkbox !== undefined || passage.text.length > 200)
      continue;
    const words = plain(passage.text);
    const match =
      /\b(?:roll\w*[ -]?back|revert\w*|return\w* to)\b[^.;]{0,60}?\bwithin\s+/i.exec(words) ??
      /\bwithin\s+(?=[^.;]{0,60}?\b(?:roll\w*[ -]?back|revert\w*)\b)/i.exec(words);
    if (match === null || rehearsal.test(words) || readClaims(words, 'trigger').claims.length > 0) continue;
    const length = readLengths(words.slice(match.index + match[0].length))[0];
    if (length === undefined || length.index >= 10) continue;
    found.set(length.text, [...(found.get(length.text) ?? []), passage]);
  }
  const [only, ...others] = [...found];
  if (only === undefined || others.length > 0) return undefined;
  for (const passage of only[1]) guides.use(passage);
  return said(only[0], ...only[1]);
}

const rehearsal = /\b(?:rehears\w*|drill\w*|practi[sc]\w*|test\w*|tried|verif\w*|took|takes|was|were|review\w*)\b/i;

function tellRange(guides: Guides, { claim, passage }: TriggerClaim, trigger: Omit<DraftTrigger, 'id'>): void {
  guides.findings.add(
    'assumed',
    passage,
    `a range, ${[claim.otherEnd, claim.number].sort((a, b) => Number(a) - Number(b)).join(' to ')}${claim.unit}: read as \`${trigger.when}\`; beyond ${claim.otherEnd}${claim.unit} it holds too`,
  );
}

function firesFirst(
  guides: Guides,
  known: Sourced<DraftTrigger>,
  trigger: Omit<DraftTrigger, 'id'>,
  place: Place,
): Sourced<DraftTrigger> {
  const falling = trigger.when.includes('<');
  const earlier = falling === trigger.figure > known.value.figure;
  const kept = earlier ? trigger.when : known.value.when;
  guides.findings.add(
    'conflict',
    place,
    `${trigger.consequence}: \`${trigger.when}\` here, \`${known.value.when}\` at ${placeNames(known.places)}: the one that fires first, \`${kept}\`, is kept`,
  );
  return earlier ? { value: { ...trigger, id: known.value.id }, places: [place] } : known;
}

function uniqueId(trigger: Omit<DraftTrigger, 'id'>, taken: ReadonlySet<string>): string {
  const names: Readonly<Record<string, string>> =
    trigger.consequence === 'rollback'
      ? { success_rate: 'low-success', error_rate: 'error-rate', critical_errors: 'critical' }
      : { success_rate: 'sagging', latency: 'slow' };
  const plainName = names[trigger.measure] ?? slug(trigger.measure, '-');
  const again = trigger.consequence === 'review' ? 'review' : trigger.over;
  const candidates = [plainName, `${plainName}-${again}`, `${plainName}-${trigger.over}`];
  for (const candidate of candidates) if (!taken.has(candidate)) return candidate;
  let count = 2;
  while (taken.has(`${plainName}-${count}`)) count += 1;
  return `${plainName}-${count}`;
}
