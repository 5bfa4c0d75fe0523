import { createHash } from 'node:crypto';
import fc from 'fast-check';

/** A credential as it might stand in a log, and the part of it that must not get out. */
export interface Planted {
  readonly line: string;
  readonly secret: string;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const from = (characters: string, least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: least, maxLength: most });
/** Distinct enough not to occur by chance. */
const value = from(letters + digits, 12, 40).map((text) => `q7Zx${text}9`);
/** Machine-made text. */
const random = (encoding: 'hex' | 'base64', length: number) =>
  fc.nat().map((seed) => createHash('sha512').update(`planted ${seed}`).digest(encoding).slice(0, length));
const hex = random('hex', 48);
const base64 = random('base64', 64);

const names = fc.constantFrom(
  ...[
    'password',
    'PASSWORD',
    'db_password',
    'passwd',
    'pwd',
    'pw',
    'db_pass',
    'secret',
    'client_secret',
    'clientSecret',
    'api_key',
  ],
  ...['apiKey', 'API-KEY', 'x-api-key', 'token', 'access_token', 'refreshToken', 'private_key', 'credentials'],
  ...['Passwort', 'kennwort', 'contraseña', 'mot_de_passe', 'jwt'],
  ...['session_id', 'sessionKey', 'AWS_SECRET_ACCESS_KEY', 'signature', 'connectionString', 'slackWebhook'],
);

/** Under a name that reveals it. */
const namedSecret: fc.Arbitrary<Planted> = fc
  .tuple(
    names,
    value,
    fc.constantFrom<(name: string, secret: string) => string>(
      (name, secret) => `${name}=${secret}`,
      (name, secret) => `${name}: ${secret}`,
      (name, secret) => `"${name}": "${secret}"`,
      (name, secret) => `{"a":{"${name}":"${secret}"}}`,
      (name, secret) => JSON.stringify({ text: JSON.stringify({ [name]: secret }) }),
      (name, secret) => `${name} => '${secret}'`,
      (name, secret) => `GET /x?a=1&${name}=${secret}&b=2`,
      (name, secret) => `run --${name} ${secret} --verbose`,
      (name, secret) => `run --${name}="${secret}"`,
      (name, secret) => `{"${name}":["${secret}"]}`,
      (name, secret) => `{"${name}":["none","${secret}"],"n":1}`,
      (name, secret) => `x {"${name}":{"value":"${secret}"}}`,
      (name, secret) => `cut short: {"a":1,"${name}":"${secret}`,
      (name, secret) => `"${name}": "a\\"${secret}"`,
      (name, secret) => `text="{\\"${name}\\":\\"a\\\\\\"${secret}\\"}"`,
      (name, secret) => `Settings(${name}=SecretStr('${secret}'), {'${name}': b'${secret}'})`,
      (name, secret) => `${name}=(${secret})`,
      (name, secret) => `{"name": "${name}", "value": "${secret}"}`,
      (name, secret) => `- name: ${name}\n  value: ${secret}`,
      (name, secret) => `<property name="${name}" value="${secret}"/>`,
      (name, secret) => `<${name} a="b">${secret}</${name}>`,
      (name, secret) => `("${name}", "${secret}")`,
      (name, secret) => `next=%2F%3F${name}%3D${secret}%26a`,
      (name, secret) => `the ${name} is ${secret}`,
    ),
  )
  .map(([name, secret, write]) => ({ line: write(name, secret), secret }));

/** In a shape that only credentials have, without a name. */
const shapedSecret: fc.Arbitrary<Planted> = fc.oneof(
  value.map((secret) => ({ line: `Authorization: Bearer ${secret}`, secret })),
  value.map((secret) => ({ line: `{"headers":{"authorization":"Basic ${secret}"}}`, secret })),
  value.map((secret) => ({ line: `Cookie: theme=dark; sid=${secret}; a=b`, secret })),
  value.map((secret) => ({ line: `curl -H 'Authorization: token ${secret}' https://x`, secret })),
  value.map((secret) => ({ line: `connecting to postgres://app:${secret}@db.internal:5432/x`, secret })),
  value.map((secret) => ({ line: `redis://${secret}@cache/0`, secret })),
  value.map((secret) => ({ line: `mysql://app:a/b#${secret}@db/x`, secret })),
  value.map((secret) => ({ line: `amqp://app:p@${secret}@host/x`, secret })),
  value.map((secret) => ({ line: `jdbc:oracle:thin:scott/${secret}@//h:1521/x`, secret })),
  value.map((secret) => ({ line: `Cookie: theme="dark"; sid=${secret}`, secret })),
  value.map((secret) => ({ line: `Authorization: Digest username="joe", response="${secret}"`, secret })),
  value.map((secret) => ({ line: `curl -u joe:${secret} https://x`, secret })),
  value.map((secret) => ({ line: `mysql -ujoe -p${secret} db`, secret })),
  value.map((secret) => ({ line: `sshpass -p ${secret} ssh x`, secret })),
  value.map((secret) => ({ line: `https://x.blob.example/c?sv=2020&sig=${secret}%3D&se=2`, secret })),
  value.map((secret) => ({ line: `https://alert.victorops.com/integrations/generic/1/alert/${secret}/x`, secret })),
  from('0123456789abcdef', 12, 12).map((secret) => ({
    line: `Splunk 73c8e662-4bfa-4975-a915-${secret} refused`,
    secret,
  })),
  from('0123456789abcdef', 37, 37).map((secret) => ({ line: `X-Auth-Key: ${secret}`, secret })),
  value.map((secret) => ({ line: `https://discord.com/api/webhooks/1234567890/${secret}`, secret })),
  value.map((secret) => ({ line: `https://api.telegram.org/bot1234567890:AA${secret}abcdefghijklmnop/send`, secret })),
  fc
    .tuple(
      fc.constantFrom(
        'xapp-1-',
        'hvs.',
        'AGE-SECRET-KEY-1',
        'GOCSPX-',
        'lin_api_',
        'figd_',
        'dckr_pat_',
        'ATATT3',
        'glsa_',
      ),
      from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 24, 40),
    )
    .map(([start, text]) => ({ line: `as ${start}${text} now`, secret: text })),
  random('hex', 32).map((text) => ({ line: `as shpat_${text} now`, secret: text })),
  from(letters + digits, 36, 36).map((text) => ({ line: `pushed with ghp_${text}`, secret: `ghp_${text}` })),
  from(`${letters}${digits}`, 22, 40).map((text) => ({ line: `key sk_live_${text}`, secret: `sk_live_${text}` })),
  from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 16).map((text) => ({
    line: `as AKIA${text} now`,
    secret: `AKIA${text}`,
  })),
  from(digits, 10, 12).map((text) => ({ line: `xoxb-${text}-abcdefghij`, secret: `xoxb-${text}` })),
  fc
    .tuple(value, value, value)
    .map(([one, two, three]) => ({ line: `jwt eyJ${one}.${two}.${three} end`, secret: two })),
  base64.map((body) => ({
    line: `-----BEGIN RSA PRIVATE KEY-----\\n${body}\\n-----END RSA PRIVATE KEY-----`,
    secret: body,
  })),
  hex.map((secret) => ({ line: `opened with ${secret}`, secret })),
  base64.map((secret) => ({ line: `opened with ${secret}=`, secret })),
);

export const planted: fc.Arbitrary<Planted> = fc.oneof(namedSecret, shapedSecret);
