import type { Uri } from 'vscode';
import * as z from 'zod';
import type { WhyQuestion } from '../daemon/protocol/wire/pageMessages.ts';
import type { Subject, WhyAbout } from './views/row.ts';

/** Links that open a rollout in the editor, from a chat or a report. They only show: none begins, advances or rolls back. */

const extensionId = 'rampwatch.rampwatch';
const path = '/rollout';

const asked = z.object({
  folder: z.string().min(1).max(4096),
  rollout: z.string().min(1).max(200),
  /** Why: the last rollback, or a trigger. */
  why: z.enum(['rollback']).optional(),
  trigger: z.string().min(1).max(200).optional(),
  stage: z.string().min(1).max(200).optional(),
  condition: z.string().min(1).max(400).optional(),
  /** The time of a firing of this trigger; without a trigger, a moment. Milliseconds since 1970. */
  at: z.coerce.number().min(0).max(8.64e15).optional(),
});

/** `vscode://rampwatch.rampwatch/rollout?folder=…&rollout=…`. `scheme`: the editor's own. */
export function rolloutLink(scheme: string, folder: string, rollout: string, about?: WhyAbout): string {
  const words = { folder, rollout, ...(about !== undefined && asksWhy(about)) };
  // Brackets would end the link in Markdown.
  const query = new URLSearchParams(words).toString().replaceAll('(', '%28').replaceAll(')', '%29');
  return `${scheme}://${extensionId}${path}?${query}`;
}

function asksWhy(about: WhyAbout): Readonly<Record<string, string>> {
  switch (about.kind) {
    case 'rollback':
      return { why: 'rollback' };
    case 'trigger':
      return { trigger: about.trigger };
    case 'fired':
      return { trigger: about.trigger, at: String(about.at) };
    case 'firing':
      return { trigger: about.firing.trigger, at: String(about.firing.at) };
    case 'moment':
      return { at: String(about.at) };
    case 'condition':
      return { stage: about.stage, condition: about.condition };
  }
}

/** As a page may ask it: without the firing itself. */
export function questionOf(about: WhyAbout): WhyQuestion {
  return about.kind === 'firing' ? { kind: 'fired', trigger: about.firing.trigger, at: about.firing.at } : about;
}

export interface LinkTarget {
  readonly subject: Subject;
  readonly shows: 'dashboard' | 'why';
}

/** `null` for a link that is none of ours. */
export function linkTarget({ path: asks, query }: Pick<Uri, 'path' | 'query'>): LinkTarget | null {
  if (asks !== path) return null;
  const read = asked.safeParse(Object.fromEntries(new URLSearchParams(query)));
  if (!read.success) return null;
  const { folder, rollout } = read.data;
  const about = askedWhy(read.data);
  const subject: Subject = { folder, rollout, planPart: null, ...(about !== undefined && { why: about }) };
  return { subject, shows: about === undefined ? 'dashboard' : 'why' };
}

function askedWhy({ why, trigger, stage, condition, at }: z.output<typeof asked>): WhyAbout | undefined {
  if (trigger !== undefined && at !== undefined) return { kind: 'fired', trigger, at };
  if (trigger !== undefined) return { kind: 'trigger', trigger };
  if (at !== undefined) return { kind: 'moment', at };
  if (stage !== undefined && condition !== undefined) return { kind: 'condition', stage, condition };
  return why === 'rollback' ? { kind: 'rollback' } : undefined;
}
