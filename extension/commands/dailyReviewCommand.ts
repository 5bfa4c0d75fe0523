import { dirname } from 'node:path';
import type { ClosedReview, ReviewFacts } from '../../daemon/protocol/domain/dailyReview.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { isDue, listsOf, nextOpen, type ReviewStep, reviewSteps } from '../../daemon/protocol/words/openItems.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isUnderWay } from '../connection/standing.ts';
import { insideOf } from '../evidence/logPlace.ts';
import { messageText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import { forConnectedRollout } from './forRollout.ts';
import { pickPage } from './pickPage.ts';
import type { Handler } from './registerCommand.ts';
import { endPage, type ItemChoice, itemPage, overviewPage } from './reviewPages.ts';

const reachLimit = 20_000;
/** How long to wait for the view to show the effect of an answer. */
const viewLimit = 5000;
const shownFor = 8000;
const longestNote = 2000;

/** Walks through today's due checklists, item by item, with the figures of each item, and keeps the findings. */
export function dailyReviewCommand(actions: Actions): Handler {
  const { t } = actions;
  const due = (view: RolloutView) => reviewSteps(view).filter(({ item }) => isDue(item)).length;
  return forConnectedRollout(
    actions,
    t('Daily Review'),
    async (chosen) => {
      await new DailyReview(actions, chosen).run();
    },
    {
      rank: (view) => (due(view) > 0 ? 2 : 0) + (isUnderWay(view) ? 1 : 0),
      note: (view) => (due(view) > 0 ? t('{0} due', due(view)) : t('nothing due')),
    },
  );
}

/** Where the dialog is: at the overview, at the step of this index, or at its end. */
type Place = 'overview' | 'end' | number;

/** One walk through the review. Every tick is sent at once, so that a person may stop anywhere and continue later. */
class DailyReview {
  readonly #actions: Actions;
  readonly #chosen: ConnectedRollout;
  /** The items that were due at the start: a ticked item keeps its number. */
  readonly #ids: readonly string[];
  readonly #been: Place[] = [];

  constructor(actions: Actions, chosen: ConnectedRollout) {
    this.#actions = actions;
    this.#chosen = chosen;
    this.#ids = reviewSteps(chosen.rollout).map(({ item }) => item.id);
  }

  async run(): Promise<void> {
    const { vscode, t } = this.#actions;
    const progress = { location: vscode.ProgressLocation.Window, title: t('Gathering the facts') };
    const facts = await vscode.window.withProgress(
      progress,
      async () => await this.#chosen.connection.ask('review', { rollout: this.#view.rollout, since: null }),
    );
    let place: Place | null = 'overview';
    while (place !== null) place = await this.#at(place, facts);
  }

  /** The next place of the dialog; `null` when it is over. */
  async #at(place: Place, facts: ReviewFacts): Promise<Place | null> {
    if (place === 'overview') return await this.#overview(facts);
    if (place === 'end') return await this.#end(facts);
    const step = this.#steps[place];
    return step === undefined ? 'end' : await this.#item(step, place, facts);
  }

  async #overview(facts: ReviewFacts): Promise<Place | null> {
    const { vscode } = this.#actions;
    const picked = await pickPage(vscode, overviewPage(this.#actions, facts, this.#view, this.#steps));
    return picked.kind === 'chosen' ? this.#next('overview') : this.#stopped();
  }

  async #item(step: ReviewStep, index: number, facts: ReviewFacts): Promise<Place | null> {
    const { vscode, clock } = this.#actions;
    const position = { index, total: this.#ids.length };
    const picked = await pickPage(vscode, itemPage(this.#actions, facts, step, position, clock.now()));
    if (picked.kind === 'back') return this.#been.pop() ?? 'overview';
    if (picked.kind === 'closed') return this.#stopped();
    return (await this.#carryOut(picked.choice, step)) === 'on' ? this.#next(index) : index;
  }

  async #end(facts: ReviewFacts): Promise<Place | null> {
    const { vscode, t } = this.#actions;
    const picked = await pickPage(vscode, endPage(this.#actions, facts, this.#steps));
    if (picked.kind === 'back') return this.#been.pop() ?? 'overview';
    if (picked.kind === 'closed') return this.#stopped();
    const note = picked.choice === 'write' ? '' : await this.#ask(t('A closing word for the review log'), false);
    if (note === undefined) return 'end';
    const closed = await this.#close(facts, note);
    if (closed === undefined) return 'end';
    void this.#tell(closed);
    return null;
  }

  /** From here to the next item that is still open. */
  #next(from: Place): Place {
    this.#been.push(from);
    return nextOpen(this.#steps, from === 'overview' ? -1 : Number(from)) ?? 'end';
  }

  #stopped(): null {
    const { vscode, t } = this.#actions;
    const text = t('Review stopped: ticks stay, and Daily Review continues it.');
    vscode.window.setStatusBarMessage(text, shownFor);
    return null;
  }

  /** `on`: the item is settled, and the next one follows. */
  async #carryOut(choice: ItemChoice, { item }: ReviewStep): Promise<'on' | 'stay'> {
    const { t } = this.#actions;
    switch (choice) {
      case 'leave':
        return 'on';
      case 'tick':
        return await this.#send(item.id, { ticked: true });
      case 'untick':
        await this.#send(item.id, { ticked: false });
        return 'stay';
      case 'tick-with-note': {
        const note = await this.#ask(t('Note on "{0}"', plainText(item.title, 100)), true);
        return note === undefined ? 'stay' : await this.#send(item.id, { ticked: true, note });
      }
      case 'skip': {
        const note = await this.#ask(t('Why "{0}" is skipped this time', plainText(item.title, 100)), true);
        return note === undefined ? 'stay' : await this.#send(item.id, { ticked: false, note, as: 'skip' });
      }
      case 'note': {
        const note = await this.#ask(t('Note on "{0}"', plainText(item.title, 100)), true);
        if (note !== undefined) await this.#send(item.id, { ticked: false, note, as: 'note' });
        return 'stay';
      }
    }
  }

  async #send(
    item: string,
    what: { readonly ticked: boolean; readonly note?: string; readonly as?: 'skip' | 'note' },
  ): Promise<'on' | 'stay'> {
    const { vscode, actor, newKey, log } = this.#actions;
    const before = JSON.stringify(this.#found(item));
    try {
      const params = { rollout: this.#view.rollout, key: newKey(), by: actor, item, ...what };
      const outcome = await this.#chosen.connection.order('tick', params, reachLimit);
      if (outcome.kind === 'refused') {
        log.info(`tick of ${item} was refused (${outcome.code}): ${outcome.message}`);
        void vscode.window.showWarningMessage(`Rampwatch: ${messageText(outcome.message)}`);
        return 'stay';
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      void vscode.window.showErrorMessage(`Rampwatch: ${messageText(error.message)}`);
      return 'stay';
    }
    await this.#chosen.connection.until(() => JSON.stringify(this.#found(item)) !== before, viewLimit);
    return 'on';
  }

  async #close(
    { rollout, period }: ReviewFacts,
    note: string,
  ): Promise<Extract<ClosedReview, { kind: 'done' }> | undefined> {
    const { vscode, actor, newKey } = this.#actions;
    try {
      const closed = await this.#chosen.connection.order(
        'closeReview',
        { rollout, key: newKey(), by: actor, since: period.from, ...(note !== '' && { note }) },
        reachLimit,
      );
      if (closed.kind === 'done') return closed;
      void vscode.window.showErrorMessage(`Rampwatch: ${messageText(closed.message)}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      void vscode.window.showErrorMessage(`Rampwatch: ${messageText(error.message)}`);
    }
    return undefined;
  }

  async #tell({ summary, log }: Extract<ClosedReview, { kind: 'done' }>): Promise<void> {
    const { vscode, t } = this.#actions;
    const copy = t('Copy');
    const open = t('Open Review Log');
    const answer = await vscode.window.showInformationMessage(messageText(summary, 1500), copy, open);
    if (answer === copy) await vscode.env.clipboard.writeText(summary);
    if (answer === open) {
      const file = await insideOf(dirname(this.#view.plan.file), log, t);
      const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
      const at = new vscode.Position(newestEntry(document.getText()), 0);
      await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
    }
  }

  /** `undefined`: the person cancelled. */
  async #ask(title: string, needed: boolean): Promise<string | undefined> {
    const { vscode, t } = this.#actions;
    const text = await vscode.window.showInputBox({
      title,
      prompt: t('It stays in the journal and in the review log.'),
      validateInput: (typed) => {
        if (needed && typed.trim() === '') return t('A word is needed.');
        return typed.length > longestNote ? t('At most {0} characters.', longestNote) : undefined;
      },
      ignoreFocusOut: true,
    });
    return text?.trim();
  }

  get #view(): RolloutView {
    const { standing, rollout } = this.#chosen;
    return this.#actions.connections.find(standing.folder, rollout.rollout)?.rollout ?? rollout;
  }

  get #steps(): readonly ReviewStep[] {
    return this.#ids.flatMap((id) => this.#found(id) ?? []);
  }

  #found(id: string): ReviewStep | undefined {
    for (const list of listsOf(this.#view)) {
      const item = list.items.find((each) => each.id === id);
      if (item !== undefined) return { list, item };
    }
    return undefined;
  }
}

/** The line of the entry that was appended last, from 0. */
function newestEntry(log: string): number {
  const last = log.split('\n').findLastIndex((line) => line.startsWith('## '));
  return Math.max(0, last);
}
