import type { CodeAction, Diagnostic, DiagnosticCollection, TextDocument, Uri } from 'vscode';
import { plainText } from '../../daemon/protocol/plainText.ts';
import type { PlanFinding, TextRange } from '../../daemon/protocol/planReading.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import { planFilter } from './planDocument.ts';
import type { PlanReadings, ReadVersion } from './planReadings.ts';

const source = 'rampwatch';

/** What lint finds, where the editor shows problems, with its fixes behind the light bulb. */
export class PlanDiagnostics extends Disposables {
  readonly #vscode: Vscode;
  readonly #readings: PlanReadings;
  readonly #collection: DiagnosticCollection;

  constructor(vscode: Vscode, readings: PlanReadings) {
    super();
    this.#vscode = vscode;
    this.#readings = readings;
    this.#collection = this.add(vscode.languages.createDiagnosticCollection(source));
    this.add(readings.onDidRead(({ uri, read }) => this.#show(uri, read)));
    this.add(
      vscode.languages.registerCodeActionsProvider(
        planFilter,
        { provideCodeActions: (document, _range, { diagnostics }) => this.#fixes(document, diagnostics) },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
    );
  }

  #show(uri: Uri, read: ReadVersion | null): void {
    if (read === null) this.#collection.delete(uri);
    else
      this.#collection.set(
        uri,
        read.reading.findings.map((finding) => this.#diagnostic(finding)),
      );
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

  /** Only for the text as it was judged: an edit meant for other words would spoil the plan. */
  #fixes(document: TextDocument, diagnostics: readonly Diagnostic[]): CodeAction[] {
    const findings = this.#readings.current(document)?.reading.findings ?? [];
    return diagnostics.flatMap((diagnostic) => {
      const found = findings.find(
        (finding) =>
          diagnostic.source === source &&
          diagnostic.code === finding.rule &&
          diagnostic.message === plainText(finding.message, 2000) &&
          this.#range(finding.range).isEqual(diagnostic.range),
      );
      return (found?.fixes ?? []).map((fix) => this.#action(document.uri, diagnostic, fix));
    });
  }

  #action(uri: Uri, diagnostic: Diagnostic, { title, edits }: PlanFinding['fixes'][number]): CodeAction {
    const { CodeAction: Made, CodeActionKind, WorkspaceEdit } = this.#vscode;
    const action = new Made(plainText(title, 200), CodeActionKind.QuickFix);
    action.edit = new WorkspaceEdit();
    for (const edit of edits) action.edit.replace(uri, this.#range(edit), edit.text);
    action.diagnostics = [diagnostic];
    // Among several proposals none is the right one by itself.
    action.isPreferred = diagnostic.code === 'invalid';
    return action;
  }

  #range({ line, column, endLine, endColumn }: TextRange) {
    const { Position, Range } = this.#vscode;
    return new Range(new Position(line - 1, column - 1), new Position(endLine - 1, endColumn - 1));
  }
}
