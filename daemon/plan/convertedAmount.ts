/** Units of one quantity, as multiples of its smallest. */
const quantities: readonly Readonly<Record<string, number>>[] = [
  { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, sec: 1e9, m: 6e10, min: 6e10, h: 3.6e12 },
  { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
];

/** The same amount in another unit, with it: `0.8s`. `undefined` when the units are not of one quantity. */
export function convertedAmount(amount: number, from: string, to: string): string | undefined {
  for (const units of quantities) {
    const [each, per] = [units[from], units[to]];
    if (each !== undefined && per !== undefined) return `${Number(((amount * each) / per).toPrecision(9))}${to}`;
  }
  return undefined;
}
