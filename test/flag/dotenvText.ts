import fc from 'fast-check';

/** Random `.env` files, with every shape that readers accept and some that they do not. Bytes as characters. */

export const ownKeys = ['UPLOAD_ENABLED', 'UPLOAD_ROLLOUT'] as const;
const otherKeys = ['A', 'B_2', 'dotted.key', 'dash-key', 'UPLOAD', 'XUPLOAD_ENABLED', 'export'];

const flagText = fc.constantFrom('true', 'false', '0', '1', '10', '100');
const plainText = fc.constantFrom(
  '',
  'x',
  'some text',
  'a=b',
  'http://x/y?z',
  '$HOME',
  'a\\nb',
  'it\u00e9',
  '\u00ff\u00fe',
  '\u00c3\u00a9',
);
const insideQuotes = fc
  .array(
    fc.constantFrom(
      'x',
      ' ',
      '#',
      '=',
      '\\n',
      '\\',
      '\n',
      '\r\n',
      'UPLOAD_ENABLED=no',
      '\nUPLOAD_ROLLOUT=5\n',
      '$',
      '\u00e4',
      "'",
      '"',
      '`',
      "\\'",
      '\\"',
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));
const quote = fc.constantFrom("'", '"', '`');
const quotedText = fc.tuple(quote, insideQuotes).map(([mark, inner]) => `${mark}${inner}${mark}`);
const brokenText = fc.tuple(quote, plainText).map(([mark, inner]) => `${mark}${inner}`);
const value = fc.oneof(
  flagText,
  plainText,
  quotedText,
  brokenText,
  fc.tuple(quotedText, plainText).map(([a, b]) => a + b),
);

const blanks = fc.constantFrom('', '', '', ' ', '  ', '\t');
const comment = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom(' ', '', '\t'), fc.constantFrom('# note', '#', "# it's", '# UPLOAD_ENABLED=1', '# \u00e9'))
    .map(([a, b]) => a + b),
);
const sign = fc.constantFrom('=', '=', '=', ' = ', ' =', '= ', ': ', ':');
const start = fc.constantFrom('', '', '', 'export ', '  ', ' export\t');

const assignment = (key: fc.Arbitrary<string>) =>
  fc.tuple(start, key, sign, value, blanks, comment).map((parts) => parts.join(''));
const line = fc.oneof(
  { weight: 3, arbitrary: assignment(fc.constantFrom(...ownKeys)) },
  { weight: 3, arbitrary: assignment(fc.constantFrom(...otherKeys)) },
  fc.constantFrom(
    '',
    '   ',
    '# a comment',
    '# UPLOAD_ENABLED=false',
    '#UPLOAD_ROLLOUT=3',
    'junk',
    "'quoted line'",
    '"',
    'UPLOAD_ENABLED',
    'export UPLOAD_ROLLOUT',
    '=x',
    '\u00c3\u00bc',
  ),
);
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\r');

export const dotenvText = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }), fc.boolean())
  .map(([mark, lines, finished]) => {
    const text = lines.map((parts) => parts.join('')).join('');
    return (mark ? '\u00ef\u00bb\u00bf' : '') + (finished ? text : text.replace(/[\r\n]+$/, ''));
  });

/** Our keys once each, with values as a flag has them, in any style, among other lines. */
export const flaggedText = fc
  .tuple(
    fc.array(
      fc.tuple(
        assignment(fc.constantFrom(...otherKeys.slice(0, 5))).filter((text) => !/["'`]|:$/.test(text)),
        lineEnd,
      ),
      { maxLength: 4 },
    ),
    fc.tuple(start, sign, fc.constantFrom('', "'", '"', '`'), flagText, fc.constantFrom('', ' ', ' # note', '\t#')),
    fc.tuple(start, sign, fc.constantFrom('', "'", '"', '`'), flagText, fc.constantFrom('', ' ', ' # note', '\t#')),
    lineEnd,
  )
  .filter(([, first, second]) => first[1] !== ':' && second[1] !== ':')
  .map(([others, first, second, end]) => {
    const own = [first, second].map(
      ([before, mark, style, text, after], index) =>
        `${before}${ownKeys[index]}${mark}${style}${text}${style}${after}${end}`,
    );
    const [head = '', ...tail] = others.map((parts) => parts.join(''));
    return { text: head + own.join('') + tail.join(''), values: [first[3], second[3]] as const };
  });

export const settings = fc.record({
  UPLOAD_ENABLED: fc.constantFrom('true', 'false'),
  UPLOAD_ROLLOUT: fc.oneof(
    fc.constantFrom('0', '1', '10', '0.5', '100', '', 'a b', 'on #1', "it's", '"', '$x', '\u00e9', 'x`y'),
  ),
});
