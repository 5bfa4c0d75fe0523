import * as z from 'zod';
import { length } from './planTexts.ts';
import { duration } from './units.ts';

/**
 * How long everything is kept that Rampwatch writes. A person says the first two in the plan (`retention`); the others
 * have one value each.
 *
 * Never deleted: the journal, and with it each rollback with its cause, its effect and its proof; the totals of each
 * stage, for ever by the day. Files of the application are never deleted, only read.
 */

const day = 86_400_000;
const megabyte = 1024 * 1024;

/** Counts of the past. Older minutes become hours, and older hours days (UTC): the sums stay, their course gets coarse. */
export const retentionSchema = z
  .strictObject({
    by_minute: length.default(duration(35 * day)),
    by_hour: length.default(duration(400 * day)),
  })
  .prefault({});

/** For counts that are joined with others minute by minute: nothing is rolled up. */
export const everyMinute = {
  by_minute: duration(Number.POSITIVE_INFINITY),
  by_hour: duration(Number.POSITIVE_INFINITY),
};

/** The shortest time for which minutes are kept: a daily review looks back as far as two days. */
export const leastByMinute = duration(2 * day);

/** Outcomes one by one, with their place: windows are exact to the microsecond that far back, by event time. */
export const outcomesKeptFor = duration(3_600_000);

/**
 * A repeated command finds its first outcome under its key: of the last month, and of the newest thousand whatever their
 * age; a flood of commands is cut at the most. The journal keeps the effect of a command for ever.
 */
export const receiptsKept = { for: duration(30 * day), least: 1000, most: 100_000 };

/** The daemon's own log: full files are renamed, and so many are kept beside the current one. */
export const logKept = { bytes: 5 * megabyte, files: 3 };

/** Positions in files that are gone: such a file may come back under another name. */
export const positionsKept = { read: duration(day), unread: duration(7 * day) };

/** Counts as they were before an edit that took some of them away, for edits that are taken back. */
export const countsBeforeEdits = 3;
