import type { CodeLens, DiagnosticCollection, EventEmitter, TextDocument, Uri } from 'vscode';
import type { InitFinding } from '../../daemon/protocol/wire/planProposal.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import { Disposables } from '../disposables.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Vscode } from '../vscodeApi.ts';
import { rewriteSections } from './planSections.ts';
import {
  type AnsweredProposal,
  askRole,
  type ProposalRole,
  type ProposeWith,
  proposalRoles,
} from './proposalQuestions.ts';
import { mayOverwrite, replaceText, unsavedDocument, unsavedUri } from './unsavedText.ts';

/** A plan that was proposed from a metrics file and is not saved yet. */
interface UnsavedProposal extends AnsweredProposal {
  readonly title: string;
  readonly proposeWith: ProposeWith;
  /** Told of each new proposal that was put into the text. */
  readonly written?: (proposal: AnsweredProposal) => void;
}

/** The lines that rest on an answer, written or as a comment. */
const linesOf: Readonly<Record<ProposalRole, RegExp>> = {
  arm: /^(?:# {1,3}| +)treatment:/,
  success: /^ +(?:# )?success_rate:/,
};

/**
 * Plans proposed from a metrics file, each in an editor of its own that is not saved: the counts behind each proposal
 * stand at its line, and above the lines of the arms and the success their questions can be asked again.
 */
export class UnsavedProposals extends Disposables {
  readonly #vscode: Vscode;
  readonly #held = new Map<string, UnsavedProposal>();
  readonly #findings: DiagnosticCollection;
  readonly #changed: EventEmitter<void>;

  constructor(vscode: Vscode) {
    super();
    this.#vscode = vscode;
    this.#changed = this.add(new vscode.EventEmitter<void>());
    this.#findings = this.add(vscode.languages.createDiagnosticCollection('rampwatch init'));
    this.add(
      vscode.languages.registerCodeLensProvider([{ scheme: 'untitled', pattern: '**/*rampwatch.yaml' }], {
        onDidChangeCodeLenses: this.#changed.event,
        provideCodeLenses: (document) => this.#lenses(document),
      }),
    );
    this.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (this.#held.delete(uri.toString())) this.#findings.delete(uri);
      }),
    );
  }

  /** Opens the proposal as the unsaved file that it is to become. `false`: a text of that name was to stay. */
  async open(file: string, proposal: UnsavedProposal): Promise<boolean> {
    const ours = this.#held.get(unsavedUri(this.#vscode, file).toString())?.proposal.proposal;
    const document = await unsavedDocument(this.#vscode, file, ours);
    if (document === undefined) return false;
    await this.#write(document, proposal.proposal.proposal, proposal);
    await this.#vscode.window.showTextDocument(document, { preview: false });
    return true;
  }

  /** The proposal is in the unsaved text already, with what a person made of it. */
  hold(file: string, proposal: UnsavedProposal): void {
    const uri = unsavedUri(this.#vscode, file);
    const document = this.#vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
    if (document !== undefined) this.#keep(document, document.getText(), proposal);
  }

  /** Asks one of the questions again, and puts the answer into the text. */
  async change(argument: unknown): Promise<void> {
    const asked = asksAgain(argument) ? argument : undefined;
    const held = asked === undefined ? undefined : this.#held.get(asked.document);
    const document = this.#vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === asked?.document);
    if (asked === undefined || held === undefined || document === undefined) return;
    const next = await askRole(this.#vscode, held.title, asked.role, held, held.proposeWith);
    if (next === undefined) return;
    const { text, overwritten } = rewriteSections(held.proposal.proposal, document.getText(), next.proposal.proposal);
    if (!(await mayOverwrite(this.#vscode, overwritten))) return;
    await this.#write(document, text, { ...held, ...next });
    held.written?.(next);
  }

  async #write(document: TextDocument, text: string, held: UnsavedProposal): Promise<void> {
    await replaceText(this.#vscode, document, text);
    this.#keep(document, text, held);
  }

  #keep(document: TextDocument, text: string, held: UnsavedProposal): void {
    this.#held.set(document.uri.toString(), held);
    this.#tell(document.uri, held.proposal.proposal, text, held.proposal.findings);
    this.#changed.fire();
  }

  /** The findings name lines of the proposal; in an edited text the same line may stand elsewhere. */
  #tell(uri: Uri, proposed: string, text: string, findings: readonly InitFinding[]): void {
    const { Diagnostic, DiagnosticSeverity, Position, Range } = this.#vscode;
    const lines = text.split('\n');
    const told = findings.map(({ kind, message, line }) => {
      const words = proposed.split('\n')[line - 1];
      const isThere = lines[line - 1] === words;
      const place = isThere ? line - 1 : Math.max(0, lines.indexOf(words ?? ''));
      const range = new Range(new Position(place, 0), new Position(place, lines[place]?.length ?? 0));
      const made = new Diagnostic(range, plainText(message, 2000), DiagnosticSeverity.Information);
      made.source = 'rampwatch init';
      made.code = kind;
      return made;
    });
    this.#findings.set(uri, told);
  }

  #lenses(document: TextDocument): CodeLens[] {
    const { CodeLens: Made, Position, Range, l10n } = this.#vscode;
    const held = this.#held.get(document.uri.toString());
    if (held === undefined) return [];
    const lines = document.getText().split('\n');
    return proposalRoles.flatMap((role) => {
      const line = lines.findIndex((each) => linesOf[role].test(each));
      if (line === -1) return [];
      const counts = countsOf(held, role);
      const title = counts === undefined ? l10n.t('Change…') : `${iconlessText(counts, 120)} · ${l10n.t('Change…')}`;
      const command: CommandName = 'rampwatch.changeProposal';
      const argument: AsksAgain = { document: document.uri.toString(), role };
      const at = new Position(line, 0);
      return [new Made(new Range(at, at), { title, command, arguments: [argument] })];
    });
  }
}

interface AsksAgain {
  readonly document: string;
  readonly role: ProposalRole;
}

function asksAgain(argument: unknown): argument is AsksAgain {
  return typeof argument === 'object' && argument !== null && 'document' in argument && 'role' in argument;
}

/** The counts of what stands in the plan. */
function countsOf({ answers, proposal }: AnsweredProposal, role: ProposalRole): string | undefined {
  const answer = answers[role] ?? proposal.questions.find(({ id }) => id === role)?.default;
  const [first] = proposal.choices[role];
  const chosen = answer === undefined ? first : proposal.choices[role].find((choice) => choice.answer === answer);
  return chosen === undefined ? undefined : `${chosen.field}: ${chosen.counts}`;
}
