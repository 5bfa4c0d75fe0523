import type { ChecklistView } from '../protocol/domain/checklistView.ts';
import type { JournalNote } from '../protocol/domain/journalEntry.ts';
import type { RefusalCode } from '../protocol/domain/rolloutCommand.ts';
import { findItem } from './checklistRounds.ts';

export interface AskedTick {
  readonly by: string;
  /** An item as a person names it. */
  readonly item: string;
  readonly ticked: boolean;
  readonly note: string | null;
  readonly as: 'skip' | 'note' | undefined;
}

/** The journal entry for a person's tick, untick, skip or note, or the refusal. It belongs to the current round. */
export function tickBody(
  views: readonly ChecklistView[],
  { by, item, ticked, note, as }: AskedTick,
):
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: 'note'; readonly body: Extract<JournalNote, { kind: 'tick' }>; readonly message: string } {
  const id = findItem(views, item);
  const list = views.find(({ items }) => items.some((each) => each.id === id));
  const found = list?.items.find((each) => each.id === id);
  if (id === null || list === undefined || found === undefined) {
    const message = `\`${item}\` names no item, or more than one: \`rampwatch status --json\` lists them by their ids`;
    return { kind: 'refused', code: 'no-item', message };
  }
  if (list.occurrence == null) {
    const message = `\`${id}\` is not to be done now: \`${list.title}\` begins with the stage ${list.stage ?? 'that is entered next'}`;
    return { kind: 'refused', code: 'no-item', message };
  }
  if (as !== undefined && note === null) {
    const message = as === 'skip' ? 'say why it is skipped, for example --note "holiday"' : 'the note is empty';
    return { kind: 'refused', code: 'reason-needed', message };
  }
  const mine = (found.ticks?.length ?? 0) > 0;
  if (as === undefined && !ticked && found.from === 'evidence' && !mine) {
    const message = `\`${id}\` is ticked by its evidence (${found.ticked?.note ?? ''}); the tick goes away when the evidence stops holding`;
    return { kind: 'refused', code: 'evidence-holds', message };
  }
  const occurrence = list.occurrence.id.slice(list.id.length + 1);
  const body = { kind: 'tick', item: id, by, ticked: as === undefined && ticked, note, occurrence, as } as const;
  const words = { skip: 'Skipped', note: 'Noted at', tick: 'Ticked', untick: 'Unticked' } as const;
  return { kind: 'note', body: definedOnly(body), message: `${words[as ?? (ticked ? 'tick' : 'untick')]} ${id}.` };
}

/** The journal's rows are JSON, which knows no `undefined`. */
function definedOnly<Body extends { readonly as?: unknown }>({ as, ...body }: Body): Body {
  return (as === undefined ? body : { ...body, as }) as Body;
}
