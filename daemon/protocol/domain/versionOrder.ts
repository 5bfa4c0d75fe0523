/** `1.10.2`, `v1.10`, `2.0.0-rc.1+build`: at least two numbers, or one behind a `v`. */
const version = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

export function isVersion(text: string): boolean {
  const found = version.exec(text);
  return found !== null && (text.startsWith('v') || (found[1] ?? '').includes('.'));
}

/** A field of such a name holds versions, even where they look like numbers. */
export function namesVersion(field: string): boolean {
  return /version|release|revision|build|image|(?:^|[._-])(?:tag|ver)$/i.test(field);
}

/**
 * Below 0 when `one` is the older: numbers count as numbers (1.9 before 1.10), what is missing is 0, and a pre-release
 * comes before its release (semver 2.0.0, 11). `undefined` when one of them is no version.
 */
export function compareVersions(one: string, other: string): number | undefined {
  const first = version.exec(one.trim());
  const second = version.exec(other.trim());
  if (first === null || second === null) return undefined;
  const [numbers, others] = [parts(first[1]), parts(second[1])];
  for (let index = 0; index < Math.max(numbers.length, others.length); index += 1) {
    const difference = compareNumbers(numbers[index] ?? '0', others[index] ?? '0');
    if (difference !== 0) return difference;
  }
  return comparePreReleases(first[2], second[2]);
}

function comparePreReleases(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  const [first, second] = [parts(one), parts(other)];
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const [own, their] = [first[index], second[index]];
    if (own === undefined) return -1;
    if (their === undefined) return 1;
    const [isNumber, isTheirNumber] = [/^\d+$/.test(own), /^\d+$/.test(their)];
    if (isNumber && isTheirNumber) {
      const difference = compareNumbers(own, their);
      if (difference !== 0) return difference;
    } else if (isNumber !== isTheirNumber) return isNumber ? -1 : 1;
    else if (own !== their) return own < their ? -1 : 1;
  }
  return 0;
}

/** Digits may be more than a float64 holds: a build may be numbered by its time. */
function compareNumbers(one: string, other: string): number {
  const [first, second] = [one.replace(/^0+(?=\d)/, ''), other.replace(/^0+(?=\d)/, '')];
  if (first.length !== second.length) return first.length - second.length;
  return first === second ? 0 : first < second ? -1 : 1;
}

function parts(text: string | undefined): readonly string[] {
  return (text ?? '').split('.');
}
