import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldedState } from '../../daemon/live/storedState.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { verifyJournal } from '../../daemon/store/verify.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

/** More of them by `npm run faults`. */
const runs = Number(process.env.RAMPWATCH_FAULTS ?? 6);
const mayTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const program = new URL('rollingBackChild.ts', import.meta.url).pathname;
const placed = (name: string) => `$\{${name}}`;

const plan = `version: 1
id: up
sources: [{ file: a.jsonl }]
arms: { treatment: { kind: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: on, percent: 10 }]
flag: { dotenv: .env, set: { ENABLED: "${placed('enabled')}", PERCENT: "${placed('percent')}" } }
`;
const counted = countedUnder(plan);
const off = 'ENABLED=false\nPERCENT=0\n';
const on = 'ENABLED=true\nPERCENT=10\n';

interface Fault {
  /** The calls that fail, by the name of the system's. */
  readonly call: string;
  readonly error: string;
  /** The first failing one of the calls of a thread, and how many fail in a row. */
  readonly from: number;
  readonly times: number;
}

function countedUnder(text: string) {
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return { plan: parsed.loaded.plan, instrument: compileInstrument(parsed.loaded.plan) };
}

function workspace(): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'rampwatch.yaml'), plan);
  writeFileSync(join(directory, '.env'), off);
  return directory;
}

