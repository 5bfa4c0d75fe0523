import { readNumber } from './quantities.ts';
import { plain } from './text.ts';

/** Percentages of a rollout's ladder in running text, told from the percentages of criteria. */

export interface StageMention {
  readonly percent: number;
  readonly index: number;
}

const percentage = /(?<![\w.,])(\d+(?:[.,]\d+)?)\s*(?:%|percent\b|per ?cent\b|pct\b)/gi;
const exposed =
  '(?:rollouts?|roll-outs?|traffic|users?|customers?|merchants?|sessions?|fleet|hosts?|instances?|pods?|nodes?|servers?|canary|canaries|ramp|stage|exposure|exposed|cohort|tenants?|accounts?|population|shops?|stores?|readers|viewers|listeners|subscribers|players|members|visitors|employees|devices|people|regions?|everyone|deployment|step|wave|ring)';
const after = new RegExp(
  `^\\)?\\s*(?:of\\s+)?(?:(?:the|all|our|live|production|prod|real|internal|eligible|new|total|incoming|active)\\s+){0,3}${exposed}\\b`,
  'i',
);
const before =
  /\b(?:roll(?:ed|ing)?[ -]?out|rollout|ramp(?:ed|ing)?(?:[ -]?up)?|increas(?:e|ed|ing)|expand(?:ed|ing)?|enabl(?:e|ed|ing)|rais(?:e|ed|ing)|go(?:ing)?|mov(?:e|ed|ing)|advanc(?:e|ed|ing)|promot(?:e|ed|ing)|shift(?:ed|ing)?|bump(?:ed)?|open(?:ed)?(?: up)?|canary|stage|step|phase|wave|ring|ladder|set|expos(?:e|ed|ing)|exposure|start(?:ed|ing)?|begin|launch|releas(?:e|ed|ing)|deploy(?:ed|ing)?|traffic|stay(?:ing)?|soak(?:ing)?|hold(?:ing)?|sit(?:ting)?|bake|baking|monitor(?:ing)?|reach(?:ed|es|ing)?|keep|while|once|from|pilot|scale|dial(?:ed)?|turn(?:ed)?)\b[^.;%<>≥≤|]{0,40}$/i;
/** `turn it on for 10 % of requests` */
const exposing =
  /\b(?:turn(?:ed|ing)?|switch(?:ed|ing)?|enabl(?:e|ed|ing)|open(?:ed|ing)?|ramp(?:ed|ing)?|roll(?:ed|ing)?(?: it)? out|rollout|rout(?:e|ed|ing)|send(?:ing)?|shift(?:ed|ing)?|mov(?:e|ed|ing)|expos(?:e|ed|ing)|serv(?:e|es|ed|ing)|go(?:es|ing)?|ship(?:ped|ping)?|releas(?:e|ed|ing)|launch(?:ed|ing)?|live|on|takes?|gets?|receives?|sees?)\b[^.;%<>≥≤|]{0,25}?\b(?:for|to|at|on|with|by|takes?|gets?|receives?|sees?)\s*$/i;
/** `Nordics (3 % of queries)` */
const ofAll = /^\s*of\s+(?:the |all |our )?[a-z]+s\s*\)\s*(?:$|[-:,.;→])/i;
/** `5 % of recipients for 2 days`, at the start. */
const audience =
  /^\s*of\s+(?:the |all |our )?(?:\w+\s)?(?!(?:errors?|failures?|cases|time|budget|baseline|control)\b)[a-z]+s\s*(?:$|[.,;:(]|for\b|until\b|from\b)/i;
/** `Full - 100 %`, `Internal: 2 %` */
const calledStage =
  /^\s*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|full|half|quarter|rest|remainder|dark|shadow|internal|beta|alpha|everyone|everybody|pilot|dogfood(?:ing)?|canary|ga|general availability|all|early \w+|friends (?:and|&) family|majority|initial|final|production|prod|week \d+)(?: (?:rollout|launch|users|ramp|release))?\s*(?:-|:)\s*$/i;
