import { type AskingGround, askWithCredentials } from '../../approval/askWithCredentials.ts';
import type { PrometheusSource } from '../../protocol/domain/prometheusSource.ts';
import { redactSecrets } from '../../protocol/secrets/secrets.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import type { Series } from './growth.ts';

export interface RangeQuery {
  readonly query: string;
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export type RangeAnswer =
  | { readonly kind: 'series'; readonly series: readonly Series[] }
  /** One line: the fault, and what to do. */
  | { readonly kind: 'fault'; readonly detail: string };

/** In milliseconds, for a whole answer. */
const longestAnswer = 15_000;

/** Asks once. Never throws; no credential is in what it says. */
export async function queryRange(
  { prometheus: { url, headers = {} } }: PrometheusSource,
  { query, start, end, step }: RangeQuery,
  ground: AskingGround,
  signal: AbortSignal,
  timeout: number = longestAnswer,
): Promise<RangeAnswer> {
  const fault = (detail: string): RangeAnswer => ({
    kind: 'fault',
    detail: plainText(redactSecrets(detail).text, 400),
  });
  const asked = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  const request = {
    method: 'GET',
    url: `${url.replace(/\/+$/, '')}/api/v1/query_range?${asked}`,
    headers,
    body: null,
    timeout,
    signal,
  };
  const answer = await askWithCredentials(request, ground);
  if (answer.kind === 'failed') return fault(answer.detail);
  const { host } = new URL(url);
  const { status, body } = answer;
  if (status === 401 || status === 403)
    return fault(`${host} refuses the credential (${status}): look at the \`headers\` of the source`);
  const parsed = parsedBody(body);
  if (parsed === null) return fault(`${host} answers ${status}, and not as Prometheus does: is the address right?`);
  const { status: said, error, data, warnings, isPartial } = parsed;
  if (said !== 'success')
    return fault(`${host} refuses the query (${status}): ${String(error ?? 'it gives no reason')}`);
  if (isPartial === true || (Array.isArray(warnings) && warnings.length > 0)) {
    const why = Array.isArray(warnings) && warnings.length > 0 ? `: ${String(warnings[0])}` : '';
    return fault(`${host} answers in part only, and nothing of it is counted${why}`);
  }
  const series = seriesIn(data);
  return series === null
    ? fault(`${host} does not answer with series: a query of a source gives counters`)
    : { kind: 'series', series };
}

function parsedBody(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'status' in value
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

function seriesIn(data: unknown): readonly Series[] | null {
  if (typeof data !== 'object' || data === null || !('resultType' in data) || !('result' in data)) return null;
  const { resultType, result } = data;
  if (resultType !== 'matrix' || !Array.isArray(result)) return null;
  return result.map(
    ({ metric, values }): Series => ({
      labels: Object.fromEntries(Object.entries(metric ?? {}).map(([name, value]) => [name, String(value)])),
      samples: (Array.isArray(values) ? values : []).map(([at, value]) => [Number(at) * 1000, Number(value)]),
    }),
  );
}
