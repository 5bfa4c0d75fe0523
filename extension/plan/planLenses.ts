import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { CodeLens, EventEmitter, TextDocument } from 'vscode';
import type { CommandName } from '../commandNames.ts';
import { SubjectArgument } from '../commands/forRollout.ts';
import { readConfiguration } from '../configuration.ts';
import { type RolloutStanding, rolloutsOf, type Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { LensFace, Subject } from '../views/row.ts';
import { stageLens } from '../views/stageRows.ts';
import { triggerLens } from '../views/triggerRows.ts';
import type { Translate, Vscode } from '../vscodeApi.ts';
import { planFilter } from './planFilter.ts';
import { type PlanPart, partsOf } from './planTree.ts';

export interface LensPorts {
  readonly vscode: Vscode;
  standings(): readonly Standing[];
  now(): number;
}

/** The text and the target of a lens, on any line. */
interface Lens {
  readonly title: string;
  readonly tooltip: string;
  readonly command: CommandName | 'rampwatch.stages.focus';
  readonly argument: SubjectArgument | null;
}

/** The live verdict above each stage and trigger of a plan that is watched, in the words of the trees. */
export class PlanLenses extends Disposables {
  readonly #ports: LensPorts;
  readonly #changed: EventEmitter<void>;
  readonly #hashes = new WeakMap<TextDocument, { readonly version: number; readonly hash: string }>();
  #shown = '';

  constructor(ports: LensPorts) {
    super();
    this.#ports = ports;
    const { vscode } = ports;
    this.#changed = this.add(new vscode.EventEmitter<void>());
    this.add(
      vscode.languages.registerCodeLensProvider(planFilter, {
        onDidChangeCodeLenses: this.#changed.event,
        provideCodeLenses: (document) => this.#lenses(document),
      }),
    );
    this.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('rampwatch.codeLens')) this.#changed.fire();
      }),
    );
  }

  /** Asks for the lenses anew when one of them would read differently. */
  look(): void {
    const { vscode, now, standings } = this.#ports;
    const lenses = rolloutsOf(standings()).map((shown) => [...lensesOf(shown, now(), vscode.l10n.t)]);
    const faces = lenses.map((each) => each.map(([key, { title, command }]) => [key, title, command]));
    const shown = JSON.stringify([faces, standings().map(({ planFiles }) => planFiles)]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#changed.fire();
  }

  async #lenses(document: TextDocument): Promise<CodeLens[]> {
    const { vscode, now, standings } = this.#ports;
    const { l10n, workspace, CodeLens: Made, Range } = vscode;
    if (!workspace.isTrusted || !readConfiguration(vscode, 'rampwatch.codeLens')) return [];
    const shown = watchedAs(standings(), document.uri.fsPath);
    if (shown === undefined) return [];
    const text = document.getText();
    const { textTree } = await import('./planText.ts');
    const lenses = lensesOf(shown, now(), l10n.t);
    const other = this.#hash(document) === shown.rollout.plan.hash ? '' : otherPlan(document, l10n.t);
    return partsOf(textTree(text)).flatMap((part) => {
      const lens = lenses.get(keyOf(part));
      if (lens === undefined) return [];
      const at = document.positionAt(part.offset);
      const { title, tooltip, command, argument } = lens;
      return [
        new Made(new Range(at, at), {
          title: withPrefix(title, other),
          tooltip,
          command,
          arguments: argument === null ? [] : [argument],
        }),
      ];
    });
  }

  #hash(document: TextDocument): string {
    const known = this.#hashes.get(document);
    if (known?.version === document.version) return known.hash;
    const hash = createHash('sha256').update(document.getText()).digest('hex');
    this.#hashes.set(document, { version: document.version, hash });
    return hash;
  }
}

/** The rollout that runs by this plan file. */
export function watchedAs(standings: readonly Standing[], file: string): RolloutStanding | undefined {
  const standing = standings.find(({ planFiles }) => planFiles.includes(file));
  const rollouts = standing === undefined ? [] : rolloutsOf([standing]);
  // The daemon names the folder by its real path, the editor by the path that was opened.
  return rollouts.find(({ rollout }) => basename(rollout.plan.file) === basename(file));
}

function lensesOf(shown: RolloutStanding, now: number, t: Translate): ReadonlyMap<string, Lens> {
  const { standing, rollout } = shown;
  const subject = (planPart: string, why?: Subject['why']) =>
    new SubjectArgument({ folder: standing.folder, rollout: rollout.rollout, planPart, ...(why && { why }) });
  const lenses = new Map<string, Lens>();
  for (const [index, stage] of rollout.stages.entries()) {
    const face = stageLens(shown, index, now, t);
    if (face === null) continue;
    const unmet = stage.state === 'ahead' ? undefined : stage.gate.find(({ verdict }) => verdict !== 'met');
    const asked = unmet !== undefined && rollout.standing.phase.kind !== 'planned';
    const why = asked ? ({ kind: 'condition', stage: stage.id, condition: unmet.condition } as const) : undefined;
    lenses.set(keyOf({ kind: 'stage', id: stage.id }), {
      title: titleOf(face),
      tooltip: asked ? t('Show why {0} is not met', unmet.measure) : t('Show the stages'),
      command: asked ? 'rampwatch.showWhy' : 'rampwatch.stages.focus',
      argument: asked ? subject(`stages.${index}`, why) : null,
    });
  }
  for (const [index, trigger] of rollout.triggers.entries()) {
    const face = triggerLens(shown, trigger, now, t);
    if (face === null) continue;
    lenses.set(keyOf({ kind: 'trigger', id: trigger.id }), {
      title: titleOf(face),
      tooltip: t('Show Why'),
      command: 'rampwatch.showWhy',
      argument: subject(`triggers.${index}`, { kind: 'trigger', trigger: trigger.id }),
    });
  }
  return lenses;
}

/** The blank keeps the words off the icon; the editor drops an ordinary one. */
function titleOf({ icon, text }: LensFace): string {
  return `$(${icon})\u00a0${iconlessText(text)}`;
}

function keyOf({ kind, id }: Pick<PlanPart, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

/** A verdict is of the plan that is in use; what is on screen may be another. */
function otherPlan({ isDirty }: TextDocument, t: Translate): string {
  return isDirty ? t('as saved') : t('by the plan in use');
}

function withPrefix(title: string, prefix: string): string {
  return prefix === '' ? title : title.replace('\u00a0', `\u00a0${prefix} · `);
}
