import type { FilePlace, Place } from '../../daemon/protocol/domain/place.ts';

/** The place as a line of a file. @throws when it is none. */
export function filePlace(place: Place | null | undefined): FilePlace {
  if (place == null || !('file' in place)) throw new Error(`not a line of a file: ${JSON.stringify(place)}`);
  return place;
}
