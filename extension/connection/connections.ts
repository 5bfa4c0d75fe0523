import type { Event, EventEmitter } from 'vscode';
import { readConfiguration } from '../configuration.ts';
import { Disposables } from '../disposables.ts';
import { DaemonStarts } from './daemonStarts.ts';
import { type ConnectionPorts, PlanConnection } from './planConnection.ts';
import type { PlanFolder } from './planFolders.ts';
import { type Change, type RolloutStanding, rolloutsOf, type Standing } from './standing.ts';

/** A rollout together with the connection that leads to it. */
export interface ConnectedRollout extends RolloutStanding {
  readonly connection: PlanConnection;
}

/** One connection per plan folder of the workspace. */
export class Connections extends Disposables {
  readonly onDidChange: Event<Change>;
  readonly #ports: ConnectionPorts;
  readonly #changed: EventEmitter<Change>;
  readonly #starts: DaemonStarts;
  readonly #byFolder = new Map<string, PlanConnection>();

  constructor(ports: ConnectionPorts) {
    super();
    this.#ports = ports;
    this.#starts = new DaemonStarts(ports.start, ports.clock);
    this.#changed = this.add(new ports.vscode.EventEmitter<Change>());
    this.onDidChange = this.#changed.event;
    this.add({ dispose: () => this.follow([]) });
  }

  get all(): readonly PlanConnection[] {
    return [...this.#byFolder.values()];
  }

  get standings(): readonly Standing[] {
    return this.all.map((connection) => connection.standing);
  }

  get rollouts(): readonly ConnectedRollout[] {
    return this.all.flatMap((connection) =>
      rolloutsOf([connection.standing]).map((rollout) => ({ ...rollout, connection })),
    );
  }

  /** The newest of what is known of one rollout. */
  find(folder: string, rollout: string): ConnectedRollout | undefined {
    return this.rollouts.find((known) => known.standing.folder === folder && known.rollout.rollout === rollout);
  }

  /** Connects to new folders and drops folders that are gone. Their daemons live on by their own rules. */
  follow(folders: readonly PlanFolder[]): void {
    const wanted = new Map(folders.map((folder) => [folder.folder, folder]));
    for (const [folder, connection] of this.#byFolder) {
      if (wanted.has(folder)) continue;
      this.#byFolder.delete(folder);
      connection.dispose();
    }
    for (const [name, folder] of wanted) {
      const known = this.#byFolder.get(name);
      if (known === undefined) this.#connect(folder);
      else known.replaceFolder(folder);
    }
    if (!this.disposed) this.#changed.fire('link');
  }

  /** A person asked for this folder: its daemon is started whatever the settings say of those that are only there. */
  start(folder: string): void {
    this.#byFolder.get(folder)?.start();
  }

  /** A plan was edited: what could not be started may now be. */
  planEdited(file: string): void {
    for (const connection of this.all) connection.planEdited(file);
  }

  #connect(folder: PlanFolder): void {
    const connection = new PlanConnection(this.#ports, folder, this.#starts);
    connection.onDidChange((change) => this.#changed.fire(change));
    this.#byFolder.set(folder.folder, connection);
    if (readConfiguration(this.#ports.vscode, 'rampwatch.autoStart')) connection.start();
  }
}
