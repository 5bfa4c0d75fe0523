import { describe, expect, it } from 'vitest';
import type { ClaimMood } from '../../../daemon/plan/import/claim.ts';
import { readClaims } from '../../../daemon/plan/import/claims.ts';
import { conditionText } from '../../../daemon/plan/import/gates.ts';

function read(text: string, mood: ClaimMood): string[] {
  return readClaims(text, mood).claims.map(
    (claim) =>
      conditionText(claim, claim.measure.name) + (claim.lasting === undefined ? '' : ` over ${claim.lasting.text}`),
  );
}

describe('criteria', () => {
  it.each([
    ['Success rate: ≥99.5%', ['success_rate >= 99.5%']],
    ['success ≥ 99.0 %', ['success_rate >= 99.0%']],
    ['success rate is 99,5 % or higher', ['success_rate >= 99.5%']],
    ['availability of at least 99.9%', ['success_rate >= 99.9%']],
    ['successful searches stay at or above 99.2 %', ['success_rate >= 99.2%']],
    ['success rate must not drop below 98%', ['success_rate >= 98%']],
    ['errors under 1%', ['error_rate < 1%']],
    ['error rate no more than 0.5 percent', ['error_rate <= 0.5%']],
    ['Error rate never exceeds 0.5%', ['error_rate <= 0.5%']],
    ['5xx below 0.1 %', ['error_rate < 0.1%']],
    ['Latency: ≤110% of baseline', ['latency <= 110% of baseline']],
    ['p95 within 10% of baseline', ['latency <= 110% of baseline']],
    ['p99 no more than 10% above baseline', ['latency_p99 <= 110% of baseline']],
    ['latency p95 ≤ 1.2x baseline', ['latency <= 120% of baseline']],
    ['p95 latency stays under 300 ms and p99 below 1.2 s', ['latency < 300ms', 'latency_p99 < 1200ms']],
    ['Latency (p99.9) < 800ms', ['latency_p99_9 < 800ms']],
    ['Minimum uploads: ≥100', ['uploads >= 100']],
    ['≥2000 uploads processed', ['uploads >= 2000']],
    ['at least 1,000 orders', ['orders >= 1000']],
    ['10k requests minimum', ['requests >= 10000']],
    ['100+ checkouts', ['checkouts >= 100']],
    ['≥ 1 000 writes', ['writes >= 1000']],
    ['No critical errors', ['critical_errors == 0']],
    ['zero P1 incidents', ['incidents == 0']],
    ['CPU usage < 70%', ['cpu < 70']],
    ['cache hit rate at least 80%', ['cache_hit_rate >= 80']],
    ['Heap usage < 512 MB', ['memory < 512MiB']],
    ['1% rollout active, ≥100 uploads, success rate ≥99.5%', ['uploads >= 100', 'success_rate >= 99.5%']],
    ['the error rate stays below 1 % for 24 hours', ['error_rate < 1% over 24h']],
    ['Memory usage: Normal', []],
    ['All 57 tests passing', []],
    ['No import errors', []],
    ['1% rollout active', []],
    ['Success criteria 5', []],
    ['p95 latency within 110% of baseline', ['latency <= 110% of baseline']],
    ['throughput within 10% of baseline', ['throughput >= 90% of baseline']],
    ['conversion no worse than 98 % of control', ['conversion >= 98% of baseline']],
    ['p95 no worse than baseline', ['latency <= 100% of baseline']],
    ['latency within 95% of control', []],
    ['error rate no more than 0.5% above control', []],
    ['error rate no more than 0.5 percentage points above control', []],
    ['error rate increase < 10%', []],
    ['success rate drop ≤ 1%', []],
    ['memory < 80%', []],
    ['99% of requests under 300 ms', ['latency_p99 < 300ms']],
    ['suggestions are shown in under 300 ms for 95 % of mails', ['latency < 300ms']],
    ['support tickets stay under 40 a day', []],
    ['latency p99 250ms or less', ['latency_p99 <= 250ms']],
    ['p90 ≤ 1,8 s', ['latency_p90 <= 1800ms']],
    ['p95 must not exceed control by more than 10 %', ['latency <= 110% of baseline']],
    ['p95 no more than 5% above the baseline, p99 not above it by 8%', ['latency <= 105% of baseline']],
    ['error rate ≤ 5‰', ['error_rate <= 0.5%']],
    ['errors: at most 1 in 200', ['error_rate <= 0.5%']],
    ['success ratio >= 0.995', ['success_rate >= 99.5%']],
    ['at least 20.000 requests', ['requests >= 20000']],
    ['mindestens 1.500 Anfragen', ['requests >= 1500']],
    ['Latenz p99 höchstens 1.200 ms', ['latency_p99 <= 1200ms']],
    ['at least 1.5 requests', []],
    ['success rate of 99.7 % or better', ['success_rate >= 99.7%']],
    ['p95 300 ms or better', ['latency <= 300ms']],
    ['failures below 1 in 250', ['error_rate < 0.4%']],
    ['err<=.5%', ['error_rate <= 0.5%']],
    ['median delivery time ≤ 3 s', ['latency_p50 <= 3000ms']],
  ])('%s', (text, expected) => {
    expect(read(text, 'gate')).toEqual(expected);
  });
});

