/**
 * Units that must not be mixed. A brand costs nothing at run time and makes the compiler refuse an event time where an
 * arrival time is meant.
 */
declare const unit: unique symbol;
type Unit<Base, Name extends string> = Base & { readonly [unit]: Name };

/**
 * The time of a record's event by its own stamp: milliseconds since the epoch, UTC, fractional down to the microsecond.
 */
export type EventTime = Unit<number, 'event time'>;
/**
 * The time at which the daemon saw or did something: milliseconds since the epoch, UTC, by the wall clock of the
 * daemon's machine.
 */
export type WallTime = Unit<number, 'wall time'>;
/** A length of time in milliseconds. */
export type Duration = Unit<number, 'duration'>;
/** `Math.floor(eventTime / 60 000)`: the minute a cell belongs to. */
export type EventMinute = Unit<number, 'event minute'>;
/** A percentage of traffic, 0 to 100, as the plan writes it. */
export type Percent = Unit<number, 'percent'>;

export const eventTime = (milliseconds: number): EventTime => milliseconds as EventTime;
export const wallTime = (milliseconds: number): WallTime => milliseconds as WallTime;
export const duration = (milliseconds: number): Duration => milliseconds as Duration;
export const percent = (value: number): Percent => value as Percent;
export const eventMinute = (at: EventTime): EventMinute => Math.floor(at / 60_000) as EventMinute;

/** ISO 8601 with milliseconds, UTC; a fraction of a millisecond is rounded to the nearest. */
export function isoTime(at: EventTime | WallTime): string {
  return new Date(Math.round(at)).toISOString();
}
