import type { Diagnostic, DiagnosticCollection, LogOutputChannel, Uri } from 'vscode';
import { readConfiguration } from '../configuration.ts';
import { rolloutsOf, type Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import { workspaceSources } from '../evidence/workspaceSource.ts';
import { rolloutLink } from '../links.ts';
import type { Vscode } from '../vscodeApi.ts';
import { sourceErrors } from './sourceErrors.ts';

export interface SourceDiagnosticsPorts {
  readonly vscode: Vscode;
  readonly log: Pick<LogOutputChannel, 'warn'>;
  standings(): readonly Standing[];
}

interface Found {
  readonly uri: Uri;
  readonly diagnostic: Diagnostic;
}

/**
 * The failures of the treatment at the lines of the workspace's source from which they come, where a person has asked for
 * it (`rampwatch.errorsInSource`): a log names them, and the file on disk may be another version.
 */
export class SourceDiagnostics extends Disposables {
  readonly #ports: SourceDiagnosticsPorts;
  readonly #shown: DiagnosticCollection;
  #wanted = '[]';

  constructor(ports: SourceDiagnosticsPorts) {
    super();
    this.#ports = ports;
    this.#shown = this.add(ports.vscode.languages.createDiagnosticCollection('rampwatch-source'));
  }

  /** Looks for the lines anew when they are others. */
  look(): void {
    const { vscode, standings, log } = this.#ports;
    const isOn = vscode.workspace.isTrusted && readConfiguration(vscode, 'rampwatch.errorsInSource');
    const errors = isOn
      ? rolloutsOf(standings()).flatMap(({ standing, rollout }) =>
          sourceErrors(rollout, vscode.l10n.t).map((error) => ({
            ...error,
            link: rolloutLink(vscode.env.uriScheme, standing.folder, rollout.rollout, error.why),
          })),
        )
      : [];
    const wanted = JSON.stringify(errors);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    Promise.all(errors.map((error) => this.#found(error)))
      .then((found) => {
        if (wanted === this.#wanted) this.#show(found.flat());
      })
      .catch((error: unknown) => log.warn(`the source of the failures is not found: ${String(error)}`));
  }

  /** Nothing where no file, or several, may be meant. */
  async #found({ place, text, link }: ReturnType<typeof sourceErrors>[number] & { link: string }): Promise<Found[]> {
    const { vscode } = this.#ports;
    const [uri, ...others] = await workspaceSources(vscode, place.file);
    if (uri === undefined || others.length > 0) return [];
    const { Position, Range } = vscode;
    const at = place.line - 1;
    const range = new Range(new Position(at, 0), new Position(at, Number.MAX_SAFE_INTEGER));
    const diagnostic = new vscode.Diagnostic(range, text, vscode.DiagnosticSeverity.Warning);
    diagnostic.source = 'rampwatch';
    diagnostic.code = { value: vscode.l10n.t('Show Why'), target: vscode.Uri.parse(link) };
    return [{ uri, diagnostic }];
  }

  #show(found: readonly Found[]): void {
    this.#shown.clear();
    const byFile = Map.groupBy(found, ({ uri }) => uri.toString());
    for (const each of byFile.values()) {
      const [first] = each;
      if (first !== undefined)
        this.#shown.set(
          first.uri,
          each.map(({ diagnostic }) => diagnostic),
        );
    }
  }
}
