import type { RolloutView, RolloutViewPart } from '../protocol/wire/view.ts';

/** The complete parts of a view that differ from the last shown one; `null` when none does. */
export function changedParts(shown: RolloutView | undefined, view: RolloutView): Partial<RolloutView> | null {
  if (shown === undefined) return view;
  const names = (Object.keys(view) as RolloutViewPart[]).filter(
    (name) => shown[name] !== view[name] && JSON.stringify(shown[name]) !== JSON.stringify(view[name]),
  );
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, view[name]]));
}

/** True when a part of the shown view is there no more: no delta can say that, only a snapshot. */
export function losesPart(shown: RolloutView | undefined, view: RolloutView): boolean {
  if (shown === undefined) return false;
  return (Object.keys(shown) as RolloutViewPart[]).some(
    (name) => shown[name] !== undefined && view[name] === undefined,
  );
}
