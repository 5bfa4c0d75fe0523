import { asksForGood } from './claim.ts';
import { readClaims } from './claims.ts';
import type { TriggerClaim } from './criterion.ts';
import { rollbackColumn, textsOf } from './criterionTexts.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { stagesOf } from './ladder.ts';
import type { Passage } from './passages.ts';
import { readStageMentions } from './stageMentions.ts';
import { plain, sameWording } from './text.ts';
import { topicOf } from './topics.ts';

/** What of a guide has a consequence, and the claims that stand there. */

const rollbackWords =
  /\broll(?:ed|ing|s)?[ -]?back\b|\brevert\w*\b|\babort\w*\b|\bkill[ -]?switch\b|\bback(?:ing)? (?:it )?out\b|\b(?:turn|switch)(?:ed)? (?:it |the flag )?off\b|\bdisabl\w+ (?:it|the (?:flag|feature|rollout))\b|\bback to (?:0|zero)\b|\bstop the rollout\b|\b(?:fall|falls|switch|go|move|flip)?\s*\bback to (?!normal|work|baseline|the baseline|top)(?:the (?:old|previous|legacy)|[\w-]+)(?= (?:immediately|at once|right away|if|when|as soon)\b)/i;
const reviewWords =
  /\b(?:pause|hold|halt|freeze|investigate|review|discuss|page|notify|alert|ask(?:ed)?|escalate|conversation|look into|wait and see|manual|human|(?:someone|somebody|a person|we|on-?call) (?:must |should |needs? to |has to |have to |will )?(?:looks?|decides?|checks?|talks?))\b/i;
const conditional = /\b(?:if|when|whenever|should|once|in case|unless|as soon as)\b|→/i;

/** What follows when the passage's condition holds: by its own words, else by what stands above it. */
export function consequenceOf(passage: Passage, topics: readonly string[]): TriggerClaim['consequence'] | undefined {
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
    return /\b(?:consider|discuss|decide) (?:a |whether to |(?:roll|back|revert|abort|turn|switch)ing |to )/i.test(text)
      ? 'review'
      : 'rollback';
  }
  if (
    conditional.test(text) &&
    reviewWords.test(text) &&
    (triggering || readClaims(text, 'trigger').claims.some((claim) => !asksForGood(claim)))
  )
    return 'review';
  return triggering ? above : undefined;
}

export function readTriggers(
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
    tellUnknownLabel(guides, passage, consequence);
    into.push({ claim, consequence, passage });
    guides.use(passage);
  }
}

/** A label between the heading that names the consequence and the condition might mean another one. */
function tellUnknownLabel(guides: Guides, passage: Passage, consequence: string): void {
  const [label, ...outer] = passage.trail.filter(({ kind }) => kind !== 'item').reverse();
  if (label === undefined || label.kind !== 'label' || label.text === passage.label) return;
  const heading = outer.find(({ text }) => topicOf(text) === consequence);
  if (heading === undefined || topicOf(label.text) !== undefined || consequenceWords.test(plain(label.text))) return;
  guides.findings.add(
    'assumed',
    { file: passage.file, line: label.line },
    `${quoted(label.text)} stands under ${quoted(heading.text)}: what it lists is read as what triggers a ${consequence}`,
  );
}
const consequenceWords =
  /\b(?:immediate\w*|automatic\w*|auto|any of|either|all of|following|conditions?|triggers?|metrics?)\b/i;

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
  if (/^(?:(?:we|it) )?(?:go(?:es)? |fall(?:s)? |switch(?:es)? |moves? )?back to\b/i.test(text)) return undefined;
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

export function readRollbackCells(guides: Guides, passage: Passage, into: TriggerClaim[]): void {
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
