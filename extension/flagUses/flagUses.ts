import type { CodeLens, Diagnostic, DiagnosticCollection, EventEmitter, Hover, InlayHint, TextDocument } from 'vscode';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import type { CommandName } from '../commandNames.ts';
import { SubjectArgument } from '../commands/forRollout.ts';
import { readConfiguration } from '../configuration.ts';
import type { Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import { isPlan } from '../plan/planFilter.ts';
import { iconlessText, markdownText } from '../views/escapedText.ts';
import { rolloutSubject } from '../views/rolloutGroups.ts';
import type { Vscode } from '../vscodeApi.ts';
import {
  type FlagKey,
  flagFace,
  flagKeys,
  flagSentence,
  handEditText,
  keySettings,
  keyUses,
  setByText,
} from './flagKeys.ts';

export interface FlagUsePorts {
  readonly vscode: Vscode;
  standings(): readonly Standing[];
  now(): number;
}

/** Any language: a flag's key is a word wherever it is written. */
const anyFile = { scheme: 'file' } as const;
const mostLenses = 20;
/** A longer text is generated, or data. */
const longestText = 500_000;

/** The state of the rollout at each use of its flag's keys, in code of any language and in the flag's own file. */
export class FlagUses extends Disposables {
  readonly #ports: FlagUsePorts;
  readonly #lensesChanged: EventEmitter<void>;
  readonly #hintsChanged: EventEmitter<void>;
  readonly #warnings: DiagnosticCollection;
  #shown = '';

  constructor(ports: FlagUsePorts) {
    super();
    this.#ports = ports;
    const { languages, workspace, EventEmitter: Emitter } = ports.vscode;
    this.#lensesChanged = this.add(new Emitter<void>());
    this.#hintsChanged = this.add(new Emitter<void>());
    this.#warnings = this.add(languages.createDiagnosticCollection('rampwatch-flag'));
    this.add(
      languages.registerHoverProvider(anyFile, {
        provideHover: (document, position) => this.#hover(document, document.offsetAt(position)),
      }),
    );
    this.add(
      languages.registerCodeLensProvider(anyFile, {
        onDidChangeCodeLenses: this.#lensesChanged.event,
        provideCodeLenses: (document) => this.#lenses(document),
      }),
    );
    this.add(
      languages.registerInlayHintsProvider(anyFile, {
        onDidChangeInlayHints: this.#hintsChanged.event,
        provideInlayHints: (document) => this.#hints(document),
      }),
    );
    this.add(workspace.onDidChangeTextDocument(({ document }) => this.#warn(document)));
    this.add(workspace.onDidSaveTextDocument((document) => this.#warn(document)));
    this.add(workspace.onDidCloseTextDocument(({ uri }) => this.#warnings.delete(uri)));
  }

  /** Asks for what is shown anew when it would read differently. */
  look(): void {
    const keys = this.#keys();
    const { t } = this.#ports.vscode.l10n;
    const shown = JSON.stringify(
      keys.map((flag) => [flag.key, flag.set, flag.file, flagFace(flag, t), setByText(flag, t)]),
    );
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#lensesChanged.fire();
    this.#hintsChanged.fire();
    for (const document of this.#ports.vscode.workspace.textDocuments) this.#warn(document);
  }

  #keys(): readonly FlagKey[] {
    return this.#ports.vscode.workspace.isTrusted ? flagKeys(this.#ports.standings()) : [];
  }

  /** Where it is asked for; `null` in a plan, which has lenses of its own, and in very long texts. */
  #text(document: TextDocument): string | null {
    if (document.uri.scheme !== 'file' || isPlan(document)) return null;
    const text = document.getText();
    return text.length > longestText ? null : text;
  }

  #hover(document: TextDocument, offset: number): Hover | undefined {
    const { vscode, now } = this.#ports;
    const { Hover: Made, MarkdownString, Range, l10n } = vscode;
    const text = this.#text(document);
    if (text === null) return undefined;
    const use = keyUses(text, this.#keys(), Number.POSITIVE_INFINITY).find(
      ({ from, to }) => from <= offset && offset <= to,
    );
    if (use === undefined) return undefined;
    const { t } = l10n;
    const { plan } = use.flag.shown.rollout;
    const subject = JSON.stringify([rolloutSubject(use.flag.shown)]);
    const link = (label: string, command: CommandName) =>
      `[${label}](command:${command}?${encodeURIComponent(subject)})`;
    const links = [
      link(t('Show Why'), 'rampwatch.showWhy'),
      link(t('Find Uses'), 'rampwatch.findFlagUses'),
      `[${t('Open Dashboard')}](command:rampwatch.openDashboard)`,
    ];
    const told = new MarkdownString(
      [
        `**${isolatedText(markdownText(plan.name))}** · ${markdownText(flagFace(use.flag, t))}`,
        markdownText(flagSentence(use.flag, now()), 1000),
        links.join(' · '),
      ].join('\n\n'),
    );
    told.isTrusted = { enabledCommands: ['rampwatch.showWhy', 'rampwatch.findFlagUses', 'rampwatch.openDashboard'] };
    return new Made(told, new Range(document.positionAt(use.from), document.positionAt(use.to)));
  }

  #lenses(document: TextDocument): CodeLens[] {
    const { vscode } = this.#ports;
    const { CodeLens: Made, Range, l10n } = vscode;
    if (!readConfiguration(vscode, 'rampwatch.codeLens')) return [];
    const keys = this.#keys();
    const text = keys.some(({ file }) => file === document.uri.fsPath) ? null : this.#text(document);
    const lines = new Set<string>();
    return keyUses(text ?? '', keys, mostLenses).flatMap(({ flag, from }) => {
      const at = document.positionAt(from);
      const { rollout } = flag.shown.rollout;
      // Two keys of one flag on one line say the same.
      if (lines.has(`${at.line} ${rollout}`)) return [];
      lines.add(`${at.line} ${rollout}`);
      const title = `${isolatedText(iconlessText(flag.shown.rollout.plan.name))}: ${iconlessText(flagFace(flag, l10n.t))}`;
      const argument = new SubjectArgument(rolloutSubject(flag.shown));
      return [new Made(new Range(at, at), { title, command: 'rampwatch.openDashboard', arguments: [argument] })];
    });
  }

  #hints(document: TextDocument): InlayHint[] {
    const { InlayHint: Made, l10n } = this.#ports.vscode;
    return this.#settings(document).flatMap(({ flag, value, to }) => {
      if (flag.set === null || flag.set !== value) return [];
      const hint = new Made(document.positionAt(to), `  ${iconlessText(setByText(flag, l10n.t))}`);
      hint.paddingLeft = true;
      return [hint];
    });
  }

  #warn(document: TextDocument): void {
    const { Diagnostic: Made, DiagnosticSeverity, Range, l10n } = this.#ports.vscode;
    const warnings = document.isDirty
      ? this.#settings(document).flatMap((setting): Diagnostic[] => {
          const text = handEditText(setting, l10n.t);
          if (text === null) return [];
          const range = new Range(document.positionAt(setting.from), document.positionAt(setting.to));
          const made = new Made(range, text, DiagnosticSeverity.Warning);
          made.source = 'rampwatch';
          return [made];
        })
      : [];
    if (warnings.length === 0) this.#warnings.delete(document.uri);
    else this.#warnings.set(document.uri, warnings);
  }

  #settings(document: TextDocument): ReturnType<typeof keySettings> {
    const keys = this.#keys().filter(({ file }) => file === document.uri.fsPath);
    const text = keys.length === 0 ? null : this.#text(document);
    return text === null ? [] : keySettings(text, keys);
  }
}
