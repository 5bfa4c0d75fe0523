/**
 * The percentage of users to expose now; 0 unless the flag is on and its lease has not ended.
 *
 * @param {{ enabled?: string, percent?: string, expires?: string }} flag the values as they were read, all texts
 * @param {number} now milliseconds since 1970
 * @returns {number} 0 to 100
 */
export function percentInForce({ enabled, percent, expires }, now = Date.now()) {
  if (String(enabled).trim().toLowerCase() !== 'true') return 0;
  const share = Number(percent);
  return endOf(expires) > now && share > 0 && share <= 100 ? share : 0;
}

/** Milliseconds since 1970; a text that is no time has ended. */
function endOf(expires) {
  const text = String(expires ?? '').trim();
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  return isTime ? Date.parse(text) || 0 : 0;
}
