import { assumed, quoted, type Sourced, said } from './findings.ts';
import { readFreezes } from './freezes.ts';
import type { Guides } from './guides.ts';
import { plain } from './text.ts';

const no = /\b(?:no|never|not|nothing|nobody|don't|avoid|without|freezes?|frozen|blackout|embargo)\b/i;
const change =
  /\b(?:stage changes?|chang\w*|advanc\w*|promot\w*|ramp\w*|increas\w*|deploy\w*|rollouts?|releas\w*|stages?|steps?|waves?|rings?|phases?|cohorts?|mov(?:e|es|ing)|start\w*|launch\w*|ship\w*|switch\w*|percentages?|freezes?|frozen|blackout|embargo)\b/i;
/** `Not on Fridays.` in a list: what is not done there is a change. */
const bare =
  /^(?:not|never|no)\s+(?:on|at|after|before|over|during|between|\w+days?\b|mon|tue|wed|thu|fri|sat|sun|weekends?)/i;
/** When stages may be entered at all. */
const onlyWhen =
  /\b(?:only)\b[^.;]{0,60}\b(?:mon|tue|wed|thu|fri|sat|sun)|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*[^.;]{0,60}\bonly\b/i;

/** How stages are entered: by a person unless a guide says otherwise, and never in the freezes it names. */
export function readAdvance(
  guides: Guides,
  anchor: string | undefined,
): { mode: Sourced<'manual' | 'auto'>; deny: readonly Sourced<string>[] } {
  let mode: Sourced<'manual' | 'auto'> = assumed('manual', 'no guide says that stages advance by themselves');
  const deny = new Map<string, Sourced<string>>();
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.text.length > 300) continue;
    const text = plain(passage.text);
    if (
      /\b(?:advanc\w*|promot\w*|proceed\w*|next stage)\b/i.test(text) &&
      /\bautomatic(?:ally)?\b|\bauto-(?:advance|promote)/i.test(text) &&
      !no.test(text)
    ) {
      if (mode.assumed !== undefined) mode = said('auto', passage);
      if (passage.kind !== 'item' || passage.checkbox === undefined) guides.use(passage);
    }
    if (onlyWhen.test(text) && !no.test(text)) continue;
    if (!text.split(/;|\.\s/).some((clause) => no.test(clause) && change.test(clause)) && !bare.test(text)) continue;
    if (/[<>≥≤]|\d\s*%/.test(text)) continue;
    const { windows, rest, assumed: read } = readFreezes(passage.text, anchor);
    if (windows.length === 0 && rest.length === 0) continue;
    for (const each of read) guides.findings.add('assumed', passage, each);
    for (const window of windows) {
      const known = deny.get(window);
      deny.set(window, said(window, ...(known?.places ?? []), passage));
      guides.use(passage);
    }
    if (rest.length > 0 && windows.length > 0)
      guides.findings.add(
        'not-understood',
        passage,
        `${rest.map((each) => `“${each}”`).join(', ')} in ${quoted(passage.text)}: write it under \`advance.deny\``,
      );
  }
  return { mode, deny: [...deny.values()] };
}

const previousStage =
  /\b(?:roll\w*[ -]?back|revert\w*|drop back|go(?:es|ing)? back|back out|step (?:back|down)|(?:abort\w*|rollback) returns?)\b[^.]{0,40}\b(?:previous|prior|last good|one) (?:good )?(?:stage|step|percentage|level|phase|wave|ring|cohort|weight)\b/i;

/** Where a rollback goes: off, unless a guide says back to the stage before. */
export function readRollbackTo(guides: Guides): Sourced<'off' | 'previous'> {
  for (const passage of guides.passages) {
    const text = passage.text.length > 600 ? '' : plain(passage.text);
    if (previousStage.test(text)) {
      if (passage.kind === 'sentence') guides.use(passage);
      return said('previous', passage);
    }
    if (
      /\b(?:roll\w*[ -]?back|revert|back)\b(?:(?!\b(?:not|never)\b)[^.]){0,30}\b(?:to )?(?:0\s*%|zero|off)\b/i.test(
        text,
      )
    )
      return said('off', passage);
  }
  return assumed('off', 'no guide says where to');
}
