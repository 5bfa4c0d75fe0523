import { formatDuration } from '../domain/duration.ts';
import { grouped } from './figureText.ts';

/** How far a reading has come. */
export interface ReadingSoFar {
  readonly bytes: number;
  /** Bytes that there are in all; `null` where nobody knows, as of what is compressed. */
  readonly size: number | null;
  /** Milliseconds since it began. */
  readonly elapsed: number;
}

/** `412 of 1,000 MB, 135 MB/s, 4 s left`. */
export function readingText({ bytes, size, elapsed }: ReadingSoFar): string {
  const megabytes = (number: number) => grouped(Math.round(number / 1e6));
  const perMillisecond = elapsed > 0 ? bytes / elapsed : 0;
  const rate = perMillisecond < 1000 ? (perMillisecond / 1000).toFixed(1) : grouped(Math.round(perMillisecond / 1000));
  if (size === null) return `${megabytes(bytes)} MB, ${rate} MB/s`;
  const read = `${megabytes(bytes)} of ${megabytes(size)} MB, ${rate} MB/s`;
  if (perMillisecond === 0 || bytes >= size) return read;
  return `${read}, ${formatDuration(Math.ceil((size - bytes) / perMillisecond / 1000) * 1000)} left`;
}

/** `████░░░░`, full at `size`. */
export function barText(bytes: number, size: number, width: number): string {
  const full = size <= 0 ? width : Math.min(width, Math.floor((bytes / size) * width));
  return '█'.repeat(full) + '░'.repeat(width - full);
}
