import { expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';

const placed = (name: string) => `$\{${name}}`;
const plan = (flag: string, percent = '10') => `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { variant: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: off, percent: 0 }, { id: some, percent: ${percent}, gate: ["ok >= 99%"] }]
flag: ${flag}
`;

const http = (set: string, more = '') =>
  `{ http: { set: { ${set} }, get: { url: "https://f.example/a", read: { /p: "${placed('percent')}" } }${more} } }`;
const put = `method: PUT, url: "https://f.example/a", body: { p: "${placed('percent')}" }`;
const command = (other: string) =>
  `{ command: { set: [ctl, "${placed('percent')}"], get: [ctl], read: { /p: "${placed('percent')}" }, ${other} } }`;
const unleash = `{ unleash: { url: "https://u.example", token: "${placed('env:T')}", feature: f, environment: e } }`;
const leased = (value: string, lease: string) =>
  `{ dotenv: .env, set: { P: "${placed('percent')}", E: "${value}" }${lease} }`;

it.each([
  ['an HTTP flag', http(put)],
  ['a command', command('environment: [KUBECONFIG]')],
  ['Unleash', unleash],
  ['a pattern', command('').replace('/p:', '"p=([0-9]+)":')],
  ['a lease', leased(placed('expires'), ', lease: 10m')],
])('%s is taken', (_, flag) => {
  const parsed = parsePlan(plan(flag), 'rampwatch.yaml');
  expect(parsed.kind === 'problems' ? parsed.problems : []).toEqual([]);
});

it.each([
  ['no address', http(put.replace('https://', '')), /an address begins with `https:\/\/`/],
  [
    'a credential in the address',
    http(put.replace('f.example', 'u:p@f.example')),
    /stands in a header, not in the address/,
  ],
  ['a place of a credential in the address', http(put.replace('/a', `/a?t=${placed('env:T')}`)), /not in the address/],
  [
    'a host that depends on the stage',
    http(put.replace('f.example', `${placed('percent')}.example`)),
    /the host is fixed/,
  ],
  [
    'a credential over http',
    http(put.replace('https', 'http'), `, headers: { A: "${placed('env:T')}" }`),
    /would show the credential/,
  ],
  ['a literal credential', http(put, ', headers: { Authorization: "Bearer abc" }'), /a plan holds no credential/],
  ['a credential in the body', http(put.replace('p: ', `t: "${placed('env:T')}", p: `)), /not in the body/],
  ['an unknown placeholder', http(put.replace('percent', 'percnt')), /did you mean `\$\{percent\}`/],
  [
    'a request that is always the same',
    http('method: PUT, url: "https://f.example/a", body: { p: 1 }'),
    /same at every stage/,
  ],
  ['a pattern without a group', command('').replace('/p:', '"p=[0-9]+":'), /has one group/],
  ['a pattern of another syntax', command('').replace('/p:', '"(?<=p)([0-9]+)":'), /RE2 syntax/],
  [
    'a program that depends on the stage',
    command('').replace('[ctl, ', `["${placed('percent')}", `),
    /the program is fixed/,
  ],
  [
    'a reading that depends on the stage',
    command('').replace('get: [ctl]', `get: [ctl, "${placed('percent')}"]`),
    /same at every stage/,
  ],
  ['a literal token', unleash.replace(placed('env:T'), 'abc'), /a plan holds no credential/],
  ['an end without a lease', leased(placed('expires'), ''), /say for how long, `lease: 10m`/],
  ['a lease without an end', leased('x', ', lease: 10m'), /no value of the flag holds `\$\{expires\}`/],
  ['a lease that ends between two renewals', leased(placed('expires'), ', lease: 1s'), /less than 3 s/],
  [
    'a lease that is not read back',
    http(put.replace('body: { ', `body: { e: "${placed('expires')}", `)).replace(/ \}$/, ', lease: 10m }'),
    /not read back/,
  ],
  [
    'a problem of one of several',
    `{ several: [${unleash.replace(placed('env:T'), 'abc')}, ${http(put)}] }`,
    /a plan holds no credential/,
  ],
])('%s is told', (_, flag, said) => {
  const parsed = parsePlan(plan(flag), 'rampwatch.yaml');
  const problems = parsed.kind === 'problems' ? parsed.problems.map(({ message }) => message) : [];
  expect(problems).toContainEqual(expect.stringMatching(said));
});

it('a share of a percent is told where the flag knows whole ones only', () => {
  for (const flag of [unleash, `{ several: [${unleash}, ${http(put)}] }`]) {
    const parsed = parsePlan(plan(flag, '0.5'), 'rampwatch.yaml');
    expect(parsed.kind === 'problems' ? parsed.problems : []).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/knows whole percentages only/) }),
    ]);
  }
  expect(parsePlan(plan(http(put), '0.5'), 'rampwatch.yaml').kind).toBe('plan');
});
