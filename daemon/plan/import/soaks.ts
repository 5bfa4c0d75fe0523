import { assumed, type Place, placeNames, quoted, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import { daysIn, type Ladder, percentCell, weekOf } from './ladder.ts';
import { readMeasure } from './measureWords.ts';
import type { Cell, Passage } from './passages.ts';
import { type LengthOfTime, readLengths } from './quantities.ts';
import type { Scopes } from './scopes.ts';
import { readStageMentions } from './stageMentions.ts';
import { plain } from './text.ts';

const soaking =
  /\b(?:monitor\w*|soak\w*|hold\w*|bak(?:e|ing)|observ\w*|wait\w*|stay\w*|sit\w*|last\w*|keep\w*|remain\w*|watch\w*|dwell\w*|let it run|leave it|run(?:s|ning)?(?: it)? (?:at|for)|run(?=\s*$)|passes|pause|minimum (?:time|duration)|stabili[sz]\w*|burn[ -]?in|after)\b/i;
const soakHeader =
  /\b(?:soak|duration|hold|bake|dwell|time|length|minimum|monitor\w*|observation|for|how long|wait|stay|at least|time box)\b/i;
const onlyLength = /^(?:at least |min\w*\.? |≥ ?|> ?)?[\w.,-]+\s*[a-z]+\+?$/i;
/** What stays under two seconds is a latency: nobody watches a stage for less than a minute. */
const shortestSoak = 60_000;
const notSoak = /\b(?:roll\w*[ -]?back|within|respond|sla|read|timeout|window|latency|response)\b/i;

/** A length of time a guide asks of one stage, or of every stage without one of its own. */
interface Stay {
  readonly passage: Passage;
  readonly length: LengthOfTime;
  readonly percent: number | 'every';
}

/** The least time in each stage, merged; of two lengths the longer is kept. Stages without one get a proposal. */
export function readSoaks(guides: Guides, ladder: Ladder, scopes: Scopes): ReadonlyMap<number, Sourced<string>> {
  const found = new Map<number, { length: LengthOfTime; places: Place[] }>();
  const stays = guides.passages.flatMap((passage) => staysIn(guides, passage, ladder, scopes));
  for (const { passage, length, percent } of stays) {
    if (percent === 'every') continue;
    const known = found.get(percent);
    if (known === undefined) found.set(percent, { length, places: [passage] });
    else if (known.length.milliseconds === length.milliseconds) known.places.push(passage);
    else {
      const longer = known.length.milliseconds > length.milliseconds ? known : { length, places: [passage as Place] };
      guides.findings.add(
        'conflict',
        passage,
        `at ${percent} %: a soak of ${length.text} here, of ${known.length.text} at ${placeNames(known.places)}: the longer, ${longer.length.text}, is kept`,
      );
      found.set(percent, longer);
    }
    guides.use(passage);
  }
  for (const { passage, length, percent } of stays) {
    if (percent !== 'every') continue;
    for (const stage of ladder.stages)
      if (!found.has(stage.percent) && stage.percent > 0) found.set(stage.percent, { length, places: [passage] });
    guides.use(passage);
  }
  return withProposals(guides, ladder, found);
}

function staysIn(guides: Guides, passage: Passage, ladder: Ladder, scopes: Scopes): readonly Stay[] {
  const paired = pairsIn(passage, ladder);
  if (paired !== undefined) return paired.map((pair) => ({ passage, ...pair }));
  const length = soakIn(guides, passage);
  if (length === undefined) return [];
  const percent = stageOf(passage, scopes);
  if (percent !== undefined) return [{ passage, length, percent }];
  const everywhere =
    scopes.of(passage).kind === 'everywhere' &&
    eachStage.test(plain(`${passage.text} ${passage.trail.at(-1)?.text ?? ''}`));
  return everywhere ? [{ passage, length, percent: 'every' }] : [];
}

const eachStage =
  /\b(?:each|every|any|per|all) (?:stages?|steps?|phases?|increases?|waves?|levels?|rings?)\b|\bbetween (?:stages|steps)\b/i;

/**
 * Several lengths in one text: `5 % for 1 hour, then 20 % for 6 hours`, `24h each (48h at 50)`,
 * `every step lasts two days, 25 % lasts a week`. `undefined` when it is not of that kind.
 */
function pairsIn(passage: Passage, ladder: Ladder): readonly Omit<Stay, 'passage'>[] | undefined {
  if ((passage.kind !== 'sentence' && passage.kind !== 'item') || passage.text.length > 600) return undefined;
  const text = plain(passage.text);
  const mentions = readStageMentions(passage.text, '');
  const lengths = readLengths(text);
  const pairs = lengths.flatMap((length, index): readonly Omit<Stay, 'passage'>[] => {
    const after = text.slice(length.end);
    const start = lengths[index - 1]?.end ?? 0;
    const clause =
      text
        .slice(start, length.index)
        .split(/[;,(]\s/)
        .at(-1) ?? '';
    if (
      /^\s*(?:each\b(?! \w)|apiece|(?:at|per|for|in) (?:each|every|any) )|^\s*(?:a|per) (?:stage|step|wave)\b/i.test(
        after,
      )
    )
      return [{ percent: 'every', length }];
    const behind =
      /^\s*(?:at|for)\s+(\d+(?:\.\d+)?)\s*(?:%|percent\b|(?=[\s.,;)]|$))(?! ?(?:ms|s|hours?|minutes?|days?)\b)/i.exec(
        after,
      );
    const percent = Number(behind?.[1]);
    if (behind !== null && ladder.stages.some((stage) => stage.percent === percent)) return [{ percent, length }];
    if (
      !/\b(?:last|stay|tak|hold|soak|run|remain|wait)\w*\s+(?:for\s+)?(?:at least |about |a minimum of )?$/i.test(
        clause,
      )
    )
      return [];
    if (eachStage.test(clause)) return [{ percent: 'every', length }];
    const own = readStageMentions(clause, '').map((each) => each.percent);
    const known = ladder.stages.map((stage) => stage.percent);
    const bare = [...clause.matchAll(/(\d+(?:\.\d+)?)\s*(?:%|percent\b)/gi)].map(([, value]) => Number(value));
    const said = own.length > 0 ? own : bare.filter((value) => known.includes(value));
    return said.length === 1 ? said.map((each) => ({ percent: each, length })) : [];
  });
  if (pairs.length > 0 && (pairs.length > 1 || pairs[0]?.percent === 'every' || mentions.length > 1)) return pairs;
  if (mentions.length < 2) return undefined;
  return lengths.flatMap((length) => {
    const mention = mentions.findLast((each) => each.index < length.index);
    const between = mention === undefined ? '' : text.slice(mention.index, length.index);
    const holds =
      /\bfor\s+(?:at least |about |the (?:first|next) )?$/i.test(between) && !/\b(?:if|when|unless)\b/i.test(between);
    return mention === undefined || !holds ? [] : [{ percent: mention.percent, length }];
  });
}

/** A column of a latency; the `Duration` of a stage that is told in minutes or more is none. */
function measured({ header, text }: Cell): boolean {
  const named = readMeasure(header);
  const lasts = /^(?:min(?:imum)?\.? )?duration$/i.test(header.trim());
  return named !== undefined && !(lasts && (readLengths(plain(text))[0]?.milliseconds ?? 0) >= shortestSoak);
}

/** `Soak | overnight` */
function namesNoLength({ header, text }: Cell): boolean {
  return (
    /^(?:soak|bake|hold|dwell|duration)\b/i.test(header) && /\p{L}{3}/u.test(text) && !/^(?:none|n\/a)$/i.test(text)
  );
}

function soakIn(guides: Guides, passage: Passage): LengthOfTime | undefined {
  if (passage.kind === 'code' || passage.text.length > 600) return undefined;
  const { topic } = guides.contextOf(passage);
  if (topic === 'rollback' || topic === 'review' || topic === 'documents' || topic === 'targets' || topic === 'tests')
    return undefined;
  if (passage.kind === 'row') {
    if (percentCell(passage) === undefined && !passage.cells.some((cell) => /soak|bake|hold/i.test(cell.header)))
      return undefined;
    // The column that says so; else one that holds nothing but a length of time.
    const timed = passage.cells.filter(
      (cell) => readLengths(plain(cell.text)).length > 0 && !notSoak.test(cell.header) && !measured(cell),
    );
    const cell =
      timed.find((each) => soakHeader.test(each.header)) ?? timed.find((each) => onlyLength.test(plain(each.text)));
    const unread = cell === undefined ? passage.cells.find(namesNoLength) : undefined;
    if (unread !== undefined)
      guides.findings.add('not-understood', passage, `${quoted(unread.text)} names no length of time to stay for`);
    return cell === undefined ? undefined : readLengths(plain(cell.text))[0];
  }
  const text = plain(passage.text);
  const label = plain(passage.label ?? '');
  // `Day 6-7: Monitor 1% rollout`: the days it is watched are its soak.
  const days =
    passage.kind === 'heading' && /\b(?:monitor|observ|watch|soak|hold)\w*/i.test(text)
      ? daysIn(text, weekOf(passage))
      : undefined;
  if (days !== undefined && days.to > days.from && /\d\s*%/.test(text))
    return readLengths(`${(days.to - days.from + 1) * 24}h`)[0];
  if (
    /^(?:soak|hold|bake|duration|minimum (?:time|duration|soak)|monitoring(?: period)?|observation(?: period)?|wait|dwell)\b/i.test(
      label,
    )
  ) {
    // The duration of a week or of a whole guide is not a stage's.
    const heading = passage.trail.findLast((above) => above.kind !== 'item');
    const ofStage =
      !/^duration/i.test(label) || (heading !== undefined && readStageMentions(heading.text, '').length === 1);
    return ofStage ? readLengths(plain(passage.body))[0] : undefined;
  }
  for (const length of readLengths(text).filter(({ milliseconds }) => milliseconds >= shortestSoak)) {
    const before = text.slice(Math.max(0, length.index - 60), length.index);
    const clause = before.slice(
      Math.max(before.lastIndexOf(','), before.lastIndexOf(';'), before.lastIndexOf('.')) + 1,
    );
    const after = text.slice(length.end, length.end + 30);
    const follows =
      /^\+?\s*(?:passes\b|(?:has|have) passed|goes by|soak|hold|bake|of (?:monitoring|soak\w*|observation|stability)|minimum|at \d|monitoring|window between)/i.test(
        after,
      );
    const stayed =
      /^\s*(?:for\s+)?(?:at least\s+|a minimum of\s+|about\s+)?$/i.test(clause) &&
      passage.trail.some((above) => above.level > 1 && readStageMentions(above.text, '').length === 1) &&
      /^\s*(?:$|[.;,)])/.test(after) &&
      passage.kind === 'item' &&
      /\bfor\b|\bat least\b/i.test(clause);
    if (stayed) return length;
    if (notSoak.test(clause) || /^\s*(?:read|window|of the)\b/i.test(after)) continue;
    if (follows || soaking.test(clause)) return length;
    // `5 % (03 Feb, 24h)`: of a stage's heading, a part that is nothing but a length.
    const alone = /(?:^|[(,;:]|\s-|\sfor)\s*$/.test(before) && /^\s*(?:$|[).,;]|-\s|until\b)/.test(after);
    const stages = readStageMentions(text, '').length;
    const short = passage.kind === 'heading' || text.length <= 80;
    if (
      short &&
      alone &&
      (stages === 1 || (stages === 0 && /^[\w ]{1,20}\.?$/.test(text) && passage.kind === 'sentence'))
    )
      return length;
  }
  return undefined;
}

