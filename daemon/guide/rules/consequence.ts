import type { Guide } from '../guide.ts';
import { withinOf } from '../lengths.ts';
import { anyMeans, means, saysMore, type Token } from '../tag.ts';
import { opensCondition } from './clauses.ts';

/** The consequence of a condition that holds, by the words nearest to it. */
export interface Consequence {
  /** `excluded`: it tells of something else, such as what was measured once; `none`: nothing near says what follows. */
  readonly kind: 'automatic' | 'asked' | 'gate' | 'none' | 'excluded';
  /** The lines whose words say so. */
  readonly said: readonly { readonly line: number; readonly text: string }[];
  readonly within: string | undefined;
  /** It stays where it is: a hold, which nobody but a person ends. */
  readonly pause: boolean;
}

export interface Level {
  readonly line: number;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The value's own words; only there a verb of its own may deny what stands above. */
  readonly own: boolean;
}

const nothing: Consequence = { kind: 'none', said: [], within: undefined, pause: false };
const excluded: Consequence = { ...nothing, kind: 'excluded' };

/**
 * The consequence of a condition. The nearest words that say one count. An automatic rollback needs them to say it, and no
 * word of a person's decision between them and the title: a rollback nobody asked for is worse than one that is asked about.
 */
export function consequenceOf(levels: readonly Level[]): Consequence {
  let rollback: Level | undefined;
  let conditioned = false;
  let other: Level | undefined;
  for (const level of levels) {
    const { tokens } = level;
    if (isDenied(tokens) || (level.own && isAfterwards(tokens))) return excluded;
    if (asksPerson(tokens)) return { ...asked(level, rollback), within: undefined };
    if (rollback !== undefined) continue;
    if (level.own && advancesIf(tokens)) return { kind: 'gate', said: [level], within: undefined, pause: false };
    // `Pause and roll back`: which of the two comes first, a person decides.
    if (anyMeans(tokens, 'pause')) return { ...asked(level, undefined), pause: !anyMeans(tokens, 'rollback') };
    if (takesBack(level)) {
      const procedure =
        anyMeans(tokens, 'procedure') && !anyMeans(tokens, 'condition', 'automatic', 'gate') && !level.own;
      if (procedure && !conditioned) return excluded;
      rollback = level;
    } else if (anyMeans(tokens, 'measured', 'goal', 'targets')) return excluded;
    else if (anyMeans(tokens, 'abort', 'alert')) return asked(level, undefined);
    else if (isGate(tokens) || leadsForward(tokens))
      return isLaboratory(level) ? excluded : { kind: 'gate', said: [level], within: undefined, pause: false };
    conditioned ||= anyMeans(tokens, 'condition');
    if (rollback === undefined && isOther(level)) other ??= level;
  }
  if (rollback === undefined) return nothing;
  if (other !== undefined) return asked(other, rollback);
  const within = levels.map(({ tokens }) => withinOf(tokens)).find((each) => each !== undefined);
  return { kind: 'automatic', said: [rollback], within, pause: false };
}

function asked(level: Level, rollback: Level | undefined): Consequence {
  return {
    kind: 'asked',
    said: rollback === undefined || rollback === level ? [level] : [level, rollback],
    within: undefined,
    pause: false,
  };
}

/** A person decides, unless it is said that nobody is asked: `no discussion`, but not `no rollback without approval`. */
export function asksPerson(tokens: readonly Token[]): boolean {
  const asks = tokens.some((token, at) => {
    // The approval rate is a name.
    if (!means(token, 'ask') || means(tokens[at + 1], 'rate')) return false;
    const denials = tokens.slice(Math.max(0, at - 6), at).filter((each) => means(each, 'not'));
    return denials.length !== 1 || !tokens.slice(Math.max(0, at - 2), at).some((each) => means(each, 'not'));
  });
  return asks || isByHand(tokens);
}

