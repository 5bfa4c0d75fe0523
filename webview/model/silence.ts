/** Fewer empty buckets than this are no silence, however dense the records were. */
const shortest = 3;
/** A pause is a silence when it is this many times as long as the usual pause. */
const unusual = 4;

/**
 * The buckets in which an arm was silent: without a record for much longer than it usually is. There its line has a gap;
 * a straight line would claim figures that nobody measured.
 */
export function silentBuckets(n: readonly number[]): readonly boolean[] {
  const pauses = pausesOf(n);
  const inner = pauses.filter(({ from, to }) => from > 0 && to < n.length);
  const records = n.filter((count) => count > 0).length;
  // Between two buckets with records there is a pause, most often of no bucket.
  const lengths = [
    ...inner.map(({ from, to }) => to - from),
    ...Array(Math.max(0, records - 1 - inner.length)).fill(0),
  ];
  const usual = lengths.toSorted((one, other) => one - other)[Math.floor((lengths.length - 1) / 2)] ?? 0;
  const silent = n.map(() => false);
  for (const { from, to } of pauses) {
    if (to - from >= Math.max(shortest, unusual * usual)) silent.fill(true, from, to);
  }
  return silent;
}

/** Runs of empty buckets; `to` is exclusive. */
function pausesOf(n: readonly number[]): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const [index, count] of n.entries()) {
    if (count > 0) continue;
    const last = found.at(-1);
    if (last !== undefined && last.to === index) last.to = index + 1;
    else found.push({ from: index, to: index + 1 });
  }
  return found;
}
