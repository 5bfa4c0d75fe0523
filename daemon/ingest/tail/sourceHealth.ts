import type { RejectReason, SourceGap, SourceHealth } from '../../protocol/domain/observation.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { undecidedText } from '../../protocol/words/timeText.ts';
import type { Tally } from '../formats/tally.ts';

/** More than this share of rejected records degrades a source. */
const tolerableRejects = 0.01;
/** The share is taken over the newest one to two thousand records. */
const recordsPerSpan = 1000;
/** A declared loss degrades a source so long; the journal keeps it for ever. */
const gapShownFor = 3_600_000;

interface Span {
  records: number;
  rejects: number;
  untimed: number;
  undecided: number;
}

interface Read extends Pick<Tally, 'lines' | 'rejected' | 'untimed'> {
  readonly order?: Pick<Tally['order'], 'undecided'>;
}

export const nothingRead: Read = { lines: 0, rejected: {}, untimed: 0 };
const emptySpan: Readonly<Span> = { records: 0, rejects: 0, untimed: 0, undecided: 0 };

/** The recent past of a source, as far as its health goes: rejected records and declared losses. */
export class RecentTrouble {
  #current: Span = { ...emptySpan };
  #previous: Span = { ...emptySpan };
  #reason: RejectReason | null = null;
  #gap: SourceGap | null = null;

  add({ lines, rejected, untimed, order }: Read, gaps: readonly SourceGap[]): void {
    let most = 0;
    for (const [reason, count] of Object.entries(rejected)) {
      this.#current.rejects += count;
      if (count <= most) continue;
      most = count;
      this.#reason = reason as RejectReason;
    }
    this.#current.records += lines;
    this.#current.untimed += untimed;
    this.#current.undecided += order?.undecided ?? 0;
    if (this.#current.records >= recordsPerSpan) {
      this.#previous = this.#current;
      this.#current = { ...emptySpan };
    }
    this.#gap = gaps.at(-1) ?? this.#gap;
  }

  /** One line when no line says a time: it is judged as what has just happened, which is right only while it is read at once. */
  get untimed(): string | null {
    const untimed = this.#current.untimed + this.#previous.untimed;
    if (untimed === 0 || untimed < this.#current.records + this.#previous.records) return null;
    return 'no line begins with a date and time that is known, so each counts as of when it is read';
  }

  /** One line when the clocks were set back and nothing tells which of two instants a local time means. */
  get undecided(): string | null {
    const undecided = this.#current.undecided + this.#previous.undecided;
    return undecided === 0 ? null : undecidedText(undecided);
  }

  /** One line when the source is degraded. */
  detail(now: WallTime): string | null {
    const records = this.#current.records + this.#previous.records;
    const rejects = this.#current.rejects + this.#previous.rejects;
    if (this.#gap !== null && now - this.#gap.at < gapShownFor) return `${this.#gap.file}: ${this.#gap.reason}`;
    if (rejects === 0 || rejects <= records * tolerableRejects) return null;
    const share = Number(((100 * rejects) / records).toFixed(1));
    return `${share} % of the last ${records} records were rejected (${this.#reason}): ${adviceOn(this.#reason)}`;
  }
}

/** Equal but for offsets, sizes and lag, which change with every line. */
export function sameStanding(one: readonly SourceHealth[], other: readonly SourceHealth[]): boolean {
  return (
    one.length === other.length &&
    one.every((health, index) => health.state === other[index]?.state && health.detail === other[index]?.detail)
  );
}

/** A hint where to look; mostly the plan and the records do not agree on where and how the time is written. */
function adviceOn(reason: RejectReason | null): string {
  switch (reason) {
    case 'future':
      return "they are ahead of this machine's clock, so check the source's `time.zone` in the plan, and the clocks";
    case 'no-time':
      return "they have no time, so check the source's `time.field` in the plan";
    case 'invalid-time':
      return "their time cannot be read, so check the source's `time.field` in the plan; ISO 8601 and numbers since 1970 are read";
    case 'wrong-columns':
      return 'they do not fit the header row; look at what the application writes';
    case 'no-header':
      return "no header row names their columns; name them in the source's `columns`, or let the application write them at the start of each file";
    case 'no-match':
      return "the pattern does not fit them, so check the source's `record` or `format`, and name in `skip` the lines that are no records";
    case 'no-count':
      return "they do not say how many they stand for, so check the source's `times` and `outcomes` and the counted shares";
    case 'no-key':
      return "they do not have the key of the source's `join`; name in `ignore` those that are no half of an outcome";
    case 'no-exposure':
      return "no exposure says their arm, so check the source's `join`, and name in `ignore` those that were never exposed";
    case 'no-records':
      return "their list of records is not there, so check the source's `each`";
    case 'invalid-json':
    case 'not-an-object':
      return "check the source's `format` in the plan, and what the application writes";
    default:
      return 'look at what the application writes';
  }
}
