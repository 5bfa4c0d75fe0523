import { asksForGood } from './claim.ts';
import { readClaims } from './claims.ts';
import type { Criterion, GateClaim, TriggerClaim } from './criterion.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { type Ladder, percentCell, stagesOf } from './ladder.ts';
import { readCount, readMeasure } from './measureWords.ts';
import type { Cell, Passage } from './passages.ts';
import { GateReferences, isReference } from './references.ts';
import type { Scope, Scopes } from './scopes.ts';
import { readStageMentions } from './stageMentions.ts';
import { plain, sameWording } from './text.ts';

export interface Criteria {
  readonly gates: readonly GateClaim[];
  readonly triggers: readonly TriggerClaim[];
  readonly others: readonly Criterion[];
}

const rollbackWords =
  /\broll(?:ed|ing|s)?[ -]?back\b|\brevert\w*\b|\babort\w*\b|\bkill[ -]?switch\b|\bback(?:ing)? (?:it )?out\b|\b(?:turn|switch)(?:ed)? (?:it |the flag )?off\b|\bdisabl\w+ (?:it|the (?:flag|feature|rollout))\b|\bback to (?:0|zero)\b|\bstop the rollout\b|\b(?:fall|falls|switch|go|move|flip)?\s*\bback to (?!normal|work|baseline|the baseline|top)(?:the (?:old|previous|legacy)|[\w-]+)(?= (?:immediately|at once|right away|if|when|as soon)\b)/i;
const reviewWords =
  /\b(?:pause|hold|halt|freeze|investigate|review|discuss|page|notify|alert|ask(?:ed)?|escalate|conversation|look into|wait and see|manual|human|(?:someone|somebody|a person|we|on-?call) (?:must |should |needs? to |has to |have to |will )?(?:looks?|decides?|checks?|talks?))\b/i;
const conditional = /\b(?:if|when|whenever|should|once|in case|unless|as soon as)\b|→/i;
/** Parts of a guide whose figures are no criteria. */
const otherTopics = new Set(['tests', 'targets', 'deliverables', 'documents', 'escalation']);

/** Reads every claim of the guides and decides whether it is a gate's, a trigger's, or none that can be judged. */
export function readCriteria(guides: Guides, scopes: Scopes, ladder: Ladder): Criteria {
  const references = new GateReferences(guides, ladder);
  const gates: GateClaim[] = [];
  const triggers: TriggerClaim[] = [];
  const others: Criterion[] = [];
  for (const passage of guides.passages) {
    const { topic, topics } = guides.contextOf(passage);
    if (passage.kind === 'row' && levelsOf(passage).length > 0) {
      readLevels(guides, passage, scopes.of(passage), gates, triggers);
      continue;
    }
    if (passage.kind === 'code') continue;
    if (passage.kind === 'heading' && !/[<>≥≤]|\d\s*%/.test(passage.text)) continue;
    const consequence = consequenceOf(passage, topics);
    if (topic !== undefined && otherTopics.has(topic) && !(topic === 'escalation' && consequence !== undefined))
      continue;
    if (consequence !== undefined) {
      readTriggers(guides, passage, consequence, triggers);
      continue;
    }
    const scope = scopes.of(passage);
    const columns = passage.kind === 'row' ? scopes.columns(passage) : [];
    if (passage.kind === 'row') readRollbackCells(guides, passage, triggers);
    if (columns.length > 0) readColumns(guides, passage, columns, gates);
    else readGate(guides, passage, scopes, topics.includes('criteria'), topic === 'criteria', gates, others);
    references.follow(passage, scope, gates);
  }
  return { gates: references.settled(gates), triggers, others };
}

const levels: readonly (readonly [RegExp, TriggerClaim['consequence'] | 'gate'])[] = [
  [/\b(?:critical|red|roll-?back|abort|danger|stop|severe)\b/i, 'rollback'],
  [/\b(?:warn\w*|yellow|amber|caution|review|investigate)\b/i, 'review'],
  [/\b(?:target|green|ok|healthy|normal|goal|expected|pass|good|acceptable|required)\b/i, 'gate'],
];