const changeWord =
  /^\)?\s*(?:of\s+(?:the\s+|all\s+|our\s+)?(?:\w+\s+)?(?:baseline|control|budget|requests?|uploads?|orders?|calls?|errors?|time|cases)|reduction|improvement|faster|slower|less|more|lower|higher|better|worse|increase|decrease|complete|done|coverage|pass(?:ing|ed)?|uptime|success|availability|cpu|memory|above|below|or (?:more|higher|better|less|lower)|over (?:the )?(?:baseline|control)|confidence|error)\b/i;
const measureBefore =
  /\b(?:success(?! criteria)(?:ful)?|errors?|failures?|latency|response|p\d\d|memory|cpu|rate|ratio|timeouts?|availability|throughput|uptime|budget|complaints?|usage|percentile|baseline|below|above|under|at least|at most|less than|more than|exceeds?|exceeding|minimum)\b[^,;.()|]*$/i;
const zero =
  /\b(?:flags?|feature flags?|toggles?)\s+(?:(?:is|are|stays?|still|set to|turned|switched)\s+)*(?:off|disabled)\b|\bflags? off\b|\bdark (?:launch|deploy(?:ment)?)\b|\b(?:deploy\w*|ship\w*|releas\w*)\b[^.;]{0,30}\b(?:dark|disabled|behind the flag)\b/i;
/** What is done in an emergency says nothing of a stage. */
const turningOff =
  /\b(?:turn|switch|flip|set|disable)\w*\s+(?:it|the (?:\w+ )?(?:flag|switch|toggle)s?|(?:feature )?flags?)\s+(?:back )?(?:off|disabled)\b/i;
