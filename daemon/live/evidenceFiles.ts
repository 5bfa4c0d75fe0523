import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readGitHead } from '../ingest/junit/gitHead.ts';
import { JunitFiles } from '../ingest/junit/junitFiles.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { FoundReport } from '../protocol/domain/testReport.ts';
import { wallTime } from '../protocol/domain/units.ts';
import type { FileFact } from '../rollout/checklistEvidence.ts';

const lookEvery = 1000;

interface Told {
  changed(): void;
  /** A defect of ours; the next look is tried all the same. */
  failed(error: unknown): void;
}

/** The files of the evidence, looked at once a second: test reports, the folder's commit, and any other file. */
export class EvidenceFiles {
  readonly #root: string;
  readonly #junit: JunitFiles;
  readonly #paths: readonly string[];
  readonly #told: Told;
  readonly #isAsked: boolean;
  #facts: ReadonlyMap<string, FileFact> = new Map();
  #head: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #started = false;
  #closed = false;

  /** @param paths relative to the plan's folder. */
  constructor({ root, plan }: LoadedPlan, paths: readonly string[], told: Told) {
    this.#root = root;
    this.#junit = new JunitFiles(root, plan.tests, plan.timezone);
    this.#paths = paths;
    this.#told = told;
    this.#isAsked = plan.tests.length > 0 || paths.length > 0;
  }

  /** Begins to look; once is enough. */
  start(): void {
    if (!this.#isAsked || this.#started) return;
    this.#started = true;
    void this.#lookOn();
  }

  /** Every existing file has been looked at: before that, nothing is known to be missing. */
  get isWhole(): boolean {
    return !this.#isAsked || (this.#junit.isWhole && this.#facts.size === this.#paths.length);
  }

  /** The same array while nothing has changed. */
  get reports(): readonly FoundReport[] {
    return this.#junit.found;
  }

  get facts(): ReadonlyMap<string, FileFact> {
    return this.#facts;
  }

  /** The commit the folder is at, while a report names one. */
  get head(): string | null {
    return this.#head;
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const before = [this.reports, this.#head, this.isWhole, JSON.stringify([...this.#facts])];
    await this.#junit.look();
    this.#facts = new Map(
      await Promise.all(this.#paths.map(async (path) => [path, await this.#factOf(path)] as const)),
    );
    const namesCommit = this.reports.some((found) => found.kind === 'report' && found.report.commits.length > 0);
    this.#head = namesCommit ? await readGitHead(this.#root) : null;
    if (this.#closed) return;
    const after = [this.reports, this.#head, this.isWhole, JSON.stringify([...this.#facts])];
    if (after.some((each, index) => each !== before[index])) this.#told.changed();
  }

  /** Now, and again after each pause. */
  async #lookOn(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#told.failed(error);
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#lookOn(), lookEvery).unref();
  }

  async #factOf(path: string): Promise<FileFact> {
    try {
      const real = await realpath(join(this.#root, path));
      const inside = relative(await realpath(this.#root), real);
      if (inside === '..' || inside.startsWith(`..${sep}`)) {
        return { kind: 'error', detail: 'lies outside the plan’s folder' };
      }
      const { mtimeMs } = await stat(real);
      return { kind: 'file', modified: wallTime(Math.floor(mtimeMs)) };
    } catch (error) {
      const code = errorCode(error) || 'unknown';
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? { kind: 'missing' }
        : { kind: 'error', detail: `cannot be looked at (${code})` };
    }
  }
}
