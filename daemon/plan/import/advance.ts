import { assumed, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import { plain } from './text.ts';

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const no = /\b(?:no|never|not|don't|avoid|without|freeze|frozen)\b/i;
const change =
  /\b(?:stage changes?|changes?|advanc\w*|promot\w*|ramp\w*|increas\w*|deploy\w*|rollouts?|releas\w*|stages?)\b/i;

/** How stages are entered: by a person unless a guide says otherwise, and never in the freezes it names. */
export function readAdvance(guides: Guides): { mode: Sourced<'manual' | 'auto'>; deny: readonly Sourced<string>[] } {
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
    if (!no.test(text) || !change.test(text)) continue;
    const window = freezeIn(text);
    if (window === undefined) continue;
    if (!deny.has(window)) deny.set(window, said(window, passage));
    guides.use(passage);
  }
  return { mode, deny: [...deny.values()] };
}

/** `no changes on Fridays after 15:00`, `no stage changes at weekends` → a window of the week. */
function freezeIn(text: string): string | undefined {
  const weekend = /\bweek-?ends?\b/i.test(text);
  const day = /\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)days?\b/i.exec(text);
  const index =
    day === null ? -1 : dayNames.findIndex((name) => name.toLowerCase() === day[1]?.slice(0, 3).toLowerCase());
  if (index === -1) return weekend ? 'Sat 00:00 - Mon 00:00' : undefined;
  const after = /\b(?:after|from)\s+(\d{1,2})(?:[:.](\d{2}))?\s*(pm)?/i.exec(text);
  const hour = after === null ? 0 : Number(after[1]) + (after[3] !== undefined && Number(after[1]) < 12 ? 12 : 0);
  if (hour > 23) return undefined;
  const from = `${dayNames[index]} ${String(hour).padStart(2, '0')}:${after?.[2] ?? '00'}`;
  const through = weekend && index === 5 ? 'Mon' : dayNames[(index + 1) % 7];
  return `${from} - ${through} 00:00`;
}

/** Where a rollback goes: off, unless a guide says back to the stage before. */
export function readRollbackTo(guides: Guides): Sourced<'off' | 'previous'> {
  for (const passage of guides.passages) {
    const text = passage.text.length > 600 ? '' : plain(passage.text);
    if (
      /\b(?:roll\w*[ -]?back|revert|drop back|go back|step (?:back|down))\b[^.]{0,40}\b(?:previous|prior|last good|one) (?:stage|step|percentage|level)\b/i.test(
        text,
      )
    )
      return said('previous', passage);
    if (/\b(?:roll\w*[ -]?back|revert|back)\b[^.]{0,30}\b(?:to )?(?:0\s*%|zero|off)\b/i.test(text))
      return said('off', passage);
  }
  return assumed('off', 'no guide says where to');
}
