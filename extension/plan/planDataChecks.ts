import { dirname } from 'node:path';
import type { CancellationToken, CodeAction, DiagnosticCollection, TextDocument, Uri } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { type DataReading, dataReading } from '../../daemon/protocol/wire/planReading.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import { answerOf, reasonOf, refusalOf } from '../connection/commandLine.ts';
import { Disposables } from '../disposables.ts';
import { messageText } from '../views/escapedText.ts';
import { isPlan, planFilter } from './planFilter.ts';
import type { PlanReadings, ReadingPorts } from './planReadings.ts';

const source = 'rampwatch data';
/** The rule of what a plan says and its records do not. */
const rule = 'not-in-sample';
/** The command line reads a bounded end of each source; a folder on a slow disk must still not be waited for. */
const timeLimit = 60_000;

/**
 * Holds open plans against the newest records of their own sources, as `rampwatch lint --data` does, in a process of its
 * own: when a plan is opened, when it is saved, and when a person asks.
 */
export class PlanDataChecks extends Disposables {
  readonly #ports: ReadingPorts;
  readonly #collection: DiagnosticCollection;
  readonly #running = new Map<string, AbortController>();

  constructor(ports: ReadingPorts, readings: PlanReadings) {
    super();
    this.#ports = ports;
    const { languages, workspace, CodeActionKind } = ports.vscode;
    this.#collection = this.add(languages.createDiagnosticCollection(source));
    this.add(workspace.onDidOpenTextDocument((document) => void this.#check(document)));
    this.add(workspace.onDidSaveTextDocument((document) => void this.#check(document)));
    // A plan that is closed or deleted has no findings.
    this.add(
      readings.onDidRead(({ uri, read }) => {
        if (read === null) this.#forget(uri);
      }),
    );
    this.add(workspace.onDidGrantWorkspaceTrust(() => this.look()));
    const kind = CodeActionKind.Source.append('rampwatch');
    this.add(
      languages.registerCodeActionsProvider(
        planFilter,
        {
          provideCodeActions: (_document, _range, { only }) =>
            only !== undefined && (only.contains(kind) || kind.contains(only)) ? [this.#action()] : [],
        },
        { providedCodeActionKinds: [kind] },
      ),
    );
    this.add({
      dispose: () => {
        for (const run of this.#running.values()) run.abort();
      },
    });
  }

  /** Looks at the documents that are open already. */
  look(): void {
    for (const document of this.#ports.vscode.workspace.textDocuments) void this.#check(document);
  }

  /** Asked by a person, who is told the result. */
  async checkNow(argument: unknown): Promise<void> {
    const { vscode } = this.#ports;
    const { window, workspace, l10n, ProgressLocation, Uri: Uris } = vscode;
    const uri = argument instanceof Uris ? argument : window.activeTextEditor?.document.uri;
    const document = workspace.textDocuments.find((each) => each.uri.toString() === uri?.toString());
    if (document === undefined || !isPlan(document) || document.uri.scheme !== 'file')
      throw new UserError('no-plan', l10n.t('open a plan that is saved: its sources are looked for beside it.'));
    if (document.isDirty)
      throw new UserError(
        'unsaved',
        l10n.t('the plan has unsaved changes, and it is read as it is saved: save it first.'),
      );
    const title = l10n.t('Check Plan Against the Data');
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    const found = await window.withProgress(options, async (_progress, token) => await this.#check(document, token));
    if (found === 'cancelled') return;
    if (typeof found === 'string') throw new UserError('no-answer', found);
    await window.showInformationMessage(this.#resultText(found));
  }

  #resultText({ findings, checked = [] }: DataReading): string {
    const { t } = this.#ports.vscode.l10n;
    const problems = findings.filter((finding) => finding.rule === rule).length;
    const files = checked.map(({ file, records }) => t('{0} records of {1}', grouped(records), messageText(file, 120)));
    if (files.length === 0) return t('No source of the plan has a file with records yet: nothing to check against.');
    const what = files.join(', ');
    if (problems === 0) return t('The plan fits its data: the newest {0} were looked at.', what);
    return problems === 1
      ? t('One thing in the plan does not fit the newest {0}: see its line.', what)
      : t('{0} things in the plan do not fit the newest {1}: see their lines.', problems, what);
  }

  #action(): CodeAction {
    const { CodeAction: Made, CodeActionKind, l10n } = this.#ports.vscode;
    const action = new Made(l10n.t('Check Against the Data'), CodeActionKind.Source.append('rampwatch'));
    const command: CommandName = 'rampwatch.checkPlanData';
    action.command = { command, title: action.title };
    return action;
  }

  /** The reading, or why there is none in a line; `cancelled` when nobody waits for it any more. */
  async #check(document: TextDocument, token?: CancellationToken): Promise<DataReading | string> {
    const { vscode, run, program, log } = this.#ports;
    const { uri } = document;
    if (!vscode.workspace.isTrusted || uri.scheme !== 'file' || !isPlan(document) || this.disposed) return 'cancelled';
    const key = uri.toString();
    this.#running.get(key)?.abort();
    const controller = new AbortController();
    this.#running.set(key, controller);
    token?.onCancellationRequested(() => controller.abort());
    const { signal } = controller;
    const words = ['lint', '--data', '--json', uri.fsPath];
    const outcome = await run(program(), { words, folder: dirname(uri.fsPath), signal, limit: timeLimit });
    if (signal.aborted) return 'cancelled';
    const answer = answerOf(outcome);
    const parsed = dataReading.safeParse(answer);
    const [reading] = parsed.data ?? [];
    if (reading === undefined) {
      const reason = refusalOf(answer)?.message ?? reasonOf(outcome);
      log.warn(`lint --data of ${uri.fsPath}: ${reason}`);
      this.#collection.delete(uri);
      return reason;
    }
    this.#show(document, reading);
    return reading;
  }

  #show(document: TextDocument, { findings }: DataReading): void {
    const { Diagnostic, DiagnosticSeverity, Position, Range } = this.#ports.vscode;
    const lines = document.getText().split('\n');
    const told = findings
      .filter((finding) => finding.rule === rule)
      .map(({ severity, message, line, column }) => {
        const end = Math.max(column, (lines[line - 1] ?? '').trimEnd().length);
        const range = new Range(new Position(line - 1, column - 1), new Position(line - 1, end));
        const weight = severity === 'hint' ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning;
        const made = new Diagnostic(range, plainText(message, 2000), weight);
        made.source = source;
        made.code = rule;
        return made;
      });
    if (told.length === 0) this.#collection.delete(document.uri);
    else this.#collection.set(document.uri, told);
  }

  #forget(uri: Uri): void {
    const key = uri.toString();
    this.#running.get(key)?.abort();
    this.#running.delete(key);
    this.#collection.delete(uri);
  }
}
