import type { Memento } from 'vscode';
import type { WantedCredential } from '../../daemon/protocol/wire/credentials.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Actions } from '../commands/actions.ts';
import { SubjectArgument } from '../commands/forRollout.ts';
import { type ConfigurationKey, readConfiguration } from '../configuration.ts';
import { isLive, type RolloutStanding, rolloutsOf, type Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import { credentialNotice, type NoticeKind, noticeKinds, noticesFor, outdates, stillHolds } from './noticesFor.ts';
import { type NoticeAbout, type NoticeMessage, noticeMessage } from './noticeText.ts';

const settings = {
  credential: 'rampwatch.notify.sourceSilent',
  drifted: 'rampwatch.notify.rollback',
  exposed: 'rampwatch.notify.rollback',
  gateReady: 'rampwatch.notify.gateReady',
  heldByTrigger: 'rampwatch.notify.reviewNeeded',
  reviewNeeded: 'rampwatch.notify.reviewNeeded',
  rollback: 'rampwatch.notify.rollback',
  rollbackDone: 'rampwatch.notify.rollbackFailed',
  rollbackFailed: 'rampwatch.notify.rollbackFailed',
  sourceSilent: 'rampwatch.notify.sourceSilent',
  unapproved: 'rampwatch.notify.sourceSilent',
} as const satisfies Readonly<Record<NoticeKind, ConfigurationKey>>;

const toldKey = 'rampwatch.told';
const mostTold = 200;
/** How long an unanswered message delays the next one. */
const longestWait = 60_000;

interface NotifierPorts {
  /** Reaches a person whose window is not in front. */
  tellAway(text: string): Promise<void>;
  /** False for a credential that is on its way from this window to the daemon. */
  isLacking(folder: string, wanted: WantedCredential): boolean;
}

/** Tells a person the few things worth an interruption: one message at a time, and nothing twice. */
export class Notifier extends Disposables {
  readonly #actions: Actions;
  readonly #memory: Memento;
  readonly #ports: NotifierPorts;
  readonly #seen = new Map<string, RolloutView>();
  #waiting: NoticeAbout[] = [];
  /** All rollouts, live or not: a message has to be told apart from them. */
  #all: readonly RolloutStanding[] = [];
  /** The message on screen, with its urgency; `null`: there is none, or nothing of it is so any more. */
  #showing: { readonly rank: number; readonly of: readonly NoticeAbout[] } | null = null;

  constructor(actions: Actions, memory: Memento, ports: NotifierPorts) {
    super();
    this.#ports = ports;
    this.#actions = actions;
    this.#memory = memory;
  }

  /** Looks at the present state. A merely last known state is no news. */
  look(standings: readonly Standing[]): void {
    this.#all = rolloutsOf(standings);
    for (const shown of rolloutsOf(standings.filter(isLive))) {
      const name = `${shown.standing.folder}|${shown.rollout.rollout}`;
      this.#noteCredentials(shown);
      const before = this.#seen.get(name) ?? null;
      if (before === shown.rollout) continue;
      this.#seen.set(name, shown.rollout);
      const isOver = ({ notice, shown: of }: NoticeAbout) =>
        name === `${of.standing.folder}|${of.rollout.rollout}` && !stillHolds(notice, shown.rollout);
      this.#waiting = this.#waiting.filter((each) => !isOver(each));
      if (this.#showing?.of.every(isOver) === true) this.#showing = null;
      for (const notice of noticesFor(before, shown.rollout, this.#actions.actor)) {
        const key = `${shown.standing.folder}|${notice.key}`;
        if (!readConfiguration(this.#actions.vscode, settings[notice.kind]) || !this.#isNew(key)) continue;
        const isOf = ({ standing, rollout }: RolloutStanding) => name === `${standing.folder}|${rollout.rollout}`;
        const stays = (each: NoticeAbout) => !isOf(each.shown) || !outdates(notice.kind, each.notice.kind);
        this.#waiting = [...this.#waiting.filter(stays), { notice, shown }];
      }
    }
    this.#showNext();
  }

  #noteCredentials(shown: RolloutStanding): void {
    const { folder } = shown.standing;
    for (const wanted of shown.rollout.credentials ?? []) {
      const notice = credentialNotice(shown.rollout, wanted);
      if (!this.#ports.isLacking(folder, wanted)) continue;
      if (!readConfiguration(this.#actions.vscode, settings.credential)) continue;
      if (this.#isNew(`${folder}|${notice.key}`)) this.#waiting = [...this.#waiting, { notice, shown }];
    }
  }

  /** Across reloads of the window too. */
  #isNew(key: string): boolean {
    const told = this.#memory.get<readonly string[]>(toldKey) ?? [];
    if (told.includes(key)) return false;
    void this.#memory.update(toldKey, [...told, key].slice(-mostTold));
    return true;
  }

  /** Only a more urgent notice does not wait for the message on screen. */
  #showNext(): void {
    const rank = Math.min(...this.#waiting.map(({ notice }) => noticeKinds.indexOf(notice.kind)));
    if (this.disposed || this.#waiting.length === 0 || (this.#showing !== null && this.#showing.rank <= rank)) return;
    const message = noticeMessage(this.#waiting, this.#all, this.#actions.clock.now(), this.#actions.t);
    const of = this.#waiting;
    this.#waiting = [];
    if (message === null) return;
    const showing = { rank, of };
    this.#showing = showing;
    const over = () => {
      waited.dispose();
      if (this.#showing !== showing) return;
      this.#showing = null;
      this.#showNext();
    };
    const waited = this.add(this.#actions.clock.after(longestWait, over));
    this.#show(message).then(over, (error: unknown) => {
      this.#actions.log.error(`notification: ${String(error)}`);
      over();
    });
  }

  async #show({ tone, text, buttons }: NoticeMessage): Promise<void> {
    const { window, commands } = this.#actions.vscode;
    const labels = buttons.map(({ label }) => label);
    void this.#ports.tellAway(text);
    const answer =
      tone === 'error'
        ? await window.showErrorMessage(text, ...labels)
        : tone === 'warning'
          ? await window.showWarningMessage(text, ...labels)
          : await window.showInformationMessage(text, ...labels);
    const chosen = buttons.find(({ label }) => label === answer);
    if (chosen === undefined) return;
    const argument = chosen.subject === null ? [] : [new SubjectArgument(chosen.subject)];
    // The message is answered; the action asks its own question and may take its time.
    void commands.executeCommand(chosen.command, ...argument);
  }
}