/** Columns of `Metric | Target | Warning | Critical`; none of a table without a column that has a consequence. */
function levelsOf(row: Passage): readonly { cell: Cell; level: TriggerClaim['consequence'] | 'gate' }[] {
  if (!/\p{L}{2}/u.test(row.cells[0]?.text ?? '')) return [];
  const found = row.cells.slice(1).flatMap((cell) => {
    const level = levels.find(([pattern]) => pattern.test(cell.header))?.[1];
    return level === undefined || readMeasure(cell.header) !== undefined ? [] : [{ cell, level }];
  });
  return found.some(({ level }) => level !== 'gate') && found.length > 1 ? found : [];
}

function readLevels(
  guides: Guides,
  passage: Passage,
  scope: Scope,
  gates: GateClaim[],
  triggers: TriggerClaim[],
): void {
  const first = passage.cells[0]?.text ?? '';
  for (const { cell, level } of levelsOf(passage)) {
    if (!/\d/.test(cell.text)) continue;
    const claims = readClaims(`${first}: ${cell.text}`, level === 'gate' ? 'gate' : 'trigger', 'named').claims.filter(
      (claim) => asksForGood(claim) === (level === 'gate'),
    );
    if (claims.length === 0) {
      const message = `${plain(cell.text)}, the ${quoted(cell.header)} of ${quoted(first)}, has no place in the plan`;
      guides.findings.add('not-understood', passage, message);
      guides.use(passage);
    }
    for (const claim of claims) {
      if (level === 'gate') gates.push({ claim, scope, passage });
      else triggers.push({ claim, consequence: level, passage });
      guides.use(passage);
    }
  }
}

/** What follows when the passage's condition holds: by its own words, else by what stands above it. */
function consequenceOf(passage: Passage, topics: readonly string[]): TriggerClaim['consequence'] | undefined {
  if (passage.kind === 'heading') return undefined;
  const action =
    passage.kind === 'row'
      ? passage.cells.find((cell) =>
          /\b(?:actions?|response(?!s? times?)|consequences?|then|what (?:we|to) do|reactions?|severity)\b/i.test(
            cell.header,
          ),
        )?.text
      : undefined;
  const text = plain(action ?? passage.text);
  const above = topics.find(
    (topic) => topic === 'rollback' || topic === 'review' || topic === 'criteria' || topic === 'checklist',
  );
  const triggering = above === 'rollback' || above === 'review';
  if (action !== undefined && (triggering || rollbackWords.test(text) || reviewWords.test(text))) {
    if (rollbackWords.test(text) && !/\b(?:consider|discuss|maybe|decide)\b/i.test(text)) return 'rollback';
    if (reviewWords.test(text) || /\b(?:consider|discuss|decide|warn)/i.test(text)) return 'review';
  }
  const own = conditional.test(text) || passage.label !== undefined;
  if (own && rollbackWords.test(text) && !/\bno rollback|without (?:a )?roll|\brollback triggers?\b/i.test(text)) {
    return /\b(?:consider|discuss|decide) (?:a |whether to |rolling |to )/i.test(text) ? 'review' : 'rollback';
  }
  if (
    conditional.test(text) &&
    reviewWords.test(text) &&
    (triggering || readClaims(text, 'trigger').claims.some((claim) => !asksForGood(claim)))
  )
    return 'review';
  return triggering ? above : undefined;
}

function readTriggers(
  guides: Guides,
  passage: Passage,
  consequence: TriggerClaim['consequence'],
  into: TriggerClaim[],
): void {
  const read = textsOf(passage).map((text) => readClaims(text, 'trigger', 'named'));
  const claims = read.flatMap((each) => each.claims);
  const why = claims.length === 0 ? undefined : doubtful(passage, claims.length);
  if (why !== undefined) {
    guides.findings.add('not-understood', passage, `${quoted(passage.text)} ${why}`);
    guides.use(passage);
    return;
  }
  tellReach(guides, passage, claims.length);
  if (claims.length > 0) for (const { rest } of read) tellRest(guides, passage, rest, consequence);
  for (const claim of claims) {
    if (asksForGood(claim) && claim.comparison !== '==') {
      guides.findings.add(
        'not-understood',
        passage,
        `${quoted(passage.text)} stands among what triggers a ${consequence}, but tells of the good case`,
      );
      guides.use(passage);
      continue;
    }
    if (claim.comparison === '==') continue;
    // `Complaints are collected by the reader desk` names no condition.
    if (
      passage.kind === 'sentence' &&
      claim.number === '0' &&
      !conditional.test(plain(passage.text)) &&
      !/\b(?:any|rise\w*|increas\w*|spik\w*|grow\w*)\b/i.test(plain(passage.text))
    )
      continue;
    into.push({ claim, consequence, passage });
    guides.use(passage);
  }
}

