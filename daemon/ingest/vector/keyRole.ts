/** Nobody reads a key of this name: it may come twice, and hold anything. */
export type KeyRole = number | 'harmless' | 'delicate';

/**
 * Tells what a key at the top of a record is to the reader of these fields: the index of a wanted field; `delicate` where it
 * may be part of one (`metrics` of `metrics.duration`), or one of it, so that it must not be passed over; else `harmless`.
 * @param wanted fields that are read by their name as it stands.
 * @param named all fields and paths that anything is read by.
 */
export function compileKeyRoles(wanted: readonly string[], named: readonly string[]): (key: string) => KeyRole {
  const paths = [
    ...new Set(named.flatMap((name) => [name, name.replaceAll(/\[(\d+)\]/g, '.$1'), withoutPlaces(name)])),
  ];
  return (key) => {
    const index = wanted.indexOf(key);
    if (index !== -1) return index;
    // The path of what lies under an empty key is the same as without it.
    if (key === '') return 'delicate';
    const isPart = paths.some(
      (path) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`) || key.startsWith(`${path}.`),
    );
    return isPart ? 'delicate' : 'harmless';
  };
}

/** As repeated keys are told, without places in lists. */
function withoutPlaces(path: string): string {
  return path.replaceAll(/\[\d*\]/g, '').replaceAll(/\.{2,}/g, '.');
}
