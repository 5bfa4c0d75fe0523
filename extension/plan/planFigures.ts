import type { CancellationToken, Hover, TextDocument } from 'vscode';
import type { RuleFigures } from '../../daemon/protocol/wire/planReading.ts';
import { Disposables } from '../disposables.ts';
import { markdownText } from '../views/escapedText.ts';
import { planFilter } from './planFilter.ts';
import { lintText, type ReadingPorts } from './planReadings.ts';

/** A trigger's condition, and each of a gate. */
const ofCondition = /^(?:triggers\.\d+\.when|stages\.\d+\.gate\.\d+)$/;

/**
 * The hover that tells a rule in figures, as `rampwatch lint --explain` does: simulated by a process of its own when a person
 * first points at one, once for each text. It is apart from the other hover, which waits for nothing.
 */
export class PlanFigures extends Disposables {
  readonly #ports: ReadingPorts;
  readonly #known = new Map<string, { readonly version: number; readonly figures: Promise<readonly RuleFigures[]> }>();
  readonly #ended = new AbortController();

  constructor(ports: ReadingPorts) {
    super();
    this.#ports = ports;
    const { languages, workspace } = ports.vscode;
    this.add(workspace.onDidCloseTextDocument(({ uri }) => this.#known.delete(uri.toString())));
    this.add({ dispose: () => this.#ended.abort() });
    this.add(
      languages.registerHoverProvider(planFilter, {
        provideHover: (document, position, token) => this.#hover(document, document.offsetAt(position), token),
      }),
    );
  }

  async #hover(document: TextDocument, offset: number, token: CancellationToken): Promise<Hover | undefined> {
    const { vscode } = this.#ports;
    if (!vscode.workspace.isTrusted) return undefined;
    const { cursorAt } = await import('./planText.ts');
    const cursor = cursorAt(document.getText(), offset);
    const path = cursor?.path.join('.') ?? '';
    if (cursor?.role !== 'value' || !ofCondition.test(path)) return undefined;
    const figures = await this.#wanted(document, token);
    const lines = figures.find((each) => each.path === path)?.lines ?? [];
    if (lines.length === 0) return undefined;
    const { Hover: Made, MarkdownString, Range } = vscode;
    const range = new Range(document.positionAt(cursor.from), document.positionAt(cursor.to));
    return new Made(new MarkdownString(lines.map((line) => markdownText(line)).join('  \n')), range);
  }

  /** None once nobody waits for them any more; the simulation goes on, for the next hover. */
  async #wanted(document: TextDocument, token: CancellationToken): Promise<readonly RuleFigures[]> {
    const unwanted = new Promise<readonly RuleFigures[]>((resolve) => {
      token.onCancellationRequested(() => resolve([]));
    });
    return await Promise.race([this.#figures(document), unwanted]);
  }

  #figures(document: TextDocument): Promise<readonly RuleFigures[]> {
    const { uri, version } = document;
    const known = this.#known.get(uri.toString());
    if (known?.version === version) return known.figures;
    const reading = lintText(this.#ports, document, ['--explain'], this.#ended.signal);
    const figures = reading.then((read) => read?.figures ?? []);
    this.#known.set(uri.toString(), { version, figures });
    return figures;
  }
}
