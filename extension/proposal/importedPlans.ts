import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CodeLens, DocumentLink, EventEmitter, TextDocument } from 'vscode';
import type { ImportDispute, ImportProposal } from '../../daemon/protocol/wire/planProposal.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import type { ContextKeys } from '../contextKeys.ts';
import { Disposables } from '../disposables.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Vscode } from '../vscodeApi.ts';
import { type GuideReference, guideReferences } from './guideReferences.ts';
import { type GuideLine, importedRows } from './importedRows.ts';
import { ImportedTree } from './importedTree.ts';
import { type PlanProposals, type ProposedPlan, proposalScheme } from './planProposals.ts';
import { rewriteSections } from './planSections.ts';
import { mayOverwrite, replaceText, unsavedDocument } from './unsavedText.ts';

/** A plan drafted from guides, and how it is drafted anew. */
export interface ImportedPlan {
  readonly title: string;
  /** The names of the guides are relative to it. */
  readonly folder: string;
  readonly guides: readonly string[];
  readonly answer: ImportProposal;
  /** What a person has picked so far. */
  readonly picks: readonly string[];
  /** As it is offered in the place of a plan; `undefined` for a plan of its own. */
  readonly proposed: ProposedPlan | undefined;
  /** `undefined`: the person cancelled. */
  importWith(picks: readonly string[]): Promise<ImportProposal | undefined>;
  /** Told of the picks whose values were put into the text. */
  settled?(picks: readonly string[]): void;
}

/** More lenses over one line of a guide would push the text away. */
const mostLenses = 3;

/**
 * The plan that was imported last, beside its guides: each value leads to its line and back, what is in dispute is picked
 * in place, and a tree tells the rest.
 */
export class ImportedPlans extends Disposables {
  readonly #vscode: Vscode;
  readonly #proposals: PlanProposals;
  readonly #tree: ImportedTree;
  readonly #changed: EventEmitter<void>;
  readonly #key: (values: Readonly<Partial<ContextKeys>>) => void;
  #shown: ImportedPlan | null = null;

