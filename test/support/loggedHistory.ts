import fc from 'fast-check';
import { expect } from 'vitest';
import { IngestBench } from './ingestBench.ts';
import { LoggedFolder, type WrittenFile } from './loggedFolder.ts';
import { systemCalls, systemError } from './systemCalls.ts';

/**
 * A history of a writer, its log rotation and an ingest that polls, is killed and whose store refuses batches, on real files
 * (the way Vector tests its tailing). Every line carries an id of its own, so the oracle is exact: none is counted twice;
 * none is missing unless its bytes were destroyed unread; and where some are, a gap says so.
 */
export class LoggedHistory {
  readonly bench: IngestBench;
  readonly folder: LoggedFolder;
  /** The ingest looks only for the logs of which it is told something, as it does with many files. */
  readonly #isTold: boolean;
  /** May be missing: destroyed where the ingest could not have read them. */
  readonly #lost = new Set<number>();
  /** Lost as well, should the ingest die before its next poll: only its open file still has them. */
  readonly #atRisk = new Set<number>();
  /** A loss among these must be declared: the ingest had read earlier lines of the same file. */
  readonly #knowable = new Set<number>();
  /** Something happened that a gap may be declared for. */
  #mayDeclare = false;

  /** A line was edited: what is left of its log may be too little to be known by, and then the doubled lines are declared. */
  #mayDouble = false;

