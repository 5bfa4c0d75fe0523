import type { RejectReason } from '../domain/observation.ts';
import { grouped, shareText } from './figureText.ts';
import { plainText } from './plainText.ts';

/** The rejected records of a source in a period. */
export interface LeftOut extends Rejected {
  readonly glob: string;
}

interface Rejected {
  readonly read: number;
  readonly rejected: Readonly<Partial<Record<string, number>>>;
  readonly share: number;
  readonly limit: number;
}

/** `30.2 % of 1,756 records of metrics.jsonl were rejected (530 without a time), more than 1 %: …`. */
export function rejectsText(
  glob: string,
  { read, rejected, share, limit }: Rejected,
  length: 'short' | 'whole',
): string {
  const what = `${shareText(share, limit)} of ${grouped(read)} records of ${plainText(glob)} were rejected`;
  const told = `${what} (${rejectedText(rejected)}), more than ${shareText(limit)}`;
  return length === 'short' ? told : `${told}: ${adviceOn(mostOf(rejected))}`;
}

/** `530 without a time, 12 cut off`, most first. */
export function rejectedText(rejected: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(rejected)
    .map(([reason, count]) => ({ reason, count: count ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count)
    .map(({ reason, count }) => `${grouped(count)} ${reasonText(reason)}`)
    .join(', ');
}

function mostOf(rejected: Readonly<Partial<Record<string, number>>>): string {
  const [first] = Object.entries(rejected).sort(([, one], [, other]) => (other ?? 0) - (one ?? 0));
  return first?.[0] ?? '';
}

/** An unknown reason of an older journal keeps its own name. */
function reasonText(reason: string): string {
  switch (reason as RejectReason) {
    case 'invalid-json':
      return 'not JSON';
    case 'not-an-object':
      return 'not an object';
    case 'no-time':
      return 'without a time';
    case 'invalid-time':
      return 'with a time that cannot be read';
    case 'invalid-number':
      return 'with a stage that is no percentage';
    case 'too-long':
      return 'too long';
    case 'too-deep':
      return 'nested too deep';
    case 'too-many-keys':
      return 'of too many keys';
    case 'duplicate-key':
      return 'with a key twice';
    case 'nul-bytes':
      return 'of NUL bytes';
    case 'partial':
      return 'cut off';
    case 'wrong-columns':
      return 'that do not fit the header';
    case 'not-utf8':
      return 'not UTF-8';
    case 'no-header':
      return 'that no header precedes';
    case 'no-match':
      return 'that the pattern does not fit';
    case 'no-records':
      return 'without the list of records';
    case 'no-count':
      return 'without their count';
    case 'no-key':
      return 'without the key of their join';
    case 'no-exposure':
      return 'of which no exposure says the arm';
    case 'future':
      return 'dated in the future';
    default:
      return plainText(reason);
  }
}

/** The advice for a reason; mostly the plan and the records disagree on the place or the form of the time. */
function adviceOn(reason: string): string {
  switch (reason) {
    case 'future':
      return "check the source's `time.zone` in the plan, and the clocks";
    case 'no-time':
    case 'invalid-time':
      return "check the source's `time.field` in the plan; ISO 8601 and numbers since 1970 are read";
    case 'no-match':
      return "check the source's `record` or `format` in the plan; name in `skip` the lines that are no records";
    case 'no-count':
      return "check the source's `times`, `outcomes` and counted shares in the plan";
    case 'no-key':
    case 'no-exposure':
      return "check the source's `join` in the plan, and name in `ignore` the records that were never exposed";
    case 'no-records':
      return "check the source's `each` in the plan";
    case 'invalid-json':
    case 'not-an-object':
      return "check the source's `format` in the plan, and what the application writes";
    default:
      return 'look at what the application writes';
  }
}