  constructor(vscode: Vscode, proposals: PlanProposals, key: (values: Readonly<Partial<ContextKeys>>) => void) {
    super();
    this.#vscode = vscode;
    this.#proposals = proposals;
    this.#key = key;
    this.#tree = this.add(new ImportedTree(vscode));
    this.#changed = this.add(new vscode.EventEmitter<void>());
    const { languages, workspace } = vscode;
    const plans = ['untitled', 'file', proposalScheme].map((scheme) => ({ scheme, pattern: '**/*rampwatch.yaml' }));
    this.add(
      languages.registerCodeLensProvider([...plans, { scheme: 'file', pattern: '**/*.{md,markdown}' }], {
        onDidChangeCodeLenses: this.#changed.event,
        provideCodeLenses: (document) => this.#lenses(document),
      }),
    );
    this.add(
      languages.registerDocumentLinkProvider(plans, {
        provideDocumentLinks: (document) => this.#links(document),
      }),
    );
    this.add(workspace.onDidChangeTextDocument(({ document }) => this.#isPlan(document) && this.#changed.fire()));
    this.add(workspace.onDidCloseTextDocument((document) => void this.#closed(document)));
  }

  /** Opens the plan beside its first guide. `false`: a person's unsaved text of that name was to stay. */
  async open(imported: ImportedPlan): Promise<boolean> {
    const { window, ViewColumn } = this.#vscode;
    const { answer, proposed } = imported;
    const before = this.#shown?.answer;
    const ours = before?.file === answer.file ? before.proposal : undefined;
    const document = proposed === undefined ? await unsavedDocument(this.#vscode, answer.file, ours) : null;
    if (document === undefined) return false;
    // An unsaved text that is not shown at once is opened by the editor in the group that is active.
    if (document !== null) {
      await window.showTextDocument(document, { viewColumn: ViewColumn.Two, preview: false });
      await replaceText(this.#vscode, document, answer.proposal);
    }
    const [guide] = imported.guides;
    if (guide !== undefined) await this.#openGuide(resolve(imported.folder, guide), 1, true);
    this.#show(imported);
    if (proposed !== undefined) await this.#proposals.show(proposed, ViewColumn.Two);
    return true;
  }

  async openGuideLine(argument: unknown): Promise<void> {
    if (this.#shown === null || !isGuideLine(argument)) return;
    await this.#openGuide(resolve(this.#shown.folder, argument.guide), argument.line, false);
  }

  /** `argument`: a line of the plan, 1-based. */
  async openPlanLine(argument: unknown): Promise<void> {
    if (this.#shown === null || typeof argument !== 'number') return;
    const document = this.#document();
    if (document === undefined) return;
    const { window, ViewColumn } = this.#vscode;
    const selection = this.#lineRange(argument);
    if (document.uri.scheme === proposalScheme && this.#shown.proposed !== undefined)
      await this.#proposals.show(this.#shown.proposed, ViewColumn.Two, selection);
    else await window.showTextDocument(document, { viewColumn: ViewColumn.Two, selection, preview: false });
  }

  /** Asks which of the values is meant, and puts it into the plan. `argument`: the place of the dispute in the list. */
  async settle(argument: unknown): Promise<void> {
    const shown = this.#shown;
    const dispute = typeof argument === 'number' ? shown?.answer.disputes[argument] : undefined;
    if (shown === null || dispute === undefined) return;
    const { window, l10n } = this.#vscode;
    const items = dispute.options.map(({ text, file, line, pick }) => ({
      label: iconlessText(text),
      description: iconlessText(`${file}:${line}`),
      pick,
    }));
    const placeHolder = l10n.t('The guides differ. Which one is meant?');
    const chosen = await window.showQuickPick(items, { title: shown.title, placeHolder });
    if (chosen === undefined) return;
    const picks = [...shown.picks, chosen.pick];
    const answer = await shown.importWith(picks);
    if (answer === undefined) return;
    const proposed = shown.proposed && { ...shown.proposed, proposal: answer.proposal };
    const next = { ...shown, answer, picks, proposed };
    if (proposed !== undefined) {
      await this.#proposals.show(proposed, this.#vscode.ViewColumn.Two);
      this.#show(next);
      return;
    }
    const document = this.#document();
    if (document === undefined) return;
    const { text, overwritten } = rewriteSections(shown.answer.proposal, document.getText(), answer.proposal);
    if (!(await mayOverwrite(this.#vscode, overwritten))) return;
    await replaceText(this.#vscode, document, text);
    this.#show(next);
    shown.settled?.(picks);
  }

  /** The same plan was proposed anew, and its text is in the editor already. */
  proposedAnew(answer: ImportProposal): void {
    if (this.#shown?.answer.file === answer.file) this.#show({ ...this.#shown, answer });
  }

  #show(imported: ImportedPlan | null): void {
    this.#shown = imported;
    this.#tree.show(imported === null ? [] : importedRows(imported.answer, this.#vscode.l10n.t));
    this.#key({ 'rampwatch.hasImport': imported !== null });
    this.#changed.fire();
  }

  async #openGuide(file: string, line: number, keepsFocus: boolean): Promise<void> {
    const { Uri: Uris, ViewColumn, window, workspace } = this.#vscode;
    const document = await workspace.openTextDocument(Uris.file(file));
    const selection = this.#lineRange(line);
    await window.showTextDocument(document, {
      viewColumn: ViewColumn.One,
      selection,
      preview: false,
      preserveFocus: keepsFocus,
    });
  }

  #lineRange(line: number) {
    const { Position, Range } = this.#vscode;
    const at = new Position(line - 1, 0);
    return new Range(at, at);
  }

  #isPlan({ uri }: Pick<TextDocument, 'uri'>): boolean {
    return this.#shown !== null && uri.fsPath === this.#shown.answer.file && uri.query === '';
  }

  /** The plan as it is open: the text that is not saved, the proposal of the diff, or the file. */
  #document(): TextDocument | undefined {
    const open = this.#vscode.workspace.textDocuments.filter((document) => this.#isPlan(document));
    const of = (scheme: string) => open.find(({ uri }) => uri.scheme === scheme);
    return of('untitled') ?? of(proposalScheme) ?? of('file');
  }

  /** A plan that was written keeps its way to the guides; one that was thrown away does not. */
  async #closed({ uri }: TextDocument): Promise<void> {
    const shown = this.#shown;
    if (shown === null || !this.#isPlan({ uri }) || uri.scheme === 'file') return;
    const text = await readFile(shown.answer.file, 'utf8').catch(() => null);
    const isWritten = uri.scheme === 'untitled' ? text !== null : text === shown.answer.proposal;
    if (this.#shown !== shown) return;
    // What stands at lines of the guides is for the draft; the tree still tells it.
    this.#proposals.remark([]);
    if (!isWritten) this.#show(null);
  }

  #references(text: string): readonly GuideReference[] {
    return this.#shown === null ? [] : guideReferences(text, this.#shown.guides);
  }

  #links(document: TextDocument): DocumentLink[] {
    if (!this.#isPlan(document)) return [];
    const { DocumentLink: Made, Position, Range, Uri: Uris, l10n } = this.#vscode;
    const command: CommandName = 'rampwatch.openGuideLine';
    return this.#references(document.getText()).map(({ planLine, from, to, guide, guideLine }) => {
      const argument: GuideLine = { guide, line: guideLine };
      const target = Uris.parse(`command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`);
      const range = new Range(new Position(planLine - 1, from), new Position(planLine - 1, to));
      const made = new Made(range, target);
      made.tooltip = l10n.t('Open line {0} of the guide', guideLine);
      return made;
    });
  }

  #lenses(document: TextDocument): CodeLens[] {
    const shown = this.#shown;
    if (shown === null) return [];
    if (this.#isPlan(document)) return this.#planLenses(document.getText(), shown);
    const { fsPath } = document.uri;
    const guide = shown.guides.find((name) => resolve(shown.folder, name) === fsPath);
    const plan = guide === undefined ? undefined : this.#document()?.getText();
    return plan === undefined ? [] : this.#guideLenses(this.#references(plan).filter((each) => each.guide === guide));
  }

  #planLenses(text: string, { answer }: ImportedPlan): CodeLens[] {
    const { t } = this.#vscode.l10n;
    const lines = text.split('\n');
    const picks = answer.disputes.map((dispute, index) => {
      const words = dispute.options.map((option) => plainText(option.text, 60)).join(t(' or '));
      const line = Math.max(
        0,
        lines.findIndex((each) => tells(each, dispute)),
      );
      return this.#lens(line, `${iconlessText(words)} · ${t('Pick…')}`, 'rampwatch.settleDispute', index);
    });
    const first = t('Look here first: {0} lines', answer.firstLook.length);
    return [this.#lens(0, first, 'rampwatch.showImported', undefined), ...picks];
  }

  #guideLenses(references: readonly GuideReference[]): CodeLens[] {
    const { t } = this.#vscode.l10n;
    // What a line is alone the reason of comes first: a measure is named by every line that speaks of it.
    const citations = Map.groupBy(references, ({ planLine }) => planLine);
    const many = ({ planLine }: GuideReference) => citations.get(planLine)?.length ?? 0;
    const said = references.filter(({ value }) => value !== '').toSorted((one, other) => many(one) - many(other));
    return [...Map.groupBy(said, ({ guideLine }) => guideLine)].flatMap(([guideLine, about]) =>
      about.slice(0, mostLenses).map(({ planLine, value }, index) => {
        const more =
          index === mostLenses - 1 && about.length > mostLenses
            ? ` ${t('and {0} more', about.length - mostLenses)}`
            : '';
        const title = `${t('plan line {0}', planLine)} · ${iconlessText(value, 60)}${more}`;
        return this.#lens(guideLine - 1, title, 'rampwatch.openPlanLine', planLine);
      }),
    );
  }

  #lens(line: number, title: string, command: CommandName, argument: unknown): CodeLens {
    const { CodeLens: Made } = this.#vscode;
    return new Made(this.#lineRange(line + 1), { title, command, arguments: [argument] });
  }
}

/** True of the comment that holds the values in dispute. */
function tells(line: string, { options }: ImportDispute): boolean {
  return (
    line.trimStart().startsWith('#') &&
    options.every(
      ({ file, line: at, text }) =>
        line.includes(text.replace(/^stage (.+) %$/, 'percent: $1')) && line.includes(`${file}:${at}`),
    )
  );
}

function isGuideLine(argument: unknown): argument is GuideLine {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    'guide' in argument &&
    typeof argument.guide === 'string' &&
    'line' in argument &&
    typeof argument.line === 'number'
  );
}
