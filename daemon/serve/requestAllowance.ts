/**
 * A token bucket: `perSecond` requests a second, and as many at once after a quiet second. Gives a function of the time
 * in milliseconds that says whether one more request may be served.
 */
export function createRequestAllowance(perSecond: number): (now: number) => boolean {
  let left = perSecond;
  let countedAt = Number.NEGATIVE_INFINITY;
  return (now) => {
    left = Math.min(perSecond, left + Math.max(0, now - countedAt) * (perSecond / 1000));
    countedAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