function stageOf(passage: Passage, scopes: Scopes): number | undefined {
  const left = scopes.leftBy(passage);
  if (left !== undefined) return left;
  const scope = scopes.of(passage);
  return scope.kind === 'stage' ? scope.percent : undefined;
}

function withProposals(
  guides: Guides,
  ladder: Ladder,
  found: ReadonlyMap<number, { length: LengthOfTime; places: Place[] }>,
): ReadonlyMap<number, Sourced<string>> {
  const soaks = new Map<number, Sourced<string>>();
  const longest = [...found]
    .filter(([percent]) => percent > 0)
    .map(([, each]) => each.length)
    .sort((a, b) => b.milliseconds - a.milliseconds)[0];
  for (const stage of ladder.stages) {
    const known = found.get(stage.percent);
    if (known !== undefined) {
      soaks.set(stage.percent, said(known.length.text, ...known.places));
      continue;
    }
    const place = stage.places[0] ??
      ladder.stages.find((each) => each.places.length > 0)?.places[0] ?? { file: '', line: 0 };
    const proposal = proposed(stage, longest);
    soaks.set(stage.percent, assumed(proposal.text, proposal.why, ...(stage.days?.places ?? stage.places.slice(0, 1))));
    guides.findings.add(
      'assumed',
      stage.days?.places[0] ?? place,
      `${stage.percent} %: a soak of ${proposal.text}, ${proposal.why}`,
    );
  }
  return soaks;
}

function proposed(stage: Ladder['stages'][number], longest: LengthOfTime | undefined): { text: string; why: string } {
  if (stage.percent === 0) return { text: '24h', why: 'no guide says how long to watch before the first users' };
  const planned = stage.days === undefined ? 0 : stage.days.to - stage.days.from + 1;
  if (longest !== undefined && planned > 1 && longest.milliseconds > planned * 86_400_000)
    return { text: `${planned}d`, why: `it is planned for ${planned} days` };
  if (longest !== undefined) return { text: longest.text, why: 'the longest soak the guide asks of another stage' };
  if (planned > 1)
    return {
      text: `${Math.min(planned - 1, 30) * 24}h`,
      why: `it is planned for ${planned} days, and one is left to decide`,
    };
  return { text: '24h', why: 'no guide says how long' };
}