/** `…, any OOM`: a condition beside others that no measure shows. */
function tellRest(guides: Guides, passage: Passage, rest: readonly string[], consequence: string): void {
  if (passage.kind === 'row') return;
  for (const clause of rest) {
    const text = conditionWords(clause);
    if (text === undefined || sameWording(passage.label ?? '').includes(sameWording(text))) continue;
    guides.findings.add(
      'not-understood',
      passage,
      people.test(text)
        ? `${quoted(text)} is what people do then, and no part of a trigger`
        : `${quoted(text)} stands among what triggers a ${consequence}, but no measure and figure were found in it`,
    );
  }
}
const people =
  /^(?:and )?(?:then )?(?:\w+ (?:looks?|decides?)|someone|somebody|page|ping|ask|tell|call|decide|discuss|talk|notify|inform|open|file|post|wake|look|check)\b/i;

const actionWords =
  /^(?:(?:if|when|whenever|then|now|and|or|we|it|the|is|are|be|will|should|must|to|at|immediately|automatically|auto|instantly|once|right away|roll\w*|back|rollback|revert\w*|abort\w*|off|turn\w*|switch\w*|flag|disable\w*|halt|stop|pause|hold|review|manual|investigate|consistently|sustained|for|over|within|in|any|a|an|of|this|that|automatic|either|both|again|all|on|by|from|out|discuss|page|call|ask|notify|on-call|set|zero|rollout|kill|service|feature|old|one|takes|over|happens|same|case|previous|phase|stage|step|minutes?|mins?|hours?|h|s|m|more|than|least|reviews?|decides?|looks?)\b[\s:,.;()→⇒-]*)*$/i;

/** What of a clause may be a condition: letters beyond the words that tell of the consequence. */
function conditionWords(clause: string): string | undefined {
  const text = clause.replace(/^[\s:,.;()→⇒-]+|[\s:,.;()→⇒-]+$/g, '');
  const words = text.replaceAll(/[^\p{L}\s-]/gu, ' ').trim();
  return words === '' || /^[A-Z]{1,4}-?\d+$/.test(text) || words.split(/\s+/).length > 25 || actionWords.test(words)
    ? undefined
    : text;
}

