/** Numbers written in words, `twenty-five percent`, `at least two hundred`, turned into figures. */

const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const small = `(?:(?:${tens.join('|')})(?:[- ](?:${units.slice(1, 10).join('|')})\\b)?|${[...units].reverse().join('|')})`;
const group = `(?:(?:${small}|a)[- ]hundred(?:(?: and)? ${small})?|${small}|a)`;
const whole = `(?:${group}[- ](?:thousand|million)(?:(?: and)? ${group})?|(?:${small}|a)[- ]hundred(?:(?: and)? ${small})?|${small})`;
const measured =
  '%|per ?cent\\b|percent(?:age)?\\b|(?:full |straight |consecutive |calendar |business |working )?(?:seconds?|minutes?|hours?|days?|weeks?)\\b|milliseconds?\\b|times\\b';
const compared =
  '(?:at least|at most|(?:more|less|fewer|greater|higher|lower) than|no more than|minimum of|maximum of|up to|over|under|above|below|exceeds?|≥|≤|[<>=])';
const beforeUnit = new RegExp(`\\b(${whole})(?: point (${small}))?(?=[\\s-]+(?:${measured}))`, 'gi');
const afterComparison = new RegExp(`(?<=(?:\\b|^|\\s)${compared}\\s+)(${whole})\\b(?![-\\w])`, 'gi');
/** `one in a thousand` is a share, as `0.1 %` is. */
const fraction = new RegExp(
  `\\b(${small}) (?:in|out of) (?:every )?((?:a|one|ten) (?:hundred|thousand|million))\\b`,
  'gi',
);
/** `2 in 100`, `3 out of 1,000`: not `3 in 10 minutes`. */
const counted =
  /(?<![\w.,/-])(\d{1,4}) (?:in|out of) (?:every )?([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*0)(?![\d.,]*\d)(?!\s*(?:%|ms\b|s\b|seconds?|min|h\b|hours?|days?|weeks?))/gi;
const perMille = /(?<![\w.,])(\d+(?:[.,]\d+)?)\s*(?:‰|per ?mille\b|per thousand\b)/gi;
const shares: Readonly<Record<string, number>> = { tenth: 10, fifth: 20, quarter: 25, third: 33, half: 50 };
const worthLooking = new RegExp(
  `\\b(?:${[...units, ...tens, ...Object.keys(shares), 'hundred', 'thousand'].join('|')})`,
  'i',
);

/** Turns number words into figures where a unit follows them or a comparison stands before; others stay words. */
export function numeralsAsFigures(written: string): string {
  if (written.length > 2000) return written;
  const text = sharesAsPercent(written);
  if (!worthLooking.test(text)) return text;
  return text
    .replaceAll(/\b(?:a )?quarter of an hour\b/gi, '15 minutes')
    .replaceAll(/\bthree quarters of an hour\b/gi, '45 minutes')
    .replaceAll(
      /\bby (?:a |one )?(quarter|third|half)\b/gi,
      (_all, part: string) => `by ${shares[part.toLowerCase()]}%`,
    )
    .replaceAll(/\bhalf a (?=per ?cent\b)/gi, '0.5 ')
    .replaceAll(
      /\b(?:a |one )?(tenth|fifth|quarter|third|half)(?= of (?:the |all |our )?(?:\w+ )?(?:users|readers|customers|traffic|requests|sessions|tenants|accounts|fleet|hosts|merchants|shops|stores|devices|clients|visitors|members|employees|orders|reads|writes|players|subscribers|viewers|people|hotels|invoices|mailboxes|regions|queries|calls|servers|pods)\b)/gi,
      (_all, part: string) => `${shares[part.toLowerCase()]}%`,
    )
    .replaceAll(
      fraction,
      (_all, part: string, of: string) => `${Number(((100 * valueInWords(part)) / valueInWords(of)).toFixed(6))}%`,
    )
    .replaceAll(beforeUnit, (_all, words: string, decimals: string | undefined) =>
      decimals === undefined ? String(valueInWords(words)) : `${valueInWords(words)}.${valueInWords(decimals)}`,
    )
    .replaceAll(afterComparison, (_all, words: string) => String(valueInWords(words)));
}

function sharesAsPercent(text: string): string {
  return text
    .replaceAll(perMille, (_all, value: string) => `${Number((Number(value.replace(',', '.')) / 10).toFixed(6))}%`)
    .replaceAll(counted, (all, part: string, of: string) => {
      const share = (100 * Number(part)) / Number(of.replaceAll(',', ''));
      return share > 100 ? all : `${Number(share.toFixed(6))}%`;
    });
}

function valueInWords(words: string): number {
  let [total, current] = [0, 0];
  for (const word of words.toLowerCase().split(/[\s-]+/)) {
    if (word === 'hundred') current = Math.max(1, current) * 100;
    else if (word === 'thousand' || word === 'million') {
      total += Math.max(1, current) * (word === 'million' ? 1_000_000 : 1000);
      current = 0;
    } else if (word === 'a') current = 1;
    else if (tens.includes(word)) current += (tens.indexOf(word) + 2) * 10;
    else if (units.includes(word)) current += units.indexOf(word);
  }
  return total + current;
}
