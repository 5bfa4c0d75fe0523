import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { ConnectedRollout } from '../../extension/connection/connections.ts';
import { Deploys } from '../../extension/happened/deploys.ts';
import { type RunGit, runGit } from '../../extension/happened/git.ts';
import { Happened } from '../../extension/happened/happened.ts';
import { MarkedJournal } from '../../extension/happened/markedJournal.ts';
import { handClock } from '../support/handClock.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { standingOf } from './rowsText.ts';
import { sampleRollout } from './sampleViews.ts';

const minute = 60_000;

/** A journal of so many entries, a minute apart, every tenth of them a signal. */
function journalOf(count: number): readonly JournalEntry[] {
  return Array.from({ length: count }, (_, index): JournalEntry => {
    const seq = index + 1;
    const at = seq * minute;
    const body: JournalBody =
      seq % 10 === 0
        ? { kind: 'signal', name: `s${seq}`, by: 'ada', note: null, at: eventTime(at) }
        : { kind: 'daemon', detail: 'something' };
    return { seq, rollout: 'async-upload', attempt: 1, at: wallTime(at), body, previous: '', hash: '' };
  }).toReversed();
}

/** A rollout whose daemon has this journal. */
function rolloutWith(entries: () => readonly JournalEntry[]) {
  const asked: Params<'journal'>[] = [];
  const known = (): ConnectedRollout => {
    const rollout = sampleRollout({ journal: entries().slice(0, 50) });
    const ask = async (_method: string, params: Params<'journal'>) => {
      asked.push(params);
      const below = entries().filter(({ seq }) => params.before === null || seq < params.before);
      return { entries: below.slice(0, params.limit) };
    };
    return { standing: standingOf([rollout]), rollout, connection: { ask } as never };
  };
  return { asked, known };
}

const names = (entries: readonly JournalEntry[]) =>
  entries.flatMap(({ body }) => (body.kind === 'signal' ? [body.name] : []));

describe('the marked entries of a journal', () => {
  it('are read back as far as is asked for, once', async () => {
    let entries = journalOf(1000);
    const { asked, known } = rolloutWith(() => entries);
    const journal = new MarkedJournal();
    expect(names(await journal.since(known(), 960 * minute))).toEqual(['s1000', 's990', 's980', 's970', 's960']);
    expect(asked).toEqual([]);
    const all = Array.from({ length: 100 }, (_, index) => `s${1000 - index * 10}`);
    const both = await Promise.all([journal.since(known(), 0), journal.since(known(), 0)]);
    expect(both.map(names)).toEqual([all, all]);
    expect(asked).toHaveLength(4);
    entries = journalOf(1020);
    expect(names(await journal.since(known(), 0))).toEqual(['s1020', 's1010', ...all]);
    expect(asked).toHaveLength(4);
  });

  it('are read anew rather than told with a hole, and are asked for again after a failure', async () => {
    let entries = journalOf(100);
    const { known } = rolloutWith(() => entries);
    const journal = new MarkedJournal();
    await journal.since(known(), 0);
    entries = journalOf(400);
    expect(names(await journal.since(known(), 0))).toHaveLength(40);
    const away = { ...known(), connection: { ask: async () => Promise.reject(new Error('away')) } as never };
    const other = new MarkedJournal();
    await expect(other.since(away, 0)).rejects.toThrow('away');
    expect(names(await other.since(known(), 0))).toHaveLength(40);
  });

  it('end at a bound, however long the journal is', async () => {
    const entries = journalOf(12_000);
    const { asked, known } = rolloutWith(() => entries);
    await new MarkedJournal().since(known(), 0);
    expect(asked).toHaveLength(40);
  });
});

describe('deploys', () => {
  function repository(): string {
    const folder = temporaryDirectory();
    const git = (at: number, ...words: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=Mia', '-c', 'user.email=mia@shop.test', ...words], {
        cwd: folder,
        env: { ...process.env, GIT_AUTHOR_DATE: `@${at} +0000`, GIT_COMMITTER_DATE: `@${at} +0000` },
      });
    git(1000, 'init', '--quiet');
    writeFileSync(join(folder, 'a'), 'a');
    git(1000, 'add', 'a');
    git(1000, 'commit', '--quiet', '-m', 'a');
    git(1000, 'tag', 'v1');
    git(2000, 'tag', '-a', 'v2', '-m', 'second');
    git(3000, 'tag', '-a', 'v3-(y)`x`', '-m', 'third');
    return folder;
  }

  it('are the tags of the repository, newest first, with the time of each', async () => {
    const clock = handClock(0);
    const deploys = new Deploys({ git: runGit, clock, isTrusted: () => true });
    const folder = repository();
    const known = await deploys.of(folder);
    expect(known.map(({ name, at }) => [name, at])).toEqual([
      ['v3-(y)`x`', 3_000_000],
      ['v2', 2_000_000],
      ['v1', 1_000_000],
    ]);
    expect(await deploys.of(temporaryDirectory())).toEqual([]);
  });

  it('are read in a trusted workspace alone, and not more than once a minute', async () => {
    const clock = handClock(0);
    let runs = 0;
    let trusted = false;
    const git: RunGit = async () => {
      runs += 1;
      return '7 v1\nnonsense\n';
    };
    const deploys = new Deploys({ git, clock, isTrusted: () => trusted });
    expect(await deploys.of('/app')).toEqual([]);
    expect(runs).toBe(0);
    trusted = true;
    expect(await deploys.of('/app')).toEqual([{ kind: 'deploy', at: 7000, name: 'v1' }]);
    await deploys.of('/app');
    expect(runs).toBe(1);
    clock.advance(minute);
    await deploys.of('/app');
    expect(runs).toBe(2);
  });

  it('stand beside what the journal knows, of the asked time, oldest first', async () => {
    const { known } = rolloutWith(() => journalOf(40));
    const git: RunGit = async () => `${25 * 60} v2\n${5 * 60} v1\n`;
    const deploys = new Deploys({ git, clock: handClock(0), isTrusted: () => true });
    const events = await new Happened(new MarkedJournal(), deploys).between(known(), 10 * minute, 30 * minute);
    expect(events.map((event) => ('name' in event ? event.name : event.kind))).toEqual(['s10', 's20', 'v2', 's30']);
  });
});
