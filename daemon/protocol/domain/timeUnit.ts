/** Units of time in milliseconds, by every name that logs and plans give them. */
const lengths: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  millisecond: 1,
  milliseconds: 1,
  microsecond: 1e-3,
  microseconds: 1e-3,
  nanosecond: 1e-6,
  nanoseconds: 1e-6,
};

/** The length of a unit of time in milliseconds; `undefined` for what is none. */
export function unitLength(unit: string): number | undefined {
  return Object.hasOwn(lengths, unit) ? lengths[unit] : undefined;
}