/** `Roll back`, an abort that happens by itself, and in a condition's own words the flag that goes off or to 0. */
export function takesBack({ tokens, own }: Pick<Level, 'tokens' | 'own'>): boolean {
  if (anyMeans(tokens, 'rollback') || (anyMeans(tokens, 'abort') && anyMeans(tokens, 'automatic'))) return true;
  const off = tokens.some(
    (token, at) =>
      means(token, 'nobody', 'off') ||
      (/^(?:turn|turns|turned|switch|flip|set)$/i.test(token.text) &&
        tokens.slice(at + 1, at + 5).some(({ text }) => /^off$/i.test(text))) ||
      (token.number?.value === 0 && /^(?:to|auf|à|a|para|=)$/i.test(tokens[at - 1]?.text ?? '')),
  );
  return own && off && !isGate(tokens);
}

/** Requirements of tests, and of what runs where no user is, are no gates of a stage. */
function isLaboratory({ tokens, own }: Level): boolean {
  if (anyMeans(tokens, 'elsewhere')) return true;
  return !own && anyMeans(tokens, 'tests') && !anyMeans(tokens, 'stage', 'expose', 'population', 'passing');
}

/** `If it stays above 2 % after the rollback`: what is done when it is over. */
export function isAfterwards(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, at) =>
      means(token, 'rollback') && tokens.slice(Math.max(0, at - 2), at).some((each) => means(each, 'after', 'before')),
  );
}

/** `no automatic action` */
function isByHand(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, at) =>
      means(token, 'automatic') && tokens.slice(Math.max(0, at - 2), at).some((each) => means(each, 'not')),
  );
}

/** `We stop when:` between a condition and the heading about rollbacks says that something else follows. */
function isOther({ tokens, own }: Level): boolean {
  const last = tokens.findLast(({ kind }) => kind === 'word');
  return !own && opensCondition.test(last?.text ?? '') && !anyMeans(tokens, 'rollback', 'condition', 'abort');
}

/** `Do not roll back`, `no rollback needed`. */
function isDenied(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, at) =>
      means(token, 'rollback') &&
      tokens.slice(Math.max(0, at - 3), at).some((each) => means(each, 'not') && !means(each, 'ask')),
  );
}

/** `Success` above figures is a gate, and part of a name beside `rate`. */
function isGate(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => {
    if (!means(token, 'gate')) return false;
    return (
      !means(token, 'success') ||
      !saysMore(tokens.slice(at + 1).filter(({ kind }) => kind === 'word')) ||
      means(tokens[at + 1], 'gate')
    );
  });
}

/** `A wave is promoted when …` */
function advancesIf(tokens: readonly Token[]): boolean {
  const advance = tokens.findIndex((token) => means(token, 'advance') && !means(token, 'pause'));
  return (
    advance !== -1 &&
    !anyMeans(tokens.slice(0, advance), 'not') &&
    !anyMeans(tokens, 'rollback', 'pause') &&
    tokens.slice(advance).some(({ text }) => opensCondition.test(text))
  );
}

/** `Conditions to advance`, `It proceeds to the next step only if`, `Continue` above a column. */
function leadsForward(tokens: readonly Token[]): boolean {
  if (!anyMeans(tokens, 'advance')) return false;
  const last = tokens.findLast(({ kind }) => kind === 'word');
  const asks = anyMeans(tokens, 'condition', 'only') || opensCondition.test(last?.text ?? '');
  return asks || tokens.every((token) => token.kind === 'mark' || means(token, 'advance', 'filler'));
}

/** A text as a level, without the words that a claim has taken. */
export function levelOf(
  guide: Guide,
  line: number,
  text: string,
  own: boolean,
  without: readonly { from: number; to: number }[] = [],
): Level {
  const tokens = guide.tokens(text).filter((_, at) => !without.some(({ from, to }) => at >= from && at < to));
  return { line, text, tokens, own };
}
