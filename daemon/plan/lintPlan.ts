import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { TextEdit } from '../protocol/wire/planReading.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Rule, RuleFinding } from './lint/finding.ts';
import { fixEdit } from './lint/fix.ts';
import { flagPlaceholder, flagSameWhenExposed, noFlag, noProof } from './lint/flagRules.ts';
import { gateHardlyProves } from './lint/gatePower.ts';
import {
  baselineNever,
  baselineOnlyConcurrent,
  baselineZero,
  gateCannotProve,
  gateEmpty,
  gateProvesLess,
  gateWithoutCount,
  gateWithoutTreatment,
  ladderInverted,
  ladderUnfinished,
  minimumCountsEveryone,
  minimumNeedsTraffic,
  soakZero,
} from './lint/gateRules.ts';
import { booleanAsText, matcherAsText } from './lint/matcherRules.ts';
import {
  armsOverlap,
  fallbacksLeftOut,
  formatUnsaid,
  measureUnused,
  patternFlags,
  shareCountsRescued,
  sourceUnread,
  timesRepeat,
} from './lint/measureRules.ts';
import { missingAssumesFresh, missingCountsNothing, missingSaysNothing } from './lint/missingRules.ts';
import { strataTellArms, strataUnused } from './lint/strataRules.ts';
import {
  conditionConstant,
  falseAlarms,
  noRollbackTrigger,
  promiseOnReview,
  ratioByLetter,
  reviewForShort,
  sameEvent,
  triggerContradictsGate,
  triggerOutlastsSoak,
  triggerWithoutMinimum,
  windowShort,
} from './lint/triggerRules.ts';
import { parsePlan } from './load.ts';
import { type Placed, type PlanDocument, readDocument } from './planDocument.ts';
import { type PlanProblem, pathText } from './problem.ts';

export type Severity = 'error' | 'warning' | 'hint';

export interface LintFinding {
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  /** When it ends on the same line. */
  readonly endColumn?: number;
  readonly path: string;
  /** Stable; `invalid` for an error. */
  readonly rule: string;
  readonly message: string;
  readonly fix?: { readonly title: string; readonly edits: readonly TextEdit[] };
}

/** Every rule under its stable name. None of them stops a plan from being used. */
export const rules: Readonly<Record<string, { readonly severity: 'warning' | 'hint'; readonly find: Rule }>> = {
  'gate-cannot-prove': { severity: 'warning', find: gateCannotProve },
  'gate-hardly-proves': { severity: 'hint', find: gateHardlyProves },
  'gate-proves-less': { severity: 'hint', find: gateProvesLess },
  'gate-without-count': { severity: 'warning', find: gateWithoutCount },
  'gate-without-treatment': { severity: 'warning', find: gateWithoutTreatment },
  'gate-empty': { severity: 'warning', find: gateEmpty },
  'ladder-inverted': { severity: 'warning', find: ladderInverted },
  'ladder-unfinished': { severity: 'hint', find: ladderUnfinished },
  'minimum-needs-traffic': { severity: 'hint', find: minimumNeedsTraffic },
  'minimum-counts-everyone': { severity: 'warning', find: minimumCountsEveryone },
  'soak-zero': { severity: 'warning', find: soakZero },
  'baseline-only-concurrent': { severity: 'warning', find: baselineOnlyConcurrent },
  'baseline-never': { severity: 'warning', find: baselineNever },
  'baseline-zero': { severity: 'warning', find: baselineZero },
  'no-rollback-trigger': { severity: 'warning', find: noRollbackTrigger },
  'trigger-without-minimum': { severity: 'warning', find: triggerWithoutMinimum },
  'trigger-contradicts-gate': { severity: 'warning', find: triggerContradictsGate },
  'same-event': { severity: 'warning', find: sameEvent },
  'false-alarms': { severity: 'hint', find: falseAlarms },
  'ratio-by-letter': { severity: 'hint', find: ratioByLetter },
  'condition-constant': { severity: 'warning', find: conditionConstant },
  'trigger-outlasts-soak': { severity: 'warning', find: triggerOutlastsSoak },
  'window-short': { severity: 'warning', find: windowShort },
  'review-for-short': { severity: 'hint', find: reviewForShort },
  'missing-counts-nothing': { severity: 'warning', find: missingCountsNothing },
  'missing-assumes-fresh': { severity: 'warning', find: missingAssumesFresh },
  'missing-says-nothing': { severity: 'hint', find: missingSaysNothing },
  'promise-on-review': { severity: 'hint', find: promiseOnReview },
  'no-flag': { severity: 'warning', find: noFlag },
  'no-proof': { severity: 'warning', find: noProof },
  'flag-same-when-exposed': { severity: 'warning', find: flagSameWhenExposed },
  'flag-placeholder': { severity: 'warning', find: flagPlaceholder },
  'share-counts-rescued': { severity: 'warning', find: shareCountsRescued },
  'fallbacks-left-out': { severity: 'hint', find: fallbacksLeftOut },
  'arms-overlap': { severity: 'warning', find: armsOverlap },
  'strata-tell-arms': { severity: 'warning', find: strataTellArms },
  'strata-unused': { severity: 'hint', find: strataUnused },
  'boolean-as-text': { severity: 'warning', find: booleanAsText },
  'matcher-as-text': { severity: 'warning', find: matcherAsText },
  'measure-unused': { severity: 'hint', find: measureUnused },
  'times-repeat': { severity: 'warning', find: timesRepeat },
  'source-unread': { severity: 'hint', find: sourceUnread },
  'format-unsaid': { severity: 'warning', find: formatUnsaid },
  'pattern-flags': { severity: 'warning', find: patternFlags },
};

