import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IngestBench } from '../support/ingestBench.ts';
import { LoggedFolder, type WrittenFile } from '../support/loggedFolder.ts';

/**
 * Random histories of a writer, its log rotation and an ingest that polls, is killed and whose store refuses batches, on
 * real files (the way Vector tests its tailing). Every line carries an id of its own, so the oracle is exact: none is
 * counted twice; none is missing unless its bytes were destroyed unread; and where some are, a gap says so.
 */
interface Model {
  /** Ids that may be missing: destroyed where the ingest could not have read them. */
  readonly lost: Set<number>;
  /** Lost as well, should the ingest die before its next poll: only its open file still has them. */
  readonly atRisk: Set<number>;
  /** A loss among these must be declared: the ingest had read earlier lines of the same file. */
  readonly knowable: Set<number>;
  /** Something happened that a gap may be declared for. */
  mayDeclare: boolean;
}

interface Real {
  readonly bench: IngestBench;
  readonly folder: LoggedFolder;
}

type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (model: Model, real: Real) => Promise<void> | void): Command => ({
  check: () => true,
  run: async (model, real) => run(model, real),
  toString: () => name,
});

/** The file's bytes are gone, by any way but an open file. */
function destroy(model: Model, { bench }: Real, file: WrittenFile | null, remains: 'open file' | 'nothing'): void {
  if (file === null) return;
  model.mayDeclare = true;
  const counted = new Set(bench.ids);
  const begun = file.ids.some((id) => counted.has(id));
  for (const id of file.ids) {
    if (counted.has(id)) continue;
    (remains === 'open file' && file.seen ? model.atRisk : model.lost).add(id);
    if (begun) model.knowable.add(id);
  }
}

async function poll(model: Model, { bench, folder }: Real): Promise<void> {
  const refused = bench.refuse > 0;
  await bench.poll();
  if (refused) return;
  for (const file of folder.files) file.seen = true;
  model.atRisk.clear();
  const counted = new Set(bench.ids);
  expect(counted.size, 'none twice').toBe(bench.ids.length);
  const missing = folder.files.flatMap(({ ids }) => ids).filter((id) => !counted.has(id) && !model.lost.has(id));
  expect(missing, 'none missing').toEqual([]);
  const undeclared = [...model.lost].filter((id) => model.knowable.has(id) && !counted.has(id));
  if (undeclared.length > 0) expect(bench.gaps.length, 'loss declared').toBeGreaterThan(0);
  if (!model.mayDeclare) expect(bench.gaps).toEqual([]);
  expect(bench.rejected).toEqual({});
}

/** A rotation by copying ends before anything else happens to the names. */
function endCopy(model: Model, real: Real): void {
  const gone = real.folder.truncateCopied();
  if (gone !== null) destroy(model, real, gone, 'nothing');
}

async function restart(model: Model, { bench, folder }: Real): Promise<void> {
  for (const id of model.atRisk) model.lost.add(id);
  model.atRisk.clear();
  for (const file of folder.files) file.seen = false;
  await bench.restart();
}

const padding = fc.constantFrom(1, 20, 300);
const commands = [
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), padding)
    .map(([count, width]) => command(`write ${count} of ${width}`, (_, { folder }) => folder.write(count, width))),
  padding.map((width) => command(`begin a line of ${width}`, (_, { folder }) => folder.begin(width))),
  fc.constant(command('finish the line', (_, { folder }) => folder.finish())),
  fc.constant(command('poll', poll)),
  fc.constant(command('poll', poll)),
  fc.constant(
    command('rotate', (model, real) => {
      endCopy(model, real);
      real.folder.rotate();
    }),
  ),
  fc.constant(
    command('rotate, compress', (model, real) => {
      endCopy(model, real);
      real.folder.rotate();
      real.folder.compress(0);
    }),
  ),
  fc.nat(3).map((index) => command(`compress ${index + 1}`, (_, { folder }) => folder.compress(index))),
  fc.constant(
    command('copy and truncate', (model, real) => {
      endCopy(model, real);
      model.mayDeclare = true;
      real.folder.copyAndTruncate();
    }),
  ),
  ...(['plain', 'compressed'] as const).map((how) =>
    fc.constant(command(`copy, ${how}`, (_, { folder }) => folder.copy(how))),
  ),
  fc.constant(command('truncate what was copied', endCopy)),
  fc.constant(
    command('truncate', (model, real) => {
      endCopy(model, real);
      destroy(model, real, real.folder.truncate(), 'nothing');
    }),
  ),
  fc.constant(
    command('delete and recreate', (model, real) => {
      endCopy(model, real);
      destroy(model, real, real.folder.deleteAndRecreate(), 'open file');
    }),
  ),
  fc.constant(
    command('drop the oldest', (model, real) => {
      endCopy(model, real);
      destroy(model, real, real.folder.dropOldest(), 'open file');
    }),
  ),
  fc.integer({ min: 0, max: 12 }).map((kept) =>
    command(`trim to ${kept}`, (model, real) => {
      endCopy(model, real);
      // Two files that begin differently and were never read are not known to share lines.
      const counted = new Set(real.bench.ids);
      if (real.folder.live.ids.some((id) => !counted.has(id))) return;
      destroy(model, real, real.folder.trim(kept), 'nothing');
    }),
  ),
  fc.constant(
    command('save', (model, real) => {
      endCopy(model, real);
      real.folder.save();
    }),
  ),
  fc.constant(
    command('restore', (model, real) => {
      endCopy(model, real);
      destroy(model, real, real.folder.restore(), 'nothing');
    }),
  ),
  fc.constant(
    command('move away', (model, real) => {
      endCopy(model, real);
      destroy(model, real, real.folder.moveAway(), 'open file');
    }),
  ),
  fc.constant(command('copy aside', (_, { folder }) => folder.copyAside())),
  fc.integer({ min: 1, max: 12 }).map((calls) =>
    command(`copy, truncate within a poll at ${calls}`, async (model, real) => {
      endCopy(model, real);
      real.folder.copy('plain');
      real.bench.interrupt = { calls, run: () => endCopy(model, real) };
      await poll(model, real);
      real.bench.interrupt = null;
    }),
  ),
  fc.constant(command('kill and restart', restart)),
  fc.integer({ min: 1, max: 3 }).map((count) =>
    command(`refuse ${count}`, (_, { bench }) => {
      bench.refuse += count;
    }),
  ),
  fc.constant(
    command('some seconds', (_, { bench, folder }) => {
      // A writer lets go of a renamed file within the time that is given it; later the line would count as partial.
      if (folder.writesRenamed) folder.finish();
      bench.clock += 6000;
    }),
  ),
];

const runs = Number(process.env.RAMPWATCH_MODEL_RUNS ?? 150);

it('counts every line once, whatever happens to its file', { timeout: 300_000 + runs * 500 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (history) => {
      const bench = new IngestBench();
      const folder = new LoggedFolder(bench.root);
      try {
        const model: Model = { lost: new Set(), atRisk: new Set(), knowable: new Set(), mayDeclare: false };
        const real = { bench, folder };
        await fc.asyncModelRun(() => ({ model, real }), history);
        endCopy(model, real);
        folder.finish();
        bench.refuse = 0;
        await poll(model, real);
        await restart(model, real);
        await poll(model, real);
      } finally {
        folder.close();
        await bench.dispose();
      }
    }),
    { numRuns: runs, endOnFailure: false },
  );
});