/** The lines that the program says while its calls on the store and the flag fail so. */
function under(directory: string, { call, error, from, times }: Fault): readonly string[] {
  const store = join(directory, 'state', 'store');
  const files = ['', '-wal', '-journal', '-shm'].map((end) => join(store, `state.sqlite${end}`));
  // Others open files too; nobody else renames, writes at a place, or waits for the disk.
  const paths = call === 'openat' ? [...files, store, directory, join(directory, '.env')] : [];
  const inject = `inject=${call}:error=${error}:when=${from}..${from + times - 1}`;
  const words = ['-f', '-qq', '-o', '/dev/null', ...paths.flatMap((path) => ['-P', path]), '-e', inject];
  const { stdout, signal } = spawnSync('strace', [...words, process.execPath, program, directory], {
    encoding: 'utf8',
    timeout: 60_000,
    // The calls are numbered thread by thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  expect(signal).toBeNull();
  return stdout.trim().split('\n');
}

function goesOn(directory: string): readonly string[] {
  const { stdout } = spawnSync(process.execPath, [program, directory, 'go on'], { encoding: 'utf8' });
  return stdout.trim().split('\n');
}

function kept(directory: string) {
  const store = openStore(join(directory, 'state'));
  try {
    const state = foldedState('up', '', store, wallTime(0));
    const { positions, cells, outcomes, keptSince } = store.load('up');
    const { records } = Ledger.restore(counted.plan, counted.instrument, cells, outcomes, keptSince);
    const read = Number(positions[0]?.body ?? 0);
    return { verified: verifyJournal(store.entries()), state, records, read };
  } finally {
    store.close();
  }
}

/** Nothing that was said is untrue by the disk, nothing failed in silence, and the next start finishes it. */
function holds(directory: string, said: readonly string[]): void {
  const flag = () => readFileSync(join(directory, '.env'), 'utf8');
  const { verified, state, records, read } = kept(directory);
  expect(verified).toMatchObject({ kind: 'intact' });
  // Each record is counted with its position or not at all, and what the program holds for counted is stored.
  expect(records).toBe(read);
  const told = said.find((line) => line.startsWith('counted '));
  if (told !== undefined) expect(told).toBe(`counted ${read}`);
  expect(said.filter((line) => line.startsWith('defect'))).toEqual([]);
  const isDone = said.includes('rolled-back');
  if (isDone) expect([state.phase.kind, flag()]).toEqual(['rolled-back', off]);
  if (said.includes('set')) expect(state.visits).toHaveLength(1);
  if (state.effect?.progress === 'verified') expect(flag()).toBe(state.effect.percent === 0 ? off : on);
  const hasFailed = said.some((line) => line.startsWith('fault') || line.includes('refused'));
  expect(isDone || hasFailed).toBe(true);
  const isAsked = state.phase.kind === 'rolling-back' || state.phase.kind === 'rollback-failed';
  // Nobody is exposed by an attempt that is not in the journal.
  if (state.phase.kind === 'planned') expect(flag()).toBe(off);
  const after = goesOn(directory);
  const later = kept(directory);
  expect(later.verified).toMatchObject({ kind: 'intact' });
  expect(later.records).toBe(later.read);
  expect(later.read).toBeGreaterThan(read);
  expect(after).toContain(`counted ${later.read}`);
  expect(leftovers(directory)).toEqual([]);
  if (!isAsked && !isDone) {
    if (later.state.effect?.progress === 'verified') expect(flag()).toBe(later.state.effect.percent === 0 ? off : on);
    return;
  }
  expect(after).toContain('rolled-back');
  expect([later.state.phase.kind, flag()]).toEqual(['rolled-back', off]);
}

/** Drafts of the flag's file that nobody will remove. */
function leftovers(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith('.env.'));
}

const calls = {
  pwrite64: ['EIO', 'ENOSPC'],
  fsync: ['EIO'],
  fdatasync: ['EIO'],
  openat: ['EIO', 'EMFILE', 'ENOSPC'],
  'rename,renameat,renameat2': ['EIO', 'ENOSPC', 'EROFS'],
  ftruncate: ['EIO'],
  'unlink,unlinkat': ['EIO', 'EROFS'],
} as const;

const fault: fc.Arbitrary<Fault> = fc.constantFrom(...(Object.keys(calls) as (keyof typeof calls)[])).chain((call) =>
  fc.record({
    call: fc.constant(call),
    error: fc.constantFrom<string>(...calls[call]),
    from: fc.integer({ min: 1, max: call === 'pwrite64' ? 60 : 12 }),
    times: fc.constantFrom(1, 1, 3, 1000),
  }),
);

it.runIf(mayTrace)(
  'a rollback whose calls fail one by one is never said to be done when it is not, and never fails in silence',
  () => {
    // No shrinking: each run takes a second.
    fc.assert(
      fc.property(fc.noShrink(fault), (each) => {
        const directory = workspace();
        holds(directory, under(directory, each));
      }),
      { numRuns: runs },
    );
  },
  runs * 60_000,
);

it('a store that is torn or flipped at any place is refused, or holds what the flag says', () => {
  const whole = workspace();
  const { stdout } = spawnSync(process.execPath, [program, whole], { encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual([
    'begin done ',
    'set',
    'rollback done ',
    'rolled-back',
    expect.stringMatching(/^counted [1-9]/),
  ]);
  const file = (directory: string) => join(directory, 'state', 'store', 'state.sqlite');
  const bytes = readFileSync(file(whole));
  const pages = bytes.length / 4096;
  const places = [16, 18, 24, 28, 44, 60, 96, 100, 103, 108];
  // The header, then of some pages the kind, the number of cells, the place of a cell, and a byte of its content.
  for (let page = 1; page < pages; page += Math.max(1, Math.floor((pages / runs) * 2)))
    places.push(...[0, 3, 8, 4000].map((at) => page * 4096 + at));
  for (const place of places) {
    for (const damage of ['flip', 'tear'] as const) {
      const directory = temporaryDirectory();
      cpSync(whole, directory, { recursive: true });
      const damaged = damage === 'tear' ? bytes.subarray(0, place) : Buffer.from(bytes);
      if (damage === 'flip') damaged[place] = (damaged[place] ?? 0) ^ 0x55;
      writeFileSync(file(directory), damaged);
      expect([place, damage, outcome(directory)]).toEqual([
        place,
        damage,
        expect.stringMatching(/^(refused|the same)$/),
      ]);
    }
  }
});

function outcome(directory: string): string {
  try {
    const { verified, state, records, read } = kept(directory);
    if (verified.kind !== 'intact') return 'refused';
    if (records !== read) return `${records} records counted and ${read} read`;
    return state.phase.kind === 'rolled-back' ? 'the same' : `${state.phase.kind} beside a flag that is off`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? 'refused' : String(error);
  }
}
