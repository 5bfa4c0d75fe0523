import { UserError } from '../../protocol/domain/userError.ts';
import type { Guide } from '../guide.ts';
import { type Ladder, stageNames } from '../rules/ladder.ts';
import { anyMeans, means } from '../tag.ts';

const blank = /\{\{[^{}]{1,40}\}\}|\[(?:your|insert|name|date|team|tbd)[^\]]{0,40}\]|_{4,}|\bXX\b|\bXX?\s?%/i;
const named = /<([a-z][\w -]{1,40})>/gi;
const elements = new Set(
  'a aside b blockquote body br center code dd del details div dl dt em font h1 h2 h3 h4 hr i img input kbd li mark ol p pre s small span strong sub summary sup table tbody td th thead tr u ul'.split(
    ' ',
  ),
);

/** `<service name>`, `[your team]`, `____`; an element of HTML is none. */
function isBlank(line: string): boolean {
  return (
    blank.test(line) ||
    [...line.matchAll(named)].some(([, name = '']) => !elements.has((name.split(' ')[0] ?? '').toLowerCase()))
  );
}

const proposal = /^(?:KEP|PEP)-?\s?\d+\b|\benhancement proposal\b/i;

/**
 * Refuses what tells of rollouts and plans none, with one line that says why. A guess would be worse than no plan: whoever
 * reads one believes it.
 * @throws {UserError} `not-a-guide`
 */
export function refuseOthers(
  guide: Guide,
  ladder: Ladder,
  names: readonly string[],
  lines: ReadonlyMap<string, readonly string[]>,
): void {
  const which = names.length === 1 ? (names[0] ?? '') : `${names.length} files`;
  const refuse = (why: string): never => {
    throw new UserError('not-a-guide', `${which}: ${why}`);
  };
  const titles = guide.passages.filter(({ kind, file, line }) => kind === 'heading' && guide.isTitle(file, line));
  const title = titles.find(({ text }) => proposal.test(text) || anyMeans(guide.tokens(text), 'catalogue'));
  if (title !== undefined && names.length === 1) {
    const word = guide.tokens(title.text).find((token) => means(token, 'catalogue'))?.text ?? title.text.slice(0, 20);
    refuse(`“${word}” in its title says that it is about rollouts and plans none; name the guide of one rollout`);
  }
  const said = [...lines.values()].flat().filter((line) => /\p{L}/u.test(line));
  const blanks = said.filter(isBlank);
  if (blanks.length >= 4 && blanks.length * 5 >= said.length)
    refuse(
      `a template with ${blanks.length} places to fill in (“${(blanks[0] ?? '').trim().slice(0, 60)}” is the first); fill it in, then import it`,
    );
  // `Phase 3: full rollout` alone is the end of a ladder that nobody knows.
  const counted = ladder.stages.some(({ percent, from }) => percent > 0 && (percent < 100 || /100/.test(from.quote)));
  const exposed = counted ? ladder.percents.filter((percent) => percent > 0) : [];
  if (exposed.length > 50)
    refuse(
      `${exposed.length} different percentages of stages; no rollout has that many, so import the guides one rollout at a time`,
    );
  if (new Set(ladder.disputed.map(({ from }) => `${from[0]?.file}:${from[0]?.line}`)).size > 3)
    refuse(
      `it names ${new Set(ladder.disputed.map(({ from }) => from[0]?.line)).size} different ladders of stages; name the guide of one rollout`,
    );
  if (exposed.length > 0) return;
  const phases = new Set(guide.passages.flatMap(({ text }) => stageNames(guide.tokens(text)).map(({ name }) => name)));
  if (ladder.disputed.length > 0) refuse('its lists of stages differ in every share; settle them, then import it');
  if (phases.size > 1)
    refuse(
      `${phases.size} phases are named, and none says how many users it reaches; write their shares (such as “Phase 1: 10 % of users”)`,
    );
  refuse('no stage of a rollout was found (such as “Increase to 10% rollout”); is it an execution guide?');
}
