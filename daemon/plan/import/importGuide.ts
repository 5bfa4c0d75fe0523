import { UserError } from '../../protocol/domain/userError.ts';
import type { PlanDraft } from './draft.ts';
import { Findings, type ImportFinding } from './findings.ts';
import { Guides } from './guides.ts';
import { tellLeftOut } from './leftOut.ts';
import { readPassages } from './markdown.ts';
import type { Passage } from './passages.ts';
import { readDraft } from './readDraft.ts';
import { type GuideFile, readGuide } from './readGuide.ts';
import { isUntouched, writePlan } from './writePlan.ts';

export interface ImportOptions {
  /** Where the plan is to be written; only named in messages. */
  readonly out?: string;
  /** What stands there now. */
  readonly existing?: string;
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
  /** What to write: the imported plan, or what stands there if a person edited it. */
  readonly yaml: string;
  /** The imported plan, in any case; for a diff. */
  readonly proposal: string;
  /** `unchanged`: the same bytes; `kept`: edited by hand, so it stays as it is. */
  readonly outcome: 'new' | 'updated' | 'unchanged' | 'kept';
  readonly findings: readonly ImportFinding[];
  readonly summary: ImportSummary;
}

/**
 * Turns Markdown guides into one plan, commented with the guides' lines. Pure: the same guides give the same bytes.
 * @throws {UserError} when a file is no guide (empty, binary, too large, too deep), or all of them tell of no stage.
 */
export function importGuides(files: readonly GuideFile[], options: ImportOptions = {}): ImportResult {
  if (files.length === 0) throw new UserError('guide-missing', 'no guide named: give at least one Markdown file');
  const findings = new Findings();
  const names = files.map((file) => file.name);
  const passages: Passage[] = [];
  for (const file of files) {
    passages.push(
      ...readPassages(
        readGuide(file, findings),
        passages.reduce((most, each) => Math.max(most, each.group), 0),
        findings,
      ),
    );
  }
  const guides = new Guides(passages, findings);
  const draft = readDraft(guides, names);
  tellLeftOut(guides, draft);
  for (const name of names) {
    if (!passages.some((passage) => passage.file === name && (guides.isUsed(passage) || passage.kind === 'heading'))) {
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
  return { ...settle(proposal, options, findings, names), findings: findings.sorted(names), summary: summaryOf(draft) };
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
    tests: draft.suites.reduce((sum, suite) => sum + (suite.expect?.value ?? 0), 0),
    targets: draft.targets.length,
    milestones: draft.milestones.length,
    deliverables: draft.deliverables.length,
    documents: draft.documents.length,
  };
}