/** `Set search.percent to 5`: a percentage by the name of what holds it. */
const assigned = /\bset\s+(?:the\s+)?\S*(?:percent(?:age)?|pct|rollout|ramp|weight)\S*\s+to\s+(\d+(?:\.\d+)?)\b/i;
/** `CDN_PERCENT=5`; what sets it to 0 turns it off. */
const variable =
  /(?<![\w.-])[A-Z][A-Z0-9_]*_(?:PERCENT(?:AGE)?|PCT|SHARE(?=\s*=\s*["']?(?:\d{2}|[2-9])))\s*=\s*["']?(\d*[1-9](?:\.\d+)?|[1-9]\d*(?:\.\d+)?)\b(?!\.)/;
/** `5/25/100`, `1 → 10 → 50 → 100 %`, `0, 1, 10, 50 and 100 %`. */
const chain =
  /(?<![\w./-])\d+(?:\.\d+)?\s*%?(?:\s*(?:→|\/|,|>|then|to|and)\s*(?:and\s+|then\s+)?\d+(?:\.\d+)?\s*%?)+(?![\w/-])/gi;
const ladderContext = new RegExp(
  `\\b(?:${exposed.slice(3, -1)}|stages|steps|ladder|ramping|ramp-up|percentages?|gradual(?:ly)?|progressive(?:ly)?|increase|continue)\\b`,
  'i',
);

/** The stages a text mentions, in order, each once. `context` is what stands above it, for chains without words. */
export function readStageMentions(text: string, context: string): readonly StageMention[] {
  const words = plain(text);
  if (words.length > 2000) return [];
  const found: StageMention[] = [];
  if (zero.test(words) && !turningOff.test(words)) found.push({ percent: 0, index: words.search(zero) });
  for (const mention of chainMentions(words, context)) found.push(mention);
  for (const match of words.matchAll(percentage)) {
    const percent = readNumber(match[1] ?? '');
    if (percent === undefined || percent > 100 || !isStage(words, match)) continue;
    found.push({ percent, index: match.index });
  }
  if (found.length === 0) {
    const setting = assigned.exec(words) ?? variable.exec(words);
    const percent = setting === null ? undefined : readNumber(setting[1] ?? '');
    if (setting !== null && percent !== undefined && percent <= 100) found.push({ percent, index: setting.index });
  }
  // `2 %, then 20 %, then everyone`.
  const everyone =
    found.length === 0
      ? words.search(
          /^(?:then|finally),?\s+(?:it (?:goes|is turned on) (?:to|for) )?(?:everyone|everybody|all (?:of )?(?:the |our )?(?:users|readers|customers|traffic|tenants))(?:\s+(?:gets?|has|sees|uses) (?:it|the new \w+))?\s*(?:$|[.,;])/i,
        )
      : words.search(
          /(?:\bthen|→|\bfinally|\band),?\s+(?:to\s+)?(?:everyone|everybody|all (?:users|traffic|customers|of them)|full(?: (?:rollout|traffic|launch))?(?=\s*(?:$|[.,;)])))/i,
        );
  if (everyone !== -1) found.push({ percent: 100, index: everyone });
  const named = found.length === 0 ? stageInWords(words) : undefined;
  if (named !== undefined) found.push({ percent: named, index: 0 });
  const seen = new Set<number>();
  return found
    .sort((a, b) => a.index - b.index)
    .filter(({ percent }) => !seen.has(percent) && seen.add(percent).has(percent));
}

/** `Step 3 - half`, `Phase 1: shadow`: what a numbered stage is called says how many see it. */
function stageInWords(text: string): number | undefined {
  const name =
    /^(?:rollout )?(?:stage|step|phase|wave|ring|tranche)\s*#?(?:\d+|[A-H](?=\s*[-:.)→]))\s*[-:.)→]+\s*([a-z][a-z /-]{2,40})$/i.exec(
      text,
    )?.[1];
  if (name === undefined) return undefined;
  const of = '(?: of (?:the |all |our )?[a-z]+)?';
  const known: readonly (readonly [string, number])[] = [
    [`half${of}`, 50],
    [`(?:a |one )?quarter${of}`, 25],
    ['(?:everyone|everybody|all(?: (?:of )?(?:the |our )?[a-z]{3,15})?|full(?: (?:rollout|traffic|launch))?)', 100],
    ['(?:shadow(?:ing)?(?: (?:mode|traffic|reads))?|dark launch|dark|nobody|no users)', 0],
  ];
  return known.find(([pattern]) => new RegExp(`^${pattern}$`, 'i').test(name.trim()))?.[1];
}

/** `between 0.3 % and 1 %` is a range of something measured. */
const inRange = /\bbetween\s+(?:\d[\d.,]*\s*(?:%|percent)?\s*and\s+)?$/i;

/** `one percent of readers get the new page`, `we proceed to a tenth of our orders`. */
const served =
  /^\s*of\s+(?:the |all |our )?(?:\w+ )?[a-z]+s\s+(?:gets?|receives?|sees?|(?:are|is) (?:exposed|served|moved|routed))\b[^%]{0,60}\b(?:new|it|from|to)\b/i;
const factual =
  /^\s*of\s+(?:the |all |our )?(?:\w+ )?[a-z]+\s+(?:(?:fail|complain|report|drop|abandon|crash|churn|leave|click|answer|time out)(?:s|ed|ing)?|are|is|were|was|have|has|come|comes|live|lives|use|uses|run|runs|belong|need|needs|know)\b(?!\s+(?:exposed|on|treated|served|routed|moved|enabled|in the (?:treatment|rollout|new)|the new))/i;

function isStage(text: string, match: RegExpExecArray): boolean {
  const lead = text.slice(Math.max(0, match.index - 80), match.index);
  if (inRange.test(lead)) return false;
  const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 60);
  // `80 % of our tenants are in one region` tells of them, and of no stage.
  if (factual.test(rest)) return false;
  if (/[<>≥≤=~±-]\s*$/.test(lead) && !/\w\s*=\s*$|\s-\s*$/.test(lead)) return false;
  // `5 % - 10 %` is a range, `5 % - 1 day` a stage and its time.
  if (/^\s*-\s*\d[\d.,]*(?!\s*(?:minutes?|h|hours?|days?|weeks?)\b|[\d.,])/i.test(rest)) return false;
  if (after.test(rest) && !measureBefore.test(lead)) return true;
  if (served.test(rest) && !measureBefore.test(lead)) return true;
  // `1% success rate ≥99.5%`: the success rate at 1 %.
  if (
    /^\s*(?:success|error|failure|timeout|latency|p\d\d)\b[\w\s]{0,20}[:<>≥≤]/i.test(rest) &&
    !measureBefore.test(lead)
  )
    return true;
  if (exposing.test(lead) && /^\s*of\s/i.test(rest) && !measureBefore.test(lead)) return true;
  if (/^[^.;:,<>≥≤]{1,40}\($/.test(lead.trim()) && ofAll.test(rest) && !measureBefore.test(lead.replace(/\(\s*$/, '')))
    return true;
  if (changeWord.test(rest) && !(lead.trim() === '' && audience.test(rest))) return false;
  if (lead.trim() === '' && audience.test(rest)) return true;
  // `First slice - 2 % of mailboxes, from Wednesday`
  if (/^\p{L}[\p{L}\d' ]{0,30}\s-\s*$/u.test(lead) && audience.test(rest) && !measureBefore.test(lead)) return true;
  if (measureBefore.test(lead)) return false;
  if (calledStage.test(lead) && /^\s*(?:$|[(,;.]|-\s)/.test(rest)) return true;
  if (/(?:^|[.;,]\s*)at\s*$/i.test(lead)) return true;
  if (before.test(lead)) return true;
  if (
    /(?:^|\bat|\bto|→|:|\()\s*$/i.test(lead.trimStart()) &&
    /^\s*(?:$|[():,;→.-]|(?:mon|tue|wed|thu|fri|sat|sun)(?:\w*day|s)?\b|on\s+(?:\w+day\b|\d)|for\b|stage\b|in\b|until\b|only\b|active\b|deployed\b|live\b)/i.test(
      rest,
    )
  ) {
    // `(5%)` and `at 5%` name a stage where nothing measured stands before them.
    return /^\s*$|\bat\s*$|\(\s*$|→\s*$|\bto\s*$|(?:stage|step|phase|wave|canary|ring|week|day)s?\b[^.]*$/i.test(lead);
  }
  return false;
}

function chainMentions(text: string, context: string): readonly StageMention[] {
  const found: StageMention[] = [];
  for (const match of text.matchAll(chain)) {
    const lead = text.slice(0, match.index);
    const numbers = match[0].match(/\d+(?:\.\d+)?/g)?.map(Number) ?? [];
    const ascending = numbers.every(
      (value, index) => value <= 100 && (index === 0 || value > (numbers[index - 1] ?? 0)),
    );
    if (!ascending || numbers.length < 2 || measureBefore.test(lead) || inRange.test(lead) || /[<>≥≤=$]\s*$/.test(lead))
      continue;
    const percented =
      match[0].includes('%') ||
      /^\s*(?:%|percent)/i.test(text.slice(match.index + match[0].length)) ||
      numbers.at(-1) === 100;
    if (!percented || !(ladderContext.test(text) || ladderContext.test(context))) continue;
    if (!match[0].includes('%') && numbers.length < 3) continue;
    let index = match.index;
    for (const value of numbers) {
      found.push({ percent: value, index });
      index += 1;
    }
  }
  return found;
}

/** A percentage that stands alone: a cell of a stage table, `25 %` or `25`. */
export function readBarePercent(text: string): number | undefined {
  const match =
    /^\D{0,12}?(\d+(?:[.,]\d+)?)\s*(?:%|percent|per ?cent|pct)?(?:\s+(?:of\s+)?[a-z ]{0,30})?(?:\s*\(.*\))?$/i.exec(
      plain(text).trim(),
    );
  const value = match === null ? undefined : readNumber(match[1] ?? '');
  return value !== undefined && value <= 100 ? value : undefined;
}

const stageTalk =
  /^(?:to|at|of|for|the|a|an|and|then|from|on|in|with|is|are|our|all|be|it|we|by|up|out|rollouts?|traffic|users?|customers?|percent|stages?|steps?|phases?|waves?|rings?|days?|weeks?|canary|ramp\w*|increas\w*|rais\w*|expand\w*|enabl\w*|move|go|begin|start\w*|continue|deploy\w*|active|complete|live|half|full|everyone|launch|gradual\w*|shift|open|hold|stay|mon\w*|tue\w*|wed\w*|thu\w*|fri\w*|sat\w*|sun\w*|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)$/i;

/** The words of a text that are no figure and not of the kind that goes with any stage. */
export function withoutStages(text: string): readonly string[] {
  return (plain(text).match(/\p{L}[\p{L}'-]+/gu) ?? []).filter((word) => !stageTalk.test(word));
}
