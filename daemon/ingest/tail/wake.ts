import { type FSWatcher, watch } from 'node:fs';
import { watch as watchFolders } from 'chokidar';

/** A busy writer wakes the reader at most this often; the first append after a pause does so at once. */
const busyGap = 10;

/**
 * Wakes the reader early; the poll is the truth, so a watch that cannot be had (no inotify left, a network file system)
 * costs only time. chokidar sees files come and go in the folders, `fs.watch` sees appends to the live files.
 */
export class Wake {
  private readonly wake: (kind: 'append' | 'folder') => void;
  private readonly appends = new Map<string, FSWatcher>();
  private readonly folders = new Set<string>();
  private readonly finder: ReturnType<typeof watchFolders>;
  private lastWake = 0;
  private trailing: NodeJS.Timeout | null = null;

  /** `concerns` tells whether a file of that absolute path could be of interest. */
  constructor(concerns: (path: string) => boolean, wake: (kind: 'append' | 'folder') => void) {
    this.wake = wake;
    this.finder = watchFolders([], {
      ignoreInitial: true,
      // Closed while it still looks around, it leaves watches behind: they must not keep the process alive.
      persistent: false,
      depth: 0,
      ignored: (path, stats) => stats !== undefined && !stats.isDirectory() && !concerns(path),
    });
    for (const event of ['add', 'unlink', 'addDir', 'unlinkDir'] as const)
      this.finder.on(event, () => this.wake('folder'));
    this.finder.on('error', () => {});
  }

  /** Watches exactly these, absolute paths. */
  follow(folders: readonly string[], files: readonly string[]): void {
    for (const folder of folders) if (!this.folders.has(folder)) this.finder.add(folder);
    for (const folder of this.folders) if (!folders.includes(folder)) this.finder.unwatch(folder);
    this.folders.clear();
    for (const folder of folders) this.folders.add(folder);

    const wanted = new Set(files);
    for (const [file, watcher] of this.appends) {
      if (wanted.has(file)) continue;
      watcher.close();
      this.appends.delete(file);
    }
    for (const file of wanted) if (!this.appends.has(file)) this.followFile(file);
  }

  async close(): Promise<void> {
    if (this.trailing !== null) clearTimeout(this.trailing);
    for (const watcher of this.appends.values()) watcher.close();
    this.appends.clear();
    await this.finder.close();
  }

  private followFile(file: string): void {
    try {
      const watcher = watch(file, { persistent: false }, (event) => {
        // After a rename or an unlink this watch is deaf to the file that takes the name.
        if (event === 'rename') {
          watcher.close();
          this.appends.delete(file);
          this.wake('folder');
        } else this.append();
      });
      watcher.on('error', () => {
        watcher.close();
        this.appends.delete(file);
      });
      this.appends.set(file, watcher);
    } catch {
      // The poll reads it all the same.
    }
  }

  private append(): void {
    if (this.trailing !== null) return;
    const wait = this.lastWake + busyGap - performance.now();
    if (wait <= 0) this.wakeNow();
    else this.trailing = setTimeout(() => this.wakeNow(), wait);
  }

  private wakeNow(): void {
    this.trailing = null;
    this.lastWake = performance.now();
    this.wake('append');
  }
}
