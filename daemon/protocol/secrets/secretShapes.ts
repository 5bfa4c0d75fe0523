import { isOfWords, isScrambled } from './randomness.ts';

/** A credential that its own form reveals, whatever text surrounds it. */
export interface SecretShape {
  /** Every match holds one of these: a text without any of them need not be searched. */
  readonly marks: readonly string[];
  readonly pattern: RegExp;
  /** For a form that alone does not tell: judges the match, or its group `rest`, by itself. */
  readonly isSecret?: (rest: string) => boolean;
}

/** No match begins inside a word; an escape such as `\n` is not part of a word. */
const start = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2}))`;
const hexadecimal = '[0-9a-f]';
const uuid = `${hexadecimal}{8}-${hexadecimal}{4}-${hexadecimal}{4}-${hexadecimal}{4}-${hexadecimal}{12}`;

/** @param body of bounded repetitions, no two of which could share a character: it takes linear time. */
function shape(marks: string | readonly string[], body: string, isSecret?: (rest: string) => boolean): SecretShape {
  const all = typeof marks === 'string' ? [marks] : marks;
  const pattern = new RegExp(`${start}${body}`, 'g');
  return isSecret === undefined ? { marks: all, pattern } : { marks: all, pattern, isSecret };
}

/** Prefixes that nobody writes by accident, and the least number of characters after them. */
function prefixed(prefix: string, rest: string, mark = prefix): SecretShape {
  return shape(mark, `${prefix}${rest}`);
}

const isNoWord = (rest: string): boolean => !isOfWords(rest);

const keys: readonly SecretShape[] = [
  {
    marks: ['PRIVATE KEY'],
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:.,-]{0,8000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]{0,8000})/g,
  },
  shape('eyJ', String.raw`eyJ[\w-]{5,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,4000}){0,3}`),
  prefixed('AGE-SECRET-KEY-1', '[A-Z0-9]{20,100}'),
];

const flagSystems: readonly SecretShape[] = [
  // LaunchDarkly: SDK, mobile, API and relay.
  shape(['sdk-', 'mob-', 'api-', 'rel-'], `(?:sdk|mob|api|rel)-${uuid}`),
  // GrowthBook.
  shape('sdk-', '(?:sdk)-(?<rest>[A-Za-z0-9]{12,40})(?![A-Za-z0-9-])', (rest) => /\d/.test(rest) && isNoWord(rest)),
  shape('secret_', String.raw`secret_(?:admin_|user_|readonly_)?(?<rest>[\w+/=]{20,100})`, isNoWord),
  // Unleash: `project:environment.hash`, and a person's token.
  shape(
    ['.'],
    String.raw`(?:\*|\[\]|[\w~-]{1,100}):(?:\*|[\w~-]{1,100})\.(?:unleash-insecure-[\w-]{1,60}|${hexadecimal}{48,80})(?![0-9a-f])`,
  ),
  {
    marks: [':*.'],
    pattern: new RegExp(String.raw`\*:(?:\*|[\w~-]{1,100})\.${hexadecimal}{16,80}`, 'g'),
  },
  shape('user:', `user:${hexadecimal}{48,80}`),
  // Flagsmith's server-side environment, ConfigCat, Statsig, DevCycle, PostHog, Harness.
  shape('ser.', String.raw`ser\.(?<rest>[A-Za-z0-9]{16,40})(?![A-Za-z0-9])`, isMixed),
  prefixed('configcat-', String.raw`[\w-]{1,20}/[\w-]{16,40}/[\w-]{16,40}`),
  shape('/', String.raw`(?<rest>[\w-]{22}/[\w-]{22})(?![\w/-])`, (rest) => rest.split('/').every(isMixedThroughout)),
  shape(['secret-', 'console-', 'client-'], '(?:secret|console|client)-(?<rest>[A-Za-z0-9]{24,80})', isNoWord),
  prefixed('dvc_', String.raw`(?:server|client|mobile)_[\w-]{10,80}`),
  shape(['phx_', 'phc_', 'phs_', 'phr_'], 'ph[xcsr]_[A-Za-z0-9]{20,80}'),
  shape(['pat.', 'sat.'], String.raw`[ps]at\.[\w-]{16,30}\.[0-9a-f]{16,40}\.[\w-]{12,40}`),
];

const observability: readonly SecretShape[] = [
  shape('sntry', String.raw`sntry[a-z]_[\w+/=-]{20,800}`),
  shape('dt0', String.raw`dt0[a-z]\d\d\.[A-Z0-9]{8,40}(?:\.[A-Z0-9]{20,100})?`),
  shape('hc', 'hc[a-z]{3}_[a-z0-9]{20,100}'),
  shape('+', String.raw`[a-z]\+(?<rest>[\w-]{18})(?![\w-])`, (rest) => /\d/.test(rest) && isNoWord(rest)),
  shape('NR', String.raw`NR[A-Z]{2}-[\w-]{16,80}`),
  shape('NRAL', '[A-Za-z0-9]{30,60}NRAL(?![A-Za-z0-9])'),
  shape(['glc_', 'glsa_'], String.raw`gl(?:sa|c)_[\w=+/-]{20,800}`),
  prefixed('eyJrIjoi', String.raw`[\w+/=-]{20,800}`),
  shape(['ddapp_', 'ddpat_', 'ddapi_'], String.raw`dd(?:app|pat|api)_[\w-]{16,200}`),
  shape('pub', `pub${hexadecimal}{32}(?![0-9a-f])`),
  shape(['xaat-', 'xapt-', 'xait-'], `xa[api]t-${uuid}`),
  prefixed('essu_', String.raw`[\w+/=-]{20,200}`),
];

const delivery: readonly SecretShape[] = [
  shape('gh', 'gh[pousr]_[A-Za-z0-9]{16,255}'),
  prefixed('github_pat_', String.raw`\w{20,255}`),
  shape('gl', String.raw`gl(?:pat|ptt|rt|rtr|dt|soat|cbt|ft|ffct|imt|agent|wt|oas)-[\w.-]{16,300}`),
  prefixed('GR1348941', String.raw`[\w-]{16,60}`),
  prefixed('npm_', '[A-Za-z0-9]{30,60}'),
  prefixed('pypi-', String.raw`[\w-]{16,400}`),
  prefixed('rubygems_', '[a-f0-9]{30,80}'),
  prefixed('oy2', '[a-z0-9]{43}(?![a-z0-9])'),
  prefixed('cio', '(?=[A-Za-z0-9]{0,31}[0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])'),
  prefixed('CLOJARS_', '[a-z0-9]{40,80}'),
  shape('dckr_', String.raw`dckr_[a-z]{3,4}_[\w-]{16,100}`),
  prefixed('AKCp', '[A-Za-z0-9]{60,80}'),
  prefixed('cmVmdGtu', String.raw`[\w+/=-]{40,100}`),
  shape(['CCIPAT_', 'CCIPRJ_'], String.raw`CCIP(?:AT|RJ)_[\w-]{16,120}`),
  shape('bk', 'bk[a-z]{2}_[0-9a-zA-Z]{20,80}'),
  shape('pul-', `pul-${hexadecimal}{20,80}`),
  shape('.atlasv1.', String.raw`[A-Za-z0-9]{10,20}\.atlasv1\.[\w-]{30,100}`),
  shape('hv', String.raw`hv[bsr]\.[\w-]{16,300}`),
  shape('s.', String.raw`s\.(?<rest>[A-Za-z0-9]{24})(?![A-Za-z0-9])`, isMixed),
  shape('dp.', String.raw`dp\.(?:pt|st|ct|sa|scim|audit|said)\.(?:[\w-]{1,60}\.)?[A-Za-z0-9]{30,60}`),
  shape('ops_eyJ', String.raw`ops_eyJ[\w+/=-]{20,2000}`),
  shape(['pnu_', 'pnb_'], 'pn[ub]_[A-Za-z0-9]{20,80}'),
  shape('dbt', 'dbt[cus]_[A-Za-z0-9_=-]{20,200}'),
  shape('sq', 'sq[upa]_[a-f0-9]{30,60}'),
  shape('tskey-', 'tskey-[a-z]{2,10}-[A-Za-z0-9-]{12,120}'),
  shape('PMA', 'PMA[KT]-[A-Za-z0-9-]{24,100}'),
  prefixed('snyk_', String.raw`[a-z]{2,4}\.[\w.-]{16,200}`),
];

const clouds: readonly SecretShape[] = [
  shape(
    ['A3T', 'AKIA', 'ASIA', 'AGPA', 'AIDA', 'AROA', 'ABIA', 'ACCA'],
    '(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,20}(?![A-Za-z0-9])',
  ),
  shape(['ABSK', 'bedrock-api-key-'], '(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/=]{40,400}'),
  prefixed('AIza', String.raw`[\w-]{30,45}`),
  shape('ya29.', String.raw`ya29\.[\w-]{16,2000}`),
  prefixed('GOCSPX-', String.raw`[\w-]{16,60}`),
  shape('1//0', String.raw`1//0[\w-]{24,200}`),
  shape('8Q~', String.raw`[\w~.-]{3}8Q~[\w~.-]{24,60}`),
  shape('AZDO', '[A-Za-z0-9]{60,90}AZDO[A-Za-z0-9]{2,8}'),
  { marks: ['sig='], pattern: /(?<=[?&;]sig=)[\w%+/=-]{16,400}/g },
  shape('LTAI', 'LTAI[A-Za-z0-9]{12,30}'),
  shape('AKID', '(?:AKID)[A-Za-z0-9]{24,40}'),
  shape('do', 'do[opr]_v1_[a-f0-9]{32,80}'),
  shape('vc', 'vc[a-z]_[A-Za-z0-9]{20,100}'),
  prefixed('vercel_blob_rw_', String.raw`\w{16,100}`),
  shape(['nfp_', 'nfc_', 'nfo_', 'nfu_', 'nfb_'], 'nf[pcoub]_[A-Za-z0-9]{20,80}'),
  shape(['fo1_', 'fm1', 'fm2_'], String.raw`f(?:o1|m1[a-z]?|m2)_[\w+/=-]{24,2000}`),
  shape('cf', String.raw`cf(?:ut|at|k)_[\w-]{30,100}`),
  shape('v1.0-', `v1\\.0-${hexadecimal}{24}-${hexadecimal}{100,200}`),
  prefixed('rnd_', '[A-Za-z0-9]{20,60}'),
  shape('HRKU-', 'HRKU-[A-Za-z0-9_-]{30,80}'),
  prefixed('dapi', String.raw`[a-f0-9]{32}(?:-\d)?`),
  shape(['dose', 'dkea'], `(?:dose|dkea)${hexadecimal}{32}`),
  shape('pscale_', String.raw`pscale_[a-z]{2,5}_[\w.=-]{20,200}`),
  shape(['napi_', 'npg_'], '(?:napi_[a-z0-9]{20,100}|npg_[A-Za-z0-9]{10,40})'),
  shape(['sbp_', 'sb_'], String.raw`(?:sbp_(?:oauth_|v0_)?[a-f0-9]{30,80}|sb_(?:secret|publishable)_[\w-]{16,100})`),
  shape('xau_', 'xau_[A-Za-z0-9]{20,60}'),
  shape('ver:', String.raw`ver:\d{1,2}-hint:\d{1,20}-[\w+/=-]{20,800}`),
  { marks: ['thin:'], pattern: /(?<=\bthin:[\w$#]{1,60}\/)[^\s@/]{1,200}(?=@)/g },
];

const services: readonly SecretShape[] = [
  shape('xox', String.raw`xox[a-z](?:\.xox[a-z])?-[\w-]{8,300}`),
  shape('xapp-', String.raw`xapp-\d-[\w-]{8,200}`),
  shape('xwfp-', String.raw`xwfp-[\w-]{8,200}`),
  shape(
    ['hooks.slack.com', 'hooks.slack-gov.com'],
    String.raw`hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[\w/]{10,200}`,
  ),
  { marks: ['/api/webhooks/'], pattern: /\bdiscord(?:app)?\.com\/api\/webhooks\/[\w/-]{10,200}/g },
  { marks: ['office.com'], pattern: /\bwebhook\.office\.com\/[\w@/-]{10,400}/g },
  { marks: ['victorops.com'], pattern: /\balert\.victorops\.com\/integrations\/[\w/-]{10,200}/g },
  { marks: ['Splunk '], pattern: /\bSplunk [\dA-Fa-f]{8}(?:-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}\b/g },
  shape('.', String.raw`(?<rest>[MNO][\w-]{23,27}\.[\w-]{6})\.[\w-]{27,60}(?![\w-])`, isMixed),
  // A bot's token, as it stands in an address.
  { marks: [':AA'], pattern: /(?<!\d)\d{6,12}:AA[\w-]{30,50}/g },
  shape(
    ['sk_', 'pk_', 'rk_', 'whsec_'],
    '(?:sk|pk|rk|whsec)_(?:live_|test_|prod_)?(?<rest>[A-Za-z0-9+/=]{14,250})',
    isNoWord,
  ),
  shape('pk_', String.raw`pk_\d{4,12}_[A-Z0-9]{20,60}`),
  shape('rzp_', 'rzp_(?:live|test)_[A-Za-z0-9]{10,40}'),
  shape('sq0', String.raw`sq0[a-z]{3}-[\w-]{16,80}`),
  shape('access_token$', String.raw`access_token\$[a-z]{4,12}\$[\w$]{16,120}`),
  shape('access-', `access-(?:sandbox|development|production)-${uuid}`),
  shape('shp', 'shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}'),
  shape(['key-', 'SK'], `(?:key-|SK)${hexadecimal}{32}(?![0-9a-f])`),
  shape('-', `${hexadecimal}{32}-(?:${hexadecimal}{8}-${hexadecimal}{8}|us\\d{1,2})(?![0-9a-f])`),
  shape(['xkeysib-', 'xsmtpsib-'], String.raw`x(?:key|smtp)sib-[\w-]{24,120}`),
  shape('re_', 're_[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,40}'),
  shape('SG.', String.raw`SG\.[\w-]{10,100}\.[\w-]{10,100}`),
  shape('lin_', 'lin_(?:api|oauth|wh)_[A-Za-z0-9]{20,100}'),
  shape('ntn_', 'ntn_[A-Za-z0-9]{20,80}'),
  shape('fig', String.raw`fig[a-z]{1,3}_[\w-]{20,100}`),
  shape('pat', String.raw`pat[A-Za-z0-9]{14}\.[0-9a-f]{40,80}`),
  shape('pat-', `pat-[a-z]{2}\\d-${uuid}`),
  shape('tfp_', String.raw`tfp_[\w-]{20,100}`),
  shape('CFPAT-', String.raw`CFPAT-[\w-]{20,80}`),
  shape('AT', String.raw`AT(?:[AC]TT3|BB)[\w=-]{20,400}`),
  shape('/', String.raw`[12]/\d{8,20}(?:/\d{8,20})?:[0-9a-f]{32}`),
];

const models: readonly SecretShape[] = [
  shape('sk-', String.raw`sk-(?<rest>[\w-]{16,250})`, isNoWord),
  shape('sess-', 'sess-(?<rest>[A-Za-z0-9]{30,60})', isNoWord),
  shape(['hf_', 'api_org_'], '(?:hf|api_org)_[A-Za-z0-9]{20,100}'),
  shape('gsk_', 'gsk_[A-Za-z0-9]{20,100}'),
  shape('xai-', 'xai-(?<rest>[A-Za-z0-9]{20,120})', isNoWord),
  shape('r8_', 'r8_[A-Za-z0-9]{20,60}'),
  shape('pplx-', 'pplx-[A-Za-z0-9]{20,80}'),
  shape('lsv2_', 'lsv2_[a-z]{2}_[a-f0-9_]{24,80}'),
  shape('pcsk_', String.raw`pcsk_\w{20,120}`),
  shape('tvly-', 'tvly-[A-Za-z0-9-]{20,80}'),
  shape('fw_', 'fw_(?<rest>[A-Za-z0-9]{20,60})', isNoWord),
];

/** The shapes of credentials. Each takes linear time. */
export const secretShapes: readonly SecretShape[] = [
  ...keys,
  ...flagSystems,
  ...observability,
  ...delivery,
  ...clouds,
  ...services,
  ...models,
];

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && !isOfWords(text);
}

function isMixedThroughout(text: string): boolean {
  return isMixed(text) && isScrambled(text, 0.3);
}
