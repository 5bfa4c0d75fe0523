/** Made-up credentials in the forms that their makers document; seeded, so that a failure can be repeated. */
export interface Credential {
  /** All of it. */
  readonly text: string;
  /** The part that must not get out. */
  readonly secret: string;
}

type Pick = (characters: string, count: number) => string;
type Maker = (pick: Pick) => string | Credential;

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lower = upper.toLowerCase();
const digit = '0123456789';
const hex = `${digit}abcdef`;
const all = upper + lower + digit;
const url = `${all}_-`;
const base64 = `${all}+/`;

function picker(seed: number): Pick {
  let state = seed + 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return (characters, count) =>
    Array.from({ length: count }, () => characters[Math.floor(next() * characters.length)]).join('');
}

const uuid = (pick: Pick) => [8, 4, 4, 4, 12].map((count) => pick(hex, count)).join('-');
const part = (text: string, secret: string): Credential => ({ text, secret });
const json64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('=', '');

/** By kind. Each stands alone: no name beside it reveals it, except where its maker always sends it under a name. */
export const credentialKinds: Readonly<Record<string, Maker>> = {
  'LaunchDarkly SDK key': (pick) => `sdk-${uuid(pick)}`,
  'LaunchDarkly mobile key': (pick) => `mob-${uuid(pick)}`,
  'LaunchDarkly API token': (pick) => `api-${uuid(pick)}`,
  'Unleash admin token': (pick) => `*:*.${pick(hex, 56)}`,
  'Unleash client token': (pick) => `default:development.${pick(hex, 56)}`,
  'Unleash token of several projects': (pick) => `[]:production.${pick(hex, 60)}`,
  'Unleash personal token': (pick) => `user:${pick(hex, 52)}`,
  'Flagsmith server key': (pick) => `ser.${pick(lower, 1)}${pick(upper, 1)}${pick(digit, 1)}${pick(all, 19)}`,
  'Flagsmith API token': (pick) => part(`Authorization: Token ${pick(hex, 40)}`, 'Token '),
  'Split API key': (pick) => part(`Authorization: Bearer ${pick(lower + digit, 36)}`, ''),
  'ConfigCat SDK key': (pick) => `configcat-sdk-1/${pick(url, 22)}/${pick(url, 22)}`,
  'GrowthBook secret': (pick) => `secret_admin_${pick(all, 32)}`,
  'GrowthBook SDK key': (pick) => `sdk-${pick(all, 8)}${pick(digit, 2)}${pick(all, 6)}`,
  'Statsig server secret': (pick) => `secret-${pick(all, 44)}`,
  'PostHog personal key': (pick) => `phx_${pick(all, 43)}`,
  'DevCycle server key': (pick) => `dvc_server_${pick(all, 20)}_${pick(all, 9)}`,
  'Harness token': (pick) => `pat.${pick(all, 22)}.${pick(hex, 24)}.${pick(all, 20)}`,
  'Sentry organisation token': (pick) => `sntrys_${json64({ iat: 1, url: 'https://x' })}_${pick(base64, 43)}`,
  'Sentry user token': (pick) => `sntryu_${pick(hex, 64)}`,
  'Sentry DSN': (pick) => {
    const key = pick(hex, 32);
    return part(`https://${key}@o4501.ingest.sentry.io/4502`, key);
  },
  'Dynatrace token': (pick) => `dt0c01.${pick(upper + digit, 24)}.${pick(upper + digit, 64)}`,
  'Honeycomb ingest key': (pick) => `hcaik_${pick(lower + digit, 58)}`,
  'Honeycomb classic key': (pick) => part(`X-Honeycomb-Team: ${pick(hex, 32)}`, ''),
  'PagerDuty API key': (pick) => `u+${pick(digit, 2)}${pick(all, 16)}`,
  'PagerDuty routing key': (pick) => part(`routing_key=${pick(hex, 32)}`, ''),
  'Opsgenie key': (pick) => part(`Authorization: GenieKey ${uuid(pick)}`, ''),
  'Supabase access token': (pick) => `sbp_${pick(hex, 40)}`,
  'Supabase secret key': (pick) => `sb_secret_${pick(url, 31)}`,
  'Pulumi token': (pick) => `pul-${pick(hex, 40)}`,
  'Buildkite user token': (pick) => `bkua_${pick(hex, 40)}`,
  'Datadog API key': (pick) => part(`DD-API-KEY: ${pick(hex, 32)}`, ''),
  'Datadog application key': (pick) => part(`dd_application_key=${pick(hex, 40)}`, ''),
  'New Relic user key': (pick) => `NRAK-${pick(upper + digit, 27)}`,
  'New Relic browser key': (pick) => `NRJS-${pick(hex, 19)}`,
  'New Relic licence key': (pick) => `${pick(hex, 36)}NRAL`,
  'Grafana service account': (pick) => `glsa_${pick(all, 32)}_${pick(hex, 8)}`,
  'Grafana cloud token': (pick) => `glc_${json64({ o: '1', n: 'x', k: pick(all, 24) })}`,
  'Grafana API key': (pick) => `eyJrIjoi${pick(all, 60)}`,
  'Vercel token': (pick) => `vcp_${pick(all, 56)}`,
  'Netlify token': (pick) => `nfp_${pick(all, 36)}`,
  'Fly token': (pick) => `fm2_${pick(base64, 120)}`,
  'Cloudflare origin key': (pick) => `v1.0-${pick(hex, 24)}-${pick(hex, 146)}`,
  'Cloudflare API token': (pick) => part(`Authorization: Bearer ${pick(url, 40)}`, ''),
  'Doppler token': (pick) => `dp.pt.${pick(all, 43)}`,
  'Doppler service token': (pick) => `dp.st.dev.${pick(all, 43)}`,
  'Vault token': (pick) => `hvs.${pick(url, 90)}`,
  'Terraform Cloud token': (pick) => `${pick(all, 14)}.atlasv1.${pick(all, 64)}`,
  'npm token': (pick) => `npm_${pick(all, 36)}`,
  'PyPI token': (pick) => `pypi-AgEIcHlwaS5vcmc${pick(url, 60)}`,
  'RubyGems key': (pick) => `rubygems_${pick(hex, 48)}`,
  'NuGet key': (pick) => `oy2${pick(lower + digit, 43)}`,
  'GitHub token': (pick) => `ghp_${pick(all, 36)}`,
  'GitHub fine-grained token': (pick) => `github_pat_${pick(all, 22)}_${pick(all, 59)}`,
  'GitLab token': (pick) => `glpat-${pick(url, 20)}`,
  'Slack bot token': (pick) => `xoxb-${pick(digit, 12)}-${pick(digit, 12)}-${pick(all, 24)}`,
  'Slack webhook': (pick) => `https://hooks.slack.com/services/T${pick(upper, 8)}/B${pick(upper, 8)}/${pick(all, 24)}`,
  'Stripe secret key': (pick) => `sk_live_${pick(all, 24)}`,
  'Twilio API key': (pick) => `SK${pick(hex, 32)}`,
  'SendGrid key': (pick) => `SG.${pick(url, 22)}.${pick(url, 43)}`,
  'Mailgun key': (pick) => `key-${pick(hex, 32)}`,
  'Mailgun sending key': (pick) => `${pick(hex, 32)}-${pick(hex, 8)}-${pick(hex, 8)}`,
  'Mailchimp key': (pick) => `${pick(hex, 32)}-us12`,
  'Azure storage account': (pick) => {
    const key = `${pick(base64, 86)}==`;
    return part(`DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${key};EndpointSuffix=core.windows.net`, key);
  },
  'Azure client secret': (pick) => `${pick(all, 3)}8Q~${pick(all, 34)}`,
  'Azure shared access signature': (pick) => {
    const signature = pick(all, 43);
    return part(`https://x.blob.core.windows.net/c?sv=2024-01-01&sig=${signature}%3D`, signature);
  },
  'Google API key': (pick) => `AIza${pick(url, 35)}`,
  'Google OAuth token': (pick) => `ya29.${pick(url, 120)}`,
  'Google client secret': (pick) => `GOCSPX-${pick(url, 28)}`,
  'AWS access key id': (pick) => `AKIA${pick(upper + digit, 16)}`,
  'AWS secret key': (pick) => part(`aws_secret_access_key=${pick(base64, 40)}`, ''),
  'Databricks token': (pick) => `dapi${pick(hex, 32)}`,
  'Snowflake session': (pick) => `ver:1-hint:${pick(digit, 12)}-${pick(base64, 120)}`,
  'PlanetScale password': (pick) => `pscale_pw_${pick(url, 43)}`,
  'Neon API key': (pick) => `napi_${pick(lower + digit, 64)}`,
  'Linear key': (pick) => `lin_api_${pick(all, 40)}`,
  'Notion token': (pick) => `ntn_${pick(all, 46)}`,
  'Figma token': (pick) => `figd_${pick(url, 40)}`,
  'Postman key': (pick) => `PMAK-${pick(hex, 24)}-${pick(hex, 34)}`,
  'OpenAI project key': (pick) => `sk-proj-${pick(url, 48)}T3BlbkFJ${pick(url, 48)}`,
  'OpenAI key': (pick) => `sk-${pick(all, 48)}`,
  'Anthropic key': (pick) => `sk-ant-api03-${pick(url, 93)}AA`,
  'Hugging Face token': (pick) => `hf_${pick(all, 34)}`,
  'Groq key': (pick) => `gsk_${pick(all, 52)}`,
  'Replicate token': (pick) => `r8_${pick(all, 37)}`,
  'DigitalOcean token': (pick) => `dop_v1_${pick(hex, 64)}`,
  'Brevo API key': (pick) => `xkeysib-${pick(hex, 64)}-${pick(all, 16)}`,
  'Brevo SMTP key': (pick) => `xsmtpsib-${pick(hex, 64)}-${pick(all, 16)}`,
  'Shopify token': (pick) => `shpat_${pick(hex, 32)}`,
  'Square token': (pick) => `sq0atp-${pick(url, 22)}`,
  'Plaid token': (pick) => `access-sandbox-${uuid(pick)}`,
  'HubSpot token': (pick) => `pat-na1-${uuid(pick)}`,
  'Airtable token': (pick) => `pat${pick(all, 14)}.${pick(hex, 64)}`,
  'Atlassian token': (pick) => `ATATT3${pick(url, 180)}=${pick(upper + digit, 8)}`,
  'CircleCI token': (pick) => `CCIPAT_${pick(all, 22)}_${pick(hex, 40)}`,
  'Artifactory key': (pick) => `AKCp${pick(all, 69)}`,
  'Docker token': (pick) => `dckr_pat_${pick(url, 27)}`,
  'Prefect key': (pick) => `pnu_${pick(all, 36)}`,
  'Tailscale key': (pick) => `tskey-auth-${pick(all, 12)}CNTRL-${pick(all, 32)}`,
  '1Password service account': (pick) => `ops_eyJ${pick(all, 250)}`,
  'Telegram bot': (pick) => `${pick(digit, 10)}:AA${pick(url, 33)}`,
  'Discord bot': (pick) => `M${pick(digit, 1)}${pick(all, 22)}.${pick(all, 6)}.${pick(url, 38)}`,
  'JSON web token': (pick) => `eyJ${pick(all, 30)}.eyJ${pick(all, 60)}.${pick(url, 43)}`,
  'PKCS 8 key': (pick) => {
    const body = `${pick(base64, 64)}`;
    return part(`-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----`, body);
  },
  'age key': (pick) => `AGE-SECRET-KEY-1${pick(upper + digit, 58)}`,
  'database address': (pick) => {
    const password = pick(all, 12);
    return part(`postgres://app:${password}@db:5432/x`, password);
  },
  'address with a login': (pick) => {
    const password = pick(all, 10);
    return part(`https://app:${password}@h/x`, password);
  },
  'basic authorization': (pick) =>
    part(`Authorization: Basic ${Buffer.from(`a:${pick(all, 12)}`).toString('base64')}`, ''),
  cookie: (pick) => part(`Cookie: sid=${pick(all, 32)}`, ''),
  'token under its name': (pick) => part(`token=${pick(all, 24)}`, ''),
  'session cookie that is set': (pick) => part(`Set-Cookie: session=${pick(all, 40)}; Path=/`, ''),
};

/** One made-up credential of a kind; `body` is all of it that opens something, without the name before it. */
export function credential(kind: string, seed: number): Credential & { readonly body: string } {
  const made = credentialKinds[kind]?.(picker(seed));
  if (made === undefined) throw new RangeError(`no such kind of credential: ${kind}`);
  if (typeof made === 'string') {
    return { text: made, secret: made.length > 24 ? made.slice(-18) : made.slice(-10), body: made };
  }
  if (made.secret.length > 8) return { ...made, body: made.secret };
  // The value behind its name; no recognisable part of it may stay.
  const value = made.text.replace(/; Path=\/$/, '').slice(-10);
  return { text: made.text, secret: value, body: value };
}
