import { hostname } from 'node:os';
import type { LogOutputChannel, SecretStorage } from 'vscode';
import * as z from 'zod';
import { placeName } from '../../daemon/protocol/domain/credentialText.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { HandedOver, WantedCredential } from '../../daemon/protocol/wire/credentials.ts';
import type { Connections } from '../connection/connections.ts';
import type { PlanConnection } from '../connection/planConnection.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import { refusedInWords } from './refusedInWords.ts';

const kept = z.record(z.string(), z.string());
/** By place, as the plan names it. */
type Credentials = ReadonlyMap<string, string>;

interface Ports {
  readonly vscode: Vscode;
  readonly secrets: SecretStorage;
  readonly connections: Connections;
  readonly log: LogOutputChannel;
}

/**
 * The credentials that a person has stored in the editor, for each machine and plan folder apart: a plan of another folder
 * gets none of them. Whenever a daemon is reached they are handed to it, over the authenticated local socket; it holds
 * them in its memory alone. No value is logged here.
 */
export class StoredCredentials extends Disposables {
  readonly #ports: Ports;
  readonly #known = new Map<string, Credentials>();
  readonly #reached = new Set<PlanConnection>();
  readonly #refusals = new Set<string>();
  #working: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports) {
    super();
    this.#ports = ports;
    this.add(
      ports.secrets.onDidChange(({ key }) => {
        for (const folder of this.#known.keys()) if (this.#keyOf(folder) === key) void this.#takeChanges(folder);
      }),
    );
  }

  /** Reads what is stored for new folders, and hands it over where a daemon was reached since the last look. */
  look(): void {
    const { all } = this.#ports.connections;
    for (const connection of this.#reached) if (!all.includes(connection)) this.#reached.delete(connection);
    for (const connection of all) {
      const { folder, link } = connection.standing;
      const isReached = link.kind === 'live' || link.kind === 'silent';
      const isNew = isReached && !this.#reached.has(connection);
      if (isReached) this.#reached.add(connection);
      else this.#reached.delete(connection);
      if (isNew) void this.#inTurn(() => this.#handAll(connection));
      else if (!this.#known.has(folder)) void this.#inTurn(() => this.#read(folder));
    }
  }

  /** What is stored for the folders of this window. */
  get all(): readonly { readonly folder: string; readonly place: string }[] {
    return [...this.#known].flatMap(([folder, credentials]) =>
      [...credentials.keys()].map((place) => ({ folder, place })),
    );
  }

  /** False while it may be on its way from here. */
  isLacking(folder: string, { place, want }: WantedCredential): boolean {
    const known = this.#known.get(folder);
    return known !== undefined && (want === 'refused' || !known.has(place));
  }

  /** Variables for a command that runs without the daemon: those that this process has not. */
  variablesOf(folder: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...(this.#known.get(folder) ?? [])].flatMap(([place, value]) => {
        const name = placeName(place);
        return place.startsWith('env:') && (process.env[name]?.trim() ?? '') === '' ? [[name, value]] : [];
      }),
    );
  }

  /**
   * Keeps it and hands it over. Returns where the daemon takes it from now; `null`: no daemon of the folder is reached.
   * @throws UserError when the daemon takes none
   */
  store(folder: string, place: string, value: string): Promise<HandedOver | null> {
    return this.#inTurn(async () => {
      await this.#keep(folder, new Map([...(await this.#read(folder)), [place, value]]));
      return await this.#hand(folder, place, value);
    });
  }

  /** Removes it here, and takes it back from the daemon. */
  forget(folder: string, place: string): Promise<HandedOver | null> {
    return this.#inTurn(async () => {
      const left = new Map(await this.#read(folder));
      left.delete(place);
      await this.#keep(folder, left);
      return await this.#hand(folder, place, null);
    });
  }

  /** Another window has stored or forgotten one. */
  #takeChanges(folder: string): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#known.get(folder) ?? new Map<string, string>();
      const after = await this.#read(folder);
      for (const [place, value] of after)
        if (before.get(place) !== value) await this.#quietly(folder, () => this.#hand(folder, place, value));
      for (const place of before.keys())
        if (!after.has(place)) await this.#quietly(folder, () => this.#hand(folder, place, null));
    });
  }

  async #handAll(connection: PlanConnection): Promise<void> {
    const { folder } = connection.standing;
    for (const [place, value] of await this.#read(folder))
      await this.#quietly(folder, () => connection.ask('handCredential', { place, value }));
  }

  async #hand(folder: string, place: string, value: string | null): Promise<HandedOver | null> {
    const connection = [...this.#reached].find(({ standing }) => standing.folder === folder);
    if (connection === undefined) return null;
    try {
      return await connection.ask('handCredential', { place, value });
    } catch (error) {
      throw refusedInWords(error, connection.standing, this.#ports.vscode.l10n.t);
    }
  }

  /** A refusal is told once, to whoever has not asked for anything. */
  async #quietly(folder: string, act: () => Promise<unknown>): Promise<void> {
    const { vscode, log, connections } = this.#ports;
    try {
      await act();
    } catch (error) {
      const standing = connections.standings.find((each) => each.folder === folder);
      const refused = standing === undefined ? error : refusedInWords(error, standing, vscode.l10n.t);
      if (!(refused instanceof UserError)) throw refused;
      log.warn(`${folder}: ${refused.message}`);
      // It is handed over again when the connection is.
      if (refused.code === 'disconnected' || this.#refusals.has(refused.message)) return;
      this.#refusals.add(refused.message);
      void vscode.window.showWarningMessage(`Rampwatch: ${refused.message}`);
    }
  }

  async #read(folder: string): Promise<Credentials> {
    const text = await this.#ports.secrets.get(this.#keyOf(folder));
    const credentials = new Map(Object.entries(parsed(text)));
    this.#known.set(folder, credentials);
    return credentials;
  }

  async #keep(folder: string, credentials: Credentials): Promise<void> {
    this.#known.set(folder, credentials);
    const key = this.#keyOf(folder);
    if (credentials.size === 0) await this.#ports.secrets.delete(key);
    else await this.#ports.secrets.store(key, JSON.stringify(Object.fromEntries(credentials)));
  }

  /** The storage lies with the window; the same path on another machine is another folder. */
  #keyOf(folder: string): string {
    const machine = this.#ports.vscode.env.remoteName === undefined ? '' : hostname();
    return `rampwatch.credentials|${machine}|${folder}`;
  }

  /** One after the other, so that no two read and write at once. */
  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#working.then(act, act);
    this.#working = result.catch((error: unknown) => {
      if (!(error instanceof UserError)) this.#ports.log.error(`stored credentials: ${nameOf(error)}`);
    });
    return result;
  }
}

/** Nothing of an error's own text, which may tell what was to be stored. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function parsed(text: string | undefined): Readonly<Record<string, string>> {
  try {
    return kept.catch({}).parse(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}
