import { UserError } from '../protocol/domain/userError.ts';
import { disputesOf } from './disputes.ts';
import type { PlanDraft } from './draft.ts';
import { firstLook } from './firstLook.ts';
import { Guide } from './guide.ts';
import { tellLeftOver } from './leftOver.ts';
import { readAnswer } from './model/answer.ts';
import { promptFor } from './model/prompt.ts';
import { type Dispute, Picks } from './picks.ts';
import { readDraft } from './readDraft.ts';
import { Findings, type ImportFinding } from './text/findings.ts';
import { readPassages } from './text/markdown.ts';
import type { Passage } from './text/passages.ts';
import { type GuideFile, readGuide } from './text/readGuide.ts';
import { isUntouched, writePlan } from './writePlan.ts';

export interface ImportOptions {
  /** Where the plan is to be written; only named in messages. */
  readonly out?: string;
  /** The present text of the file. */
  readonly existing?: string;
  /** An assistant's answer to `askFor`, as text, and what it is called. */
  readonly answer?: { readonly name: string; readonly text: string };
  /** What a person picks of what is in dispute, by the names of an earlier import. */
  readonly picks?: readonly string[];
}

/** How much of each part of a plan was found. */
export interface ImportSummary {
  readonly stages: number;
  readonly conditions: number;
  readonly triggers: number;
  readonly checklists: number;
  readonly items: number;
  readonly tests: number;
  readonly targets: number;
  readonly milestones: number;
  readonly deliverables: number;
  readonly documents: number;
}

export interface ImportResult {
  /** The text to write: the imported plan, or the present text where a person edited it. */
  readonly yaml: string;
  /** The imported plan, in any case; for a diff. */
  readonly proposal: string;
  /** `unchanged`: the same bytes; `kept`: edited by hand, so it stays as it is. */
  readonly outcome: 'new' | 'updated' | 'unchanged' | 'kept';
  /** At most ten lines: what the plan does by itself, its stages, and what a person must look at first. */
  readonly firstLook: readonly string[];
  /** Not written until a person picks. */
  readonly disputes: readonly Dispute[];
  readonly findings: readonly ImportFinding[];
  readonly summary: ImportSummary;
}

/**
 * Turns Markdown guides into one plan, commented with the guides' lines. Pure: the same guides give the same bytes.
 * @throws {UserError} when a file is no guide (empty, binary, too large, too deep), or all of them tell of no stage, or a pick names
 * nothing that is in dispute.
 */
export function importGuides(files: readonly GuideFile[], options: ImportOptions = {}): ImportResult {
  if (files.length === 0) throw new UserError('guide-missing', 'no guide named: give at least one Markdown file');
  const findings = new Findings();
  const names = files.map((file) => file.name);
  const passages: Passage[] = [];
  const lines = new Map<string, readonly string[]>();
  for (const file of files) {
    const text = readGuide(file, findings);
    lines.set(file.name, text.text.split('\n'));
    passages.push(
      ...readPassages(
        text,
        passages.reduce((most, each) => Math.max(most, each.group), 0),
        findings,
      ),
    );
  }
  const guide = new Guide(heeded(passages, findings), findings);
  const picks = new Picks(options.picks ?? []);
  const draft = readDraft(guide, {
    names,
    lines,
    picks,
    model: options.answer === undefined ? [] : readAnswer(options.answer.text, options.answer.name, names),
  });
  const disputes = disputesOf(draft);
  picks.refuseUnknown(disputes);
  tellLeftOver(guide, draft);
  for (const name of names) {
    if (!passages.some((passage) => passage.file === name && (guide.isUsed(passage) || passage.kind === 'heading'))) {
      findings.add('not-understood', { file: name, line: 0 }, 'nothing of a rollout was found in it');
    }
  }
  const proposal = writePlan(draft, names);
  if (Buffer.byteLength(proposal) > 256 * 1024) {
    throw new UserError(
      'guide-too-large',
      `${names.join(', ')}: the plan would be ${Math.ceil(Buffer.byteLength(proposal) / 1024)} KiB, the most is 256; import the guides one rollout at a time`,
    );
  }
  const settled = settle(proposal, options, findings, names);
  const sorted = findings.sorted(names);
  return { ...settled, firstLook: firstLook(draft, sorted), disputes, findings: sorted, summary: summaryOf(draft) };
}

const injected =
  /\b(?:ignore|disregard|forget) (?:all |any |the )*(?:previous|prior|above|other|earlier) (?:instructions|rules|text)\b/i;
const addressed = /^\W*(?:system|assistant|ai|llm) (?:prompt|message|note|instructions?)\s*:/i;
const noted = /\b(?:note|message) (?:to|for) (?:the |any )?(?:assistant|ai|llm)\b/i;

/** Neither reader reads text for programs. */
function heeded(passages: readonly Passage[], findings: Findings): readonly Passage[] {
  return passages.filter((passage) => {
    if (![injected, addressed, noted].some((pattern) => pattern.test(passage.text))) return true;
    findings.add(
      'not-understood',
      passage,
      'IMPORTANT: the line speaks to an assistant, and not to people: nothing of it is read',
    );
    return false;
  });
}

/**
 * The question that an assistant answers with a draft. Nothing is sent anywhere: whoever asks takes it to the assistant.
 * @throws {UserError} as `importGuides` does for what is no guide at all.
 */
export function askFor(files: readonly GuideFile[]): string {
  return promptFor(files.map((file) => ({ name: file.name, lines: readGuide(file, new Findings()).text.split('\n') })));
}

function settle(
  proposal: string,
  { existing, out = 'rampwatch.yaml' }: ImportOptions,
  findings: Findings,
  names: readonly string[],
): Pick<ImportResult, 'yaml' | 'proposal' | 'outcome'> {
  if (existing === undefined || existing.trim() === '') return { yaml: proposal, proposal, outcome: 'new' };
  if (existing === proposal) return { yaml: existing, proposal, outcome: 'unchanged' };
  if (isUntouched(existing)) return { yaml: proposal, proposal, outcome: 'updated' };
  findings.add(
    'kept',
    { file: names[0] ?? '', line: 0 },
    `${out} was written or edited by hand and stays as it is; compare it with the import, or move it away to import anew`,
  );
  return { yaml: existing, proposal, outcome: 'kept' };
}

function summaryOf(draft: PlanDraft): ImportSummary {
  return {
    stages: draft.stages.length,
    conditions: draft.stages.reduce((sum, stage) => sum + stage.gate.length, 0),
    triggers: draft.triggers.length,
    checklists: draft.checklists.length,
    items: draft.checklists.reduce((sum, each) => sum + each.items.length, 0),
    tests: draft.suites.reduce((sum, suite) => sum + suite.expect.value, 0),
    targets: draft.targets.length,
    milestones: draft.milestones.length,
    deliverables: draft.deliverables.length,
    documents: draft.documents.length,
  };
}