describe('triggers', () => {
  it.each([
    ['Success rate < 95%', ['success_rate < 95%']],
    ['Success rate 95-97% for 30+ minutes', ['success_rate < 97% over 30m']],
    ['errors between 1% and 3% for half an hour', ['error_rate > 1% over 30m']],
    ['Error rate > 5%', ['error_rate > 5%']],
    ['error rate over 5 minutes > 2%', ['error_rate > 2% over 5m']],
    ['5xx > 1 % (5 min window)', ['error_rate > 1% over 5m']],
    ['Critical system errors', ['critical_errors > 0']],
    ['Memory usage spikes > 20%', ['memory > 120% of baseline']],
    ['memory up more than 30 %', ['memory > 130% of baseline']],
    ['Latency consistently > 120% of baseline', ['latency > 120% of baseline']],
    ['p99 latency more than 25% above control for 15 min', ['latency_p99 > 125% of baseline over 15m']],
    ['p95 doubles', ['latency > 200% of baseline']],
    ['throughput drops by more than 20%', ['throughput < 80% of baseline']],
    ['User complaint rate increase', ['complaints > 0']],
    ['more than 3 support tickets', ['complaints > 3']],
    ['any data corruption', ['data_loss > 0']],
    ['If the error rate exceeds 3% for 10 minutes, roll back immediately', ['error_rate > 3% over 10m']],
    ['CPU above 90 % sustained for 10m', ['cpu > 90 over 10m']],
    ['If the moon is full', []],
    ['p99 latency 300 – 500ms', ['latency_p99 > 300ms']],
    ['error rate 0.1 % – 0.5 %', ['error_rate > 0.1%']],
    ['Fehlerrate 1,5–4 % für 20 Minuten', ['error_rate > 1.5% over 20m']],
    ['complaints go up by half', []],
    ['ok<99 for 10m, p95>10s', ['latency > 10000ms']],
    ['Fehlerrate zwischen 1 % und 3 % für 30 Minuten', ['error_rate > 1% over 30m']],
    ['p95 exceeds the baseline by 20 % for 5 minutes', ['latency > 120% of baseline over 5m']],
  ])('%s', (text, expected) => {
    expect(read(text, 'trigger')).toEqual(expected);
  });
});

it('both ends of a range are known, and the clauses that are no claim', () => {
  const [claim] = readClaims('Success rate 95-97%', 'trigger').claims;
  expect(claim).toMatchObject({ number: '97', otherEnd: '95' });
  expect(readClaims('1% rollout active, ≥100 uploads', 'gate').rest).toEqual(['1% rollout active']);
});

describe('a part of the whole is a measure of its own', () => {
  it.each([
    ['Login failures > 2%', ['login_failures > 2']],
    ['TLS handshake failures > 0.5%', ['tls_handshake_failures > 0.5']],
    ['failed logins above 2%', ['failed_logins > 2']],
    ['CPU throttling > 5%', ['cpu_throttling > 5']],
    ['memory pressure > 30%', ['memory_pressure > 30']],
    ['p99 db latency > 50 ms', ['p99_db_latency > 50']],
    ['upload failures > 3%', ['error_rate > 3%']],
    ['CPU > 80%', ['cpu > 80']],
  ])('%s', (text, expected) => {
    expect(read(text, 'trigger')).toEqual(expected);
  });
});

it('a growth with its sign behind the comparison is over the baseline, and of no percentage it is not known', () => {
  expect(read('rss>+40%', 'trigger')).toEqual(['memory > 140% of baseline']);
  expect(read('latency > +20 % vs baseline', 'trigger')).toEqual(['latency > 120% of baseline']);
  expect(read('p95 latency > +50 ms', 'trigger')).toEqual([]);
  expect(read('error rate > +0.5 %', 'trigger')).toEqual([]);
});

it('a point before three digits of milliseconds is one of thousands, and that is told; of seconds it is not', () => {
  const [claim] = readClaims('p95 latency ≤ 1.200 ms', 'gate').claims;
  expect(claim).toMatchObject({
    number: '1200',
    unit: 'ms',
    assumed: '1.200 ms is read as 1200, its point as one of thousands',
  });
  expect(read('p95 latency ≤ 1.200 s', 'gate')).toEqual(['latency <= 1200ms']);
  expect(read('p95 latency ≤ 0.250 ms', 'gate')).toEqual(['latency <= 0.250ms']);
});

describe('a percent sign that stands with the name is the unit of the figure', () => {
  it.each([
    ['err% ≤ 0.25', ['error_rate <= 0.25%']],
    ['error rate (%) ≤ 0.25', ['error_rate <= 0.25%']],
    ['error rate in % ≤ 0.5', ['error_rate <= 0.5%']],
    ['Success %: at least 99', ['success_rate >= 99%']],
    ['success ratio ≥ 0.995', ['success_rate >= 99.5%']],
    ['p95 ≤ base+8%', ['latency <= 108% of baseline']],
  ])('%s', (text, expected) => {
    expect(read(text, 'gate')).toEqual(expected);
  });
});

it('how soon a rollback is done is not the window of its condition', () => {
  expect(read('Back out within 10 minutes if success is < 93 % over 15 min', 'trigger')).toEqual([
    'success_rate < 93% over 15m',
  ]);
  expect(read('error rate > 3% within 5 minutes', 'trigger')).toEqual(['error_rate > 3% over 5m']);
});
