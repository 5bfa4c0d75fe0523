import type { CodeAction, Diagnostic, DiagnosticCollection, TextDocument, Uri } from 'vscode';
import type { PlanFinding, TextRange } from '../../daemon/protocol/wire/planReading.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import { planFilter } from './planFilter.ts';
import type { PlanReadings, ReadVersion } from './planReadings.ts';
import { type RefusedPlan, refusedPlans, refusedRule } from './refusedPlans.ts';

const source = 'rampwatch';
/** The names of the YAML extension for findings of the schema, and of the syntax. */
const foreignSources = /^(?:yaml-schema\b|YAML$)/;

/** The findings of lint, where the editor shows problems, with their fixes behind the light bulb. */
export class PlanDiagnostics extends Disposables {
  readonly #vscode: Vscode;
  readonly #readings: PlanReadings;
  readonly #collection: DiagnosticCollection;
  /** The newest reading of each document, and the part of it that is shown. */
  readonly #read = new Map<string, { readonly read: ReadVersion | null; readonly told: string }>();
  /** The texts that a running rollout refuses, by their documents. */
  #refused: ReadonlyMap<string, RefusedPlan> = new Map();

  constructor(vscode: Vscode, readings: PlanReadings) {
    super();
    this.#vscode = vscode;
    this.#readings = readings;
    this.#collection = this.add(vscode.languages.createDiagnosticCollection(source));
    this.add(readings.onDidRead(({ uri, read }) => this.#show(uri, read)));
    this.add(vscode.languages.onDidChangeDiagnostics(({ uris }) => this.#lookAgain(uris)));
    this.add(
      vscode.languages.registerCodeActionsProvider(
        planFilter,
        { provideCodeActions: (document, _range, { diagnostics }) => this.#fixes(document, diagnostics) },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
    );
  }

  /** A plan may be sound by itself and still be refused by the rollout that runs: that is a finding too. */
  look(standings: readonly Standing[]): void {
    const before = this.#refused;
    const refused = refusedPlans(standings).map((each) => [this.#vscode.Uri.file(each.file).toString(), each] as const);
    this.#refused = new Map(refused);
    for (const key of new Set([...before.keys(), ...this.#refused.keys()])) {
      if (JSON.stringify(before.get(key)) === JSON.stringify(this.#refused.get(key))) continue;
      this.#show(this.#vscode.Uri.parse(key), this.#read.get(key)?.read ?? null);
    }
  }

  #show(uri: Uri, read: ReadVersion | null): void {
    const key = uri.toString();
    const refused = this.#refused.get(key);
    if (read === null && refused === undefined) {
      this.#read.delete(key);
      this.#collection.delete(uri);
      return;
    }
    const foreign = this.#foreign(uri);
    const own = (read?.reading.findings ?? []).filter((finding) => !this.#isToldBy(finding, foreign));
    // An unusable text is reported by its own findings.
    const isOwn = refused === undefined || own.some(({ message }) => refused.message.includes(message));
    const findings = isOwn ? own : [...own, refused.finding];
    const told = JSON.stringify([read?.version, findings]);
    // Showing diagnostics is itself a change of diagnostics.
    if (this.#read.get(key)?.told === told) return;
    this.#read.set(key, { read, told });
    this.#collection.set(
      uri,
      findings.map((finding) => this.#diagnostic(finding)),
    );
  }

  /** An installed YAML extension reads the same schema: its findings are not repeated. */
  #lookAgain(uris: readonly Uri[]): void {
    for (const uri of uris) {
      const known = this.#read.get(uri.toString());
      if (known !== undefined) this.#show(uri, known.read);
    }
  }

  #foreign(uri: Uri): readonly Diagnostic[] {
    return this.#vscode.languages.getDiagnostics(uri).filter((each) => foreignSources.test(each.source ?? ''));
  }

  #isToldBy({ rule, range }: PlanFinding, foreign: readonly Diagnostic[]): boolean {
    if (rule !== 'invalid') return false;
    const ours = this.#range(range);
    return foreign.some((each) => each.range.intersection(ours) !== undefined);
  }

  #diagnostic({ severity, rule, message, range }: PlanFinding): Diagnostic {
    const { Diagnostic: Made, DiagnosticSeverity, DiagnosticTag } = this.#vscode;
    const severities = {
      error: DiagnosticSeverity.Error,
      warning: DiagnosticSeverity.Warning,
      hint: DiagnosticSeverity.Information,
    };
    const made = new Made(this.#range(range), plainText(message, 2000), severities[severity]);
    made.source = source;
    made.code = rule;
    if (rule === 'measure-unused' || rule === 'source-unread') made.tags = [DiagnosticTag.Unnecessary];
    return made;
  }

  /** Only for the judged text: an edit meant for other words would spoil the plan. */
  #fixes(document: TextDocument, diagnostics: readonly Diagnostic[]): CodeAction[] {
    const findings = this.#readings.current(document)?.reading.findings ?? [];
    return diagnostics.flatMap((diagnostic) => {
      if (diagnostic.code === refusedRule) return this.#fixesOfRefused(document, diagnostic);
      const found = findings.find((finding) =>
        diagnostic.source === source
          ? diagnostic.code === finding.rule &&
            diagnostic.message === plainText(finding.message, 2000) &&
            this.#range(finding.range).isEqual(diagnostic.range)
          : foreignSources.test(diagnostic.source ?? '') && this.#isToldBy(finding, [diagnostic]),
      );
      return (found?.fixes ?? []).map((fix) => this.#action(document.uri, diagnostic, fix));
    });
  }

  /** Put back what the rollout does not let go, where that is one word; or end its attempt. */
  #fixesOfRefused(document: TextDocument, diagnostic: Diagnostic): CodeAction[] {
    const { CodeAction: Made, CodeActionKind, l10n } = this.#vscode;
    const refused = this.#refused.get(document.uri.toString());
    if (refused === undefined) return [];
    const line = document.lineAt(diagnostic.range.start.line);
    const edit = refused.putBack(line.text, line.lineNumber + 1);
    const title = l10n.t('Put the id {0} Back', plainText(refused.subject.rollout, 80));
    const back = edit === null ? [] : [this.#action(document.uri, diagnostic, { title, edits: [edit] })];
    const rollBack = new Made(l10n.t('Roll Back, so that the plan may change'), CodeActionKind.QuickFix);
    rollBack.command = { command: 'rampwatch.rollBack', title: rollBack.title, arguments: [refused.subject] };
    rollBack.diagnostics = [diagnostic];
    return [...back, rollBack];
  }

  #action(uri: Uri, diagnostic: Diagnostic, { title, edits }: PlanFinding['fixes'][number]): CodeAction {
    const { CodeAction: Made, CodeActionKind, WorkspaceEdit } = this.#vscode;
    const action = new Made(plainText(title, 200), CodeActionKind.QuickFix);
    action.edit = new WorkspaceEdit();
    for (const edit of edits) action.edit.replace(uri, this.#range(edit), edit.text);
    action.diagnostics = [diagnostic];
    // Among several proposals none is the preferred one.
    action.isPreferred = diagnostic.code === 'invalid' || diagnostic.source !== source;
    return action;
  }

  #range({ line, column, endLine, endColumn }: TextRange) {
    const { Position, Range } = this.#vscode;
    return new Range(new Position(line - 1, column - 1), new Position(endLine - 1, endColumn - 1));
  }
}