/** The findings worth a second look in a usable plan, in the order of the text that it was read from. */
export function lintPlan(loaded: LoadedPlan, text: string): readonly LintFinding[] {
  const document = readDocument(text);
  return Object.entries(rules)
    .flatMap(([rule, { severity, find }]) =>
      find(loaded.plan)
        .filter(({ unquoted, path }) => unquoted !== true || document.placed.get(pathText(path))?.style === 'plain')
        .map((found) => ({ severity, rule, ...located(found, document) })),
    )
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** All findings of a text: errors when it is unusable; else remarks worth a second look. */
export function lintText(text: string, file: string): readonly LintFinding[] {
  const parsed = parsePlan(text, file);
  if (parsed.kind === 'plan') return lintPlan(parsed.loaded, text);
  return parsed.problems.map(errorOf);
}

/** The error that makes a plan unusable, as a finding. */
export function errorOf({ line, column, path, message }: PlanProblem): LintFinding {
  return { severity: 'error', rule: 'invalid', line, column, path, message };
}

function located(found: RuleFinding, document: PlanDocument): Omit<LintFinding, 'severity' | 'rule'> {
  const { path, at, message, fix } = found;
  const placed = nearestPlaced(found.path, document);
  const span = placed === undefined ? { from: 0, to: 0 } : at === 'key' ? (placed.key ?? placed.value) : placed.value;
  const from = document.position(span.from);
  const to = document.position(span.to);
  const edit = fix === undefined ? undefined : fixEdit(fix, document);
  return {
    ...from,
    ...(to.line === from.line && to.column > from.column && { endColumn: to.column }),
    path: pathText(path),
    message: plainText(message),
    ...(fix !== undefined && edit !== undefined && { fix: { title: fix.title, edits: [edit] } }),
  };
}

/** The same findings at the words of the text that they are about, not only on their lines. */
export function placedIn(text: string, findings: readonly LintFinding[]): readonly LintFinding[] {
  if (findings.length === 0) return [];
  const document = readDocument(text);
  return findings.map((finding) => {
    const placed = nearestPlaced(finding.path.split('.'), document);
    const from = placed === undefined ? null : document.position((placed.key ?? placed.value).from);
    return from === null ? finding : { ...finding, ...from };
  });
}

/** The place itself, or its parent: a finding may be about a missing part. */
function nearestPlaced(path: RuleFinding['path'], document: PlanDocument): Placed | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const placed = document.placed.get(pathText(path.slice(0, length)));
    if (placed !== undefined) return placed;
  }
  return undefined;
}