const never =
  /\b(?:do not|don't|never|not|no need to)\s+(?:\w+\s+){0,2}?(?:roll\w*|revert|abort|turn (?:it|the flag) off)\b/i;

/** Why a passage's consequence is not certain. */
function doubtful(passage: Passage, claims: number): string | undefined {
  if (passage.kind === 'row') return undefined;
  const text = plain(passage.text);
  if (never.test(text)) return 'says when not to roll back, which no trigger can';
  const sides = [rollbackWords.test(text), /\b(?:pause|hold|halt|freeze|investigate|review|discuss)\b/i.test(text)];
  if (claims > 1 && sides.every(Boolean))
    return 'names several conditions and consequences: write one trigger for each';
  return undefined;
}

/** What a trigger of the plan cannot say: that it holds at one stage only, or only together with another condition. */
function tellReach(guides: Guides, passage: Passage, claims: number): void {
  if (claims === 0 || passage.kind === 'row') return;
  const own = stagesOf(passage);
  const above = passage.trail
    .filter((each) => each.level > 1)
    .flatMap((each) => readStageMentions(each.text, '').map(({ percent }) => percent));
  const [stage] = [...own, ...above];
  if (stage !== undefined && new Set([...own, ...above]).size === 1)
    guides.findings.add(
      'assumed',
      passage,
      `${quoted(passage.text)} is said of ${stage} %: a trigger holds at every stage`,
    );
  if (claims > 1 && /\band\b/i.test(plain(passage.text).replaceAll(/\bbetween\b[^,;]*?\band\b/gi, ' ')))
    guides.findings.add(
      'assumed',
      passage,
      `${quoted(passage.text)} joins conditions with “and”: each is a trigger of its own, which fires earlier`,
    );
}

/** `Stage | Exit | Rollback`: what stands in that column is no gate. */
const rollbackColumn =
  /^(?:(?:auto(?:matic)?[ -])?roll-?back|abort|revert|kill)\b(?! (?:to|time|plan|steps?|procedure|owner))/i;

function readRollbackCells(guides: Guides, passage: Passage, into: TriggerClaim[]): void {
  for (const cell of passage.cells) {
    if (!rollbackColumn.test(cell.header)) continue;
    for (const claim of readClaims(cell.text, 'trigger', 'named').claims) {
      if (asksForGood(claim)) continue;
      into.push({ claim, consequence: 'rollback', passage });
      guides.use(passage);
    }
    const [stage] = stagesOf(passage);
    if (stage !== undefined && /\d/.test(cell.text))
      guides.findings.add(
        'assumed',
        passage,
        `${quoted(cell.text)} is said of ${stage} %: a trigger holds at every stage`,
      );
  }
}

function readColumns(
  guides: Guides,
  passage: Passage,
  columns: readonly { cell: Cell; percent: number }[],
  into: GateClaim[],
): void {
  const first = passage.cells[0]?.text ?? '';
  for (const { cell, percent } of columns) {
    const words =
      readMeasure(cell.text) === undefined && readCount(cell.text) === undefined ? `${first}: ${cell.text}` : cell.text;
    const counted = readCount(plain(first)) !== undefined && /^[\d.,\s]+k?$/i.test(cell.text.trim()) ? 'minimum ' : '';
    for (const claim of readClaims(`${counted}${words}`, 'gate', 'named').claims) {
      if (!asksForGood(claim)) continue;
      into.push({ claim, scope: { kind: 'stage', percent, assumed: undefined }, passage });
      guides.use(passage);
    }
  }
}

function readGate(
  guides: Guides,
  passage: Passage,
  scopes: Scopes,
  asked: boolean,
  nearest: boolean,
  gates: GateClaim[],
  others: Criterion[],
): void {
  const scope = scopes.of(passage);
  const inStage = scope.kind === 'stage' || scope.said;
  if (!asked && !inStage) return;
  const headed = passage.cells.some((cell) =>
    /\b(?:gates?|criteria|exit|requires?|conditions?|must|move on|proceed|advance)\b/i.test(cell.header),
  );
  const listed = headed || (asked && (passage.kind === 'item' || passage.kind === 'row'));
  // `Gate: …` in a stage's section, and what a passage adds to the gate it refers to.
  const labelled = isCriteriaLabel(passage.label) && scope.kind === 'stage';
  const added =
    labelled ||
    isReference(passage.text) ||
    (/^(?:additionally|in addition|plus|also)\b/i.test(passage.text) && scope.kind === 'stage');
  const named = listed || added || (passage.kind === 'row' && percentCell(passage) !== undefined);
  const read = textsOf(passage).map((text) => readClaims(text, 'gate', named ? 'named' : 'known'));
  const claims = read.flatMap((each) => {
    const stages = scopes.ofClaims(passage, each.clauses);
    return each.claims.map((claim, index) => ({ claim, scopes: stages.get(index) ?? [scope] }));
  });
  if (passage.parent && claims.length === 0) return;
  for (const { claim, scopes: said } of claims) {
    if (!asksForGood(claim)) {
      guides.findings.add(
        'not-understood',
        passage,
        `${quoted(passage.text)} stands among criteria, but tells of the bad case and names no consequence`,
      );
      guides.use(passage);
      continue;
    }
    if (
      passage.kind === 'sentence' &&
      !asked &&
      !added &&
      !/\b(?:must|should|needs?|requires?|only|if|when|until|as long as|provided|make sure|ensure|expect|keep|stays?|remains?|proceed|advance|done|want|call|complete|additionally|plus|also)\b|[<>≥≤]/i.test(
        plain(passage.text),
      )
    )
      continue;
    for (const each of said) gates.push({ claim, scope: each, passage });
    guides.use(passage);
  }
  const criterion = nearest && (passage.kind === 'item' || passage.kind === 'row') && !passage.parent;
  if (!criterion) return;
  if (claims.length === 0) {
    if (/\d\s*(?:%|ms\b|s\b|x\b)|[<>≥≤]\s*\d/.test(plain(passage.text)) && stagesOf(passage).length === 0)
      guides.findings.add(
        'assumed',
        passage,
        `${quoted(passage.text)}: it is not certain which measure and limit are meant, so it is an item to tick`,
      );
    others.push({ text: criterionText(passage), scope, passage });
    guides.use(passage);
    return;
  }
  for (const { rest } of read) {
    for (const clause of rest) {
      const text = clause.replace(/^[\s:,.-]+|[\s:,.-]+$/g, '');
      if (
        passage.kind === 'item' &&
        passage.label !== undefined &&
        /[a-z]{3}/i.test(text) &&
        text.split(' ').length >= 2
      ) {
        others.push({ text: text.replace(`${plain(passage.label)}:`, '').trim(), scope, passage });
      }
    }
  }
}

/** The texts of a passage to read claims from: of a row, its cells, each with the words that say what it is. */
function textsOf(passage: Passage): readonly string[] {
  if (passage.kind !== 'row') return [isCriteriaLabel(passage.label) ? passage.body : passage.text];
  const first = passage.cells[0]?.text ?? '';
  const subject = readMeasure(plain(first)) ?? readCount(plain(first));
  const percent = percentCell(passage);
  const window = passage.cells.find(
    (cell) =>
      /\b(?:window|duration|how long|lasting|period|over)\b|^for$/i.test(cell.header) && cell !== passage.cells[0],
  );
  const lasting =
    window === undefined || percent !== undefined ? '' : ` for ${window.text.replace(/^(?:for|over)\s+/i, '')}`;
  const texts = passage.cells.flatMap((cell, index) => {
    if (cell === window || cell.text === '' || ignoredColumn.test(cell.header) || rollbackColumn.test(cell.header))
      return [];
    const own = readMeasure(plain(cell.text)) ?? readCount(plain(cell.text));
    if (index > 0 && subject !== undefined && /^(?:any|none|no|zero|0)$/i.test(cell.text))
      return [`${cell.text} ${first}${lasting}`];
    if (own !== undefined) return /\d|\bno\b|\bany\b|\bzero\b/i.test(cell.text) ? [`${cell.text}${lasting}`] : [];
    if (!/\d/.test(cell.text)) return [];
    const named = readMeasure(plain(cell.header)) ?? readCount(plain(cell.header));
    // `Min. postings`, whatever is counted.
    const bare = named === undefined && /^min/i.test(cell.header) && /^\d[\d.,]*\s?[kM]?$/.test(plain(cell.text));
    if (bare && percent !== undefined) return [`${cell.header}: ${inMillions(cell.text)}`];
    if (named !== undefined) return [`${minimum(cell.header)}${cell.header}: ${inMillions(cell.text)}${lasting}`];
    if (subject !== undefined && index > 0 && percent === undefined)
      return [`${minimum(cell.header)}${first}: ${cell.text}${lasting}`];
    // `Hang-ups | < 12 %` of a stage, `Revenue | < 95% of control` of a trigger.
    if (comparing.test(plain(cell.text)) && cell.header !== '' && (percent !== undefined || index > 0))
      return [`${percent === undefined ? first : cell.header}: ${cell.text}${lasting}`];
    return readClaims(cell.text, 'gate').claims.length > 0 ? [cell.text] : [];
  });
  return texts.length === 0 && subject !== undefined ? [`${first}${lasting}`] : texts;
}
/** `1M` below a count. */
function inMillions(text: string): string {
  const count = /^(\d+(?:\.\d+)?)\s?M$/.exec(text.trim())?.[1];
  return count === undefined ? text : String(Number(count) * 1_000_000);
}

const comparing = /^(?:[<>≥≤]|(?:at (?:least|most)|no (?:more|less|fewer) than|under|below|above|over|max|min)\b)/i;
const ignoredColumn = /\b(?:actions?|response(?!s? times?)|status|owners?|results?|notes?|actual)\b/i;

function minimum(header: string): string {
  return /\bmin|\b(?:seen|processed|served|handled)$/i.test(header) ? 'minimum ' : '';
}

function isCriteriaLabel(label: string | undefined): boolean {
  return label !== undefined && /criteria|gate|must|proceed|advance|exit/i.test(label);
}

/** A row or item as an item to tick: `Phase 1 validation: all 16 tests passing`, without its status column. */
export function criterionText(passage: Passage): string {
  if (passage.kind !== 'row') return passage.text;
  const cells = passage.cells
    .filter((cell) => cell.text !== '' && !/\b(?:status|state|done|owner|result|actual)\b/i.test(cell.header))
    .map((cell) => cell.text);
  const [first, ...rest] = cells;
  return rest.length === 0 ? (first ?? '') : `${first}: ${rest.join(', ')}`;
}
