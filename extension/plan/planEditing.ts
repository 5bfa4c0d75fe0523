import { dirname, join } from 'node:path';
import type { CompletionItem, Hover, TextDocument } from 'vscode';
import { Disposables } from '../disposables.ts';
import { dataProposalsAt } from './dataCompletion.ts';
import { type PlanProposal, proposalsAt } from './planCompletion.ts';
import { PlanDataChecks } from './planDataChecks.ts';
import { PlanDiagnostics } from './planDiagnostics.ts';
import { PlanFigures } from './planFigures.ts';
import { planFilter } from './planFilter.ts';
import { hoverAt } from './planHover.ts';
import { type LensPorts, PlanLenses, watchedAs } from './planLenses.ts';
import { PlanReadings, type ReadingPorts } from './planReadings.ts';
import { type JsonSchema, readPlanSchema } from './planSchema.ts';

export interface PlanEditingPorts extends ReadingPorts, LensPorts {
  /** The folder of the extension. */
  readonly extensionPath: string;
}

/** It brings completion and hover from the same schema, which the manifest gives it. */
const yamlExtension = 'redhat.vscode-yaml';

/** The help for writing a plan: findings and their fixes, live verdicts, proposals and explanations. */
export class PlanEditing extends Disposables {
  readonly #ports: PlanEditingPorts;
  readonly #readings: PlanReadings;
  readonly #diagnostics: PlanDiagnostics;
  readonly #lenses: PlanLenses;
  readonly #data: PlanDataChecks;
  #schema: Promise<JsonSchema> | null = null;

  constructor(ports: PlanEditingPorts) {
    super();
    this.#ports = ports;
    const { languages } = ports.vscode;
    this.#readings = this.add(new PlanReadings(ports));
    this.#diagnostics = this.add(new PlanDiagnostics(ports.vscode, this.#readings));
    this.#lenses = this.add(new PlanLenses(ports));
    this.#data = this.add(new PlanDataChecks(ports, this.#readings));
    this.add(
      languages.registerCompletionItemProvider(
        planFilter,
        { provideCompletionItems: (document, position) => this.#complete(document, document.offsetAt(position)) },
        ...[' ', '"', "'", '$', '{', '[', '-'],
      ),
    );
    this.add(
      languages.registerHoverProvider(planFilter, {
        provideHover: (document, position) => this.#hover(document, document.offsetAt(position)),
      }),
    );
    this.add(new PlanFigures(ports));
  }

  activate(): void {
    this.#readings.look();
    this.#data.look();
  }

  /** Holds a plan against its data, for a person who asks. */
  async checkData(argument: unknown): Promise<void> {
    await this.#data.checkNow(argument);
  }

  /** Called when the shown texts may have changed. */
  look(): void {
    this.#lenses.look();
    this.#diagnostics.look(this.#ports.standings());
  }

  async #complete(document: TextDocument, offset: number): Promise<CompletionItem[]> {
    const text = document.getText();
    const { cursorAt, textTree } = await import('./planText.ts');
    const cursor = cursorAt(text, offset);
    if (cursor === undefined) return [];
    const { t } = this.#ports.vscode.l10n;
    const tree = textTree(text);
    const { readDataWords } = await import('./planData.ts');
    const data = await readDataWords(dirname(document.uri.fsPath), tree);
    // The application's own words come before those of the schema.
    const proposals = [...dataProposalsAt(cursor, data, t), ...proposalsAt(cursor, tree, await this.#ownSchema(), t)];
    return proposals.map((proposal, rank) => this.#item(document, proposal, rank));
  }

  #item(document: TextDocument, proposal: PlanProposal, rank: number): CompletionItem {
    const { CompletionItem: Made, CompletionItemKind, Range, SnippetString, MarkdownString } = this.#ports.vscode;
    const kinds = {
      key: CompletionItemKind.Property,
      value: CompletionItemKind.Value,
      name: CompletionItemKind.Reference,
    };
    const { kind, label, detail, about, snippet, from, to, asksOn } = proposal;
    const item = new Made({ label, description: detail }, kinds[kind]);
    item.insertText = new SnippetString(snippet);
    item.range = new Range(document.positionAt(from), document.positionAt(to));
    item.filterText = label;
    item.sortText = String(rank).padStart(4, '0');
    if (about !== '') item.documentation = new MarkdownString(about);
    if (asksOn) item.command = { command: 'editor.action.triggerSuggest', title: '' };
    return item;
  }

  async #hover(document: TextDocument, offset: number): Promise<Hover | undefined> {
    const { vscode, standings, now } = this.#ports;
    const text = document.getText();
    const { cursorAt, textTree } = await import('./planText.ts');
    const cursor = cursorAt(text, offset);
    if (cursor === undefined) return undefined;
    const shown = watchedAs(standings(), document.uri.fsPath);
    const running = shown === undefined || shown.standing.link.kind === 'stopped' ? null : { shown, now: now() };
    const found = hoverAt(cursor, textTree(text), await this.#ownSchema(), running, vscode.l10n.t);
    if (found === null) return undefined;
    const { Hover: Made, MarkdownString, Range } = vscode;
    const range = new Range(document.positionAt(found.from), document.positionAt(found.to));
    return new Made(new MarkdownString(found.paragraphs.join('\n\n')), range);
  }

  /** `null` where another extension speaks for the schema. */
  async #ownSchema(): Promise<JsonSchema | null> {
    const { vscode, extensionPath, log } = this.#ports;
    if (vscode.extensions.getExtension(yamlExtension) !== undefined) return null;
    this.#schema ??= readPlanSchema(join(extensionPath, 'schemas', 'rampwatch.schema.json'));
    try {
      return await this.#schema;
    } catch (error) {
      log.warn(`the schema of a plan cannot be read: ${String(error)}`);
      this.#schema = null;
      return null;
    }
  }
}
