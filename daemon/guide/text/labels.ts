import type { InlineRun } from './inline.ts';
import type { Above } from './passages.ts';
import { undecorated } from './text.ts';

/** A bold line of its own is a heading below all others; a label that ends in a colon stands below that. */
export const boldLevel = 7;
/** Below every heading, so that the next one ends it. */
export const summaryLevel = 6;

export function labelAbove(text: string, line: number): readonly Above[] {
  return text === '' ? [] : [{ kind: 'label', level: 7, text, line }];
}

/** A trail without the labels below a level; what stands outside of the block stays. */
export function withoutLabels(trail: readonly Above[], outer: readonly Above[], level: number): readonly Above[] {
  return [...outer, ...trail.slice(outer.length).filter((above) => above.kind === 'heading' || above.level <= level)];
}

/** A list, a table or code that follows a paragraph, and how closely. */
export type Introducing = 'directly' | 'with a gap' | undefined;

/** A run that stands above what follows: bold throughout, or closed by a colon before a list, a table or code. */
export function labelOf(run: InlineRun, introduces: Introducing): Above | undefined {
  const text = undecorated(run.text);
  const colon = text.endsWith(':');
  const shown = text.replace(/\s*:$/, '');
  // `Daily 10:00` directly above a list, or `We abort when` above one, is its label without a colon too.
  const open =
    (introduces === 'directly' && run.lead === undefined && text.length <= 60 && !/[.!?]$/.test(text)) ||
    (introduces !== undefined &&
      text.length <= 160 &&
      /\b(?:when|if|until|unless|once|following|are|is)(?:\s*(?:…|\.{3}))?$/i.test(text));
  if (shown === '' || !((run.allBold && text.length <= 120) || (colon && introduces !== undefined) || open))
    return undefined;
  return { kind: 'label', level: run.allBold ? boldLevel : boldLevel + 1, text: shown, line: run.line };
}

/** `Label: body`, from a bold lead-in or a short one before a colon. */
export function labelled(
  text: string,
  bold: string | undefined,
): { text: string; label: string | undefined; body: string } {
  const lead = bold === undefined ? undefined : undecorated(bold).replace(/\s*[:.–—-]+$/, '');
  if (lead !== undefined && lead !== '' && text.startsWith(lead)) {
    return { text, label: lead, body: text.slice(lead.length).replace(/^[\s:.–—-]+/, '') };
  }
  const short = /^([\p{L}][^:|]{0,50}?)\s*:\s+(\S.*)$/u.exec(text);
  return short === null ? { text, label: undefined, body: text } : { text, label: short[1], body: short[2] ?? '' };
}