  constructor(search: 'of everything' | 'of what is told') {
    this.#isTold = search === 'of what is told';
    this.bench = new IngestBench('metrics.jsonl', this.#isTold ? { manyFiles: 0 } : {});
    this.folder = new LoggedFolder(this.bench.root);
  }

  /** One step, by its text. Throws when the oracle does not hold. */
  async perform(step: string): Promise<void> {
    for (const { text, run } of actions) {
      const match = text.exec(step);
      if (match === null) continue;
      await run(this, ...match.slice(1).map(Number));
      return;
    }
    throw new Error(`no action is called ${step}`);
  }

  /** Ends what was begun, and looks at the result once more after a restart. */
  async end(): Promise<void> {
    this.endCopy();
    this.folder.finish();
    this.bench.refuse = 0;
    await this.poll();
    await this.restart();
    await this.poll();
  }

  async dispose(): Promise<void> {
    systemCalls.clear();
    this.folder.close();
    await this.bench.dispose();
  }

  async poll(): Promise<void> {
    const { bench, folder } = this;
    const refused = bench.refuse > 0;
    await this.round();
    if (refused) return;
    for (const file of folder.files) file.seen = true;
    this.#atRisk.clear();
    const counted = new Set(bench.ids);
    const doubled = bench.ids.filter((id, index) => bench.ids.indexOf(id) !== index);
    if (!this.#mayDouble || !bench.gaps.some((gap) => gap.doubled)) expect(doubled, 'none twice').toEqual([]);
    const missing = folder.files.flatMap(({ ids }) => ids).filter((id) => !counted.has(id) && !this.#lost.has(id));
    expect(missing, 'none missing').toEqual([]);
    const undeclared = [...this.#lost].filter((id) => this.#knowable.has(id) && !counted.has(id));
    if (undeclared.length > 0) expect(bench.gaps.length, 'loss declared').toBeGreaterThan(0);
    if (!this.#mayDeclare) expect(bench.gaps).toEqual([]);
    expect(bench.rejected).toEqual({});
  }

  /** What the ingest is told before a round. */
  told(): readonly string[] | undefined {
    return this.#isTold ? this.bench.changes() : undefined;
  }

  /** A poll without a look at what it has found. */
  async round(told = this.told()): Promise<void> {
    await this.bench.ingest.poll(told);
  }

  async restart(): Promise<void> {
    for (const id of this.#atRisk) this.#lost.add(id);
    this.#atRisk.clear();
    for (const file of this.folder.files) file.seen = false;
    await this.bench.restart();
  }

  /** The file's bytes are gone, by any way but an open file. @param before earlier lines of the same file, which are not. */
  destroy(file: WrittenFile | null, remains: 'open file' | 'nothing', before: readonly number[] = []): void {
    if (file === null) return;
    this.#mayDeclare = true;
    const counted = new Set(this.bench.ids);
    const begun = [...before, ...file.ids].some((id) => counted.has(id));
    for (const id of file.ids) {
      if (counted.has(id)) continue;
      (remains === 'open file' && file.seen ? this.#atRisk : this.#lost).add(id);
      if (begun) this.#knowable.add(id);
    }
  }

  /** A rotation by copying ends before anything else happens to the names. */
  endCopy(): void {
    const ended = this.folder.truncateCopied();
    if (ended !== null) this.destroy(ended.gone, 'nothing', ended.copied.ids);
  }

  mayDouble(): void {
    this.#mayDeclare = true;
    this.#mayDouble = true;
  }

  /** Something may be declared that is not so: the content of the files does not tell. */
  mayDeclare(): void {
    this.#mayDeclare = true;
  }
}

interface Action {
  readonly text: RegExp;
  readonly step: fc.Arbitrary<string>;
  run(history: LoggedHistory, ...numbers: number[]): Promise<void> | void;
}

const padding = fc.constantFrom(1, 20, 300);

/** Does something with the names, once a copy under way has ended. */
function rotation(
  name: string,
  rotate: (folder: LoggedFolder, number: number) => WrittenFile | null | undefined,
  remains: 'open file' | 'nothing' = 'nothing',
): Action {
  return {
    text: new RegExp(`^${name}$`),
    step: fc.constant(name),
    run: (history, number = 0) => {
      history.endCopy();
      history.destroy(rotate(history.folder, number) ?? null, remains);
    },
  };
}

const actions: readonly Action[] = [
  {
    text: /^write (\d+) of (\d+)$/,
    step: fc.tuple(fc.integer({ min: 1, max: 9 }), padding).map(([count, width]) => `write ${count} of ${width}`),
    run: ({ folder }, count = 0, width = 0) => folder.write(count, width),
  },
  {
    text: /^begin a line of (\d+)$/,
    step: padding.map((width) => `begin a line of ${width}`),
    run: ({ folder }, width = 0) => folder.begin(width),
  },
  { text: /^finish the line$/, step: fc.constant('finish the line'), run: ({ folder }) => folder.finish() },
  {
    text: /^fall quiet$/,
    step: fc.constant('fall quiet'),
    // The ingest notes that, and then that nothing more happens. Only Linux tells of each change from then on.
    run: async (history) => {
      if (process.platform !== 'linux') return;
      history.folder.fallQuiet();
      for (let look = 0; look < 3; look += 1) await history.poll();
    },
  },
  {
    text: /^grow old$/,
    step: fc.constant('grow old'),
    run: ({ folder }) => folder.growOld(),
  },
  { text: /^poll$/, step: fc.constant('poll'), run: (history) => history.poll() },
  rotation('rotate', (folder) => {
    folder.rotate();
    return null;
  }),
  rotation('rotate and compress', (folder) => {
    folder.rotate();
    folder.compress(0);
    return null;
  }),
  rotation('rotate and compress the last', (folder) => {
    folder.rotateAndCompressLast();
    return null;
  }),
  {
    text: /^compress (\d)$/,
    step: fc.integer({ min: 1, max: 4 }).map((number) => `compress ${number}`),
    run: ({ folder }, number = 1) => folder.compress(number - 1),
  },
  {
    text: /^compress while (\d) are written of (\d+)$/,
    step: fc
      .tuple(fc.integer({ min: 1, max: 4 }), padding)
      .map(([count, width]) => `compress while ${count} are written of ${width}`),
    run: (history, count = 1, width = 1) => {
      history.endCopy();
      const { ids, seen } = history.folder.compressWhileWritten(count, width);
      history.destroy({ ids, seen }, 'open file');
    },
  },
  {
    text: /^preallocate (\d+)$/,
    step: fc.constantFrom(10, 5000).map((bytes) => `preallocate ${bytes}`),
    run: ({ folder }, bytes = 0) => folder.preallocate(bytes),
  },
  {
    text: /^copy and truncate$/,
    step: fc.constant('copy and truncate'),
    run: (history) => {
      history.endCopy();
      history.mayDeclare();
      history.folder.copyAndTruncate();
    },
  },
  { text: /^copy plain$/, step: fc.constant('copy plain'), run: ({ folder }) => folder.copy('plain') },
  { text: /^copy compressed$/, step: fc.constant('copy compressed'), run: ({ folder }) => folder.copy('compressed') },
  { text: /^truncate the copied$/, step: fc.constant('truncate the copied'), run: (history) => history.endCopy() },
  rotation('truncate', (folder) => folder.truncate()),
  rotation('delete and recreate', (folder) => folder.deleteAndRecreate(), 'open file'),
  rotation('drop the oldest', (folder) => folder.dropOldest(), 'open file'),
  {
    text: /^trim to (\d+)$/,
    step: fc.integer({ min: 0, max: 12 }).map((kept) => `trim to ${kept}`),
    run: (history, kept = 0) => {
      history.endCopy();
      // Two files that begin differently and were never read are not known to share lines.
      const counted = new Set(history.bench.ids);
      if (history.folder.live.ids.some((id) => !counted.has(id))) return;
      history.destroy(history.folder.trim(kept), 'nothing');
    },
  },
  {
    text: /^edit line (\d) from the end$/,
    step: fc.integer({ min: 2, max: 5 }).map((back) => `edit line ${back} from the end`),
    run: (history, back = 2) => {
      history.endCopy();
      history.folder.finish();
      const { ids } = history.folder.live;
      const counted = new Set(history.bench.ids);
      // So short a log has too little that it could be known by, and the doubled lines are declared.
      if (ids.length < back + 3 || ids.some((id) => !counted.has(id))) return;
      history.mayDouble();
      history.folder.edit(back);
    },
  },
  rotation('save', (folder) => {
    folder.save();
    return null;
  }),
  rotation('restore', (folder) => folder.restore()),
  rotation('move away', (folder) => folder.moveAway(), 'open file'),
  { text: /^copy aside$/, step: fc.constant('copy aside'), run: ({ folder }) => folder.copyAside() },
  ...(
    [
      ['copy and truncate', (history) => history.folder.copy('plain'), (history) => history.endCopy()],
      [
        'write, and truncate the copied',
        (history) => history.folder.copy('plain'),
        (history) => {
          history.folder.write(1, 1);
          history.endCopy();
        },
      ],
      [
        'copy, write and truncate',
        () => {},
        (history) => {
          history.folder.copy('plain');
          history.folder.write(1, 1);
          history.endCopy();
        },
      ],
      ['copy', () => {}, ({ folder }) => folder.copy('plain')],
      ['rotate', () => {}, ({ folder }) => folder.rotate()],
      [
        'rotate and compress',
        () => {},
        ({ folder }) => {
          folder.rotate();
          folder.compress(0);
        },
      ],
      ['rotate and compress the last', () => {}, ({ folder }) => folder.rotateAndCompressLast()],
      ['compress', () => {}, ({ folder }) => folder.compress(0)],
      ['truncate', () => {}, (history) => history.destroy(history.folder.truncate(), 'nothing')],
    ] satisfies [string, (history: LoggedHistory) => void, (history: LoggedHistory) => void][]
  ).map(
    ([name, before, within]): Action => ({
      text: new RegExp(`^${name} within a poll, at call (\\d+)$`),
      step: fc.integer({ min: 1, max: 40 }).map((call) => `${name} within a poll, at call ${call}`),
      run: async (history, call = 1) => {
        history.endCopy();
        before(history);
        const told = history.told();
        systemCalls.before(call, () => within(history));
        await history.round(told);
        systemCalls.clear();
        await history.poll();
      },
    }),
  ),
  ...(['EIO', 'EMFILE', 'EACCES', 'ESTALE'] as const).map(
    (code): Action => ({
      text: new RegExp(`^fail with ${code} at call (\\d+)$`),
      step: fc.integer({ min: 1, max: 30 }).map((call) => `fail with ${code} at call ${call}`),
      run: async (history, call = 1) => {
        const told = history.told();
        systemCalls.before(call, () => {
          throw systemError(code);
        });
        await history.round(told);
        systemCalls.clear();
        // It is tried again by itself.
        await history.poll();
      },
    }),
  ),
  { text: /^kill and restart$/, step: fc.constant('kill and restart'), run: (history) => history.restart() },
  {
    text: /^refuse (\d)$/,
    step: fc.integer({ min: 1, max: 3 }).map((count) => `refuse ${count}`),
    run: ({ bench }, count = 1) => {
      bench.refuse += count;
    },
  },
  {
    text: /^some seconds$/,
    step: fc.constant('some seconds'),
    run: ({ bench, folder }) => {
      // A writer lets go of a renamed file within the time that is given it; later the line would count as partial.
      if (folder.writesRenamed) folder.finish();
      bench.clock += 6000;
    },
  },
];

const poll: fc.Arbitrary<string> = fc.constant('poll');

/** Any history. Each step is a text, so that one that was found can be kept as it is. */
export const histories: fc.Arbitrary<readonly string[]> = fc.array(
  fc.oneof({ arbitrary: poll, weight: 2 }, ...actions.map(({ step }) => step)),
  { maxLength: 40, size: 'max' },
);
