import { asksForGood } from './claim.ts';
import { readClaims } from './claims.ts';
import type { Criterion, GateClaim, TriggerClaim } from './criterion.ts';
import { criterionText, isCriteriaLabel, lastingOf, textsOf } from './criterionTexts.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { type Ladder, percentCell, stagesOf } from './ladder.ts';
import { isGoodnessKnown, readCount, readMeasure } from './measureWords.ts';
import type { Cell, Passage } from './passages.ts';
import { GateReferences, isReference } from './references.ts';
import type { Scope, Scopes } from './scopes.ts';
import { plain } from './text.ts';
import { consequenceOf, readRollbackCells, readTriggers } from './triggerClaims.ts';

export interface Criteria {
  readonly gates: readonly GateClaim[];
  readonly triggers: readonly TriggerClaim[];
  readonly others: readonly Criterion[];
}

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
  [/\b(?:critical|red|roll[ -]?back|abort|danger|stop|severe)\b/i, 'rollback'],
  [/\b(?:warn\w*|yellow|amber|caution|review|investigate)\b/i, 'review'],
  [
    /\b(?:target|green|ok|healthy|normal|goal|expected|pass|good|acceptable|required|promote|proceed|advance|continue)\b/i,
    'gate',
  ],
];

/** Columns of `Metric | Target | Warning | Critical`; none of a table without a column that has a consequence. */
function levelsOf(row: Passage): readonly { cell: Cell; level: TriggerClaim['consequence'] | 'gate' }[] {
  if (!/\p{L}{2}|\bp\d\d/u.test(row.cells[0]?.text ?? '')) return [];
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
    const lasting = level === 'gate' ? '' : lastingOf(passage);
    const claims = readClaims(
      `${first}: ${cell.text}${lasting}`,
      level === 'gate' ? 'gate' : 'trigger',
      'named',
    ).claims.filter((claim) => asksForGood(claim) === (level === 'gate'));
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
  // Beside what is certainly the bad case, `> 9 %` of a quantity of the guide's own asks for nothing.
  const bad = claims.some(({ claim }) => !asksForGood(claim));
  for (const { claim, scopes: said } of claims) {
    if (!asksForGood(claim) || (bad && !isGoodnessKnown(claim.measure))) {
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
