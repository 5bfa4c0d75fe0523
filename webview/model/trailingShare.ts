import { silentBuckets } from './silence.ts';

export interface SharePoint {
  /** `undefined`: nothing new in this bucket, the line goes on; `null`: no traffic, the line breaks. */
  readonly value: number | null | undefined;
  /** How many records the value rests on. */
  readonly n: number;
}

interface Counts {
  readonly n: readonly number[];
  readonly good: readonly number[];
}

/**
 * A share per bucket, resting on at least `least` records where there are so many: of the bucket and, where those are
 * too few, of the ones before it. One failed upload of a quiet minute is then not drawn as 0 %. The share never reaches
 * back over a `boundary` (a stage change): another stage's records say nothing about this one. `traffic`: all records
 * of the bucket, of whatever arm.
 */
export function trailingShare(
  { n, good }: Counts,
  least: number,
  boundary: (bucket: number) => boolean,
  traffic: readonly number[],
): readonly SharePoint[] {
  const silent = silentBuckets(n);
  return n.map((count, index) => {
    if (count === 0) return { value: traffic[index] === 0 || silent[index] === true ? null : undefined, n: 0 };
    let total = 0;
    let held = 0;
    for (let from = index; from >= 0; from -= 1) {
      total += n[from] ?? 0;
      held += good[from] ?? 0;
      if (total >= least || boundary(from)) break;
    }
    return { value: held / total, n: total };
  });
}
