import type { Uri } from 'vscode';
import * as z from 'zod';
import { filePlaceSchema } from '../daemon/protocol/domain/place.ts';
import type { WhyQuestion } from '../daemon/protocol/wire/pageMessages.ts';
import { editorLink, linkPaths } from '../daemon/protocol/words/editorLink.ts';
import type { Subject, WhyAbout } from './views/row.ts';

/** What links from outside may ask for. They only show: none begins, advances or rolls back. */

const asked = z.object({
  /** Left out where the link is made for other people's machines. */
  folder: z.string().min(1).max(4096).optional(),
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
  return editorLink({ folder, rollout, ...(about !== undefined && asksWhy(about)) }, linkPaths.rollout, scheme);
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
  /** `null`: the rollout of that id, wherever it is open. */
  readonly folder: string | null;
  readonly subject: Omit<Subject, 'folder'>;
  readonly shows: 'dashboard' | 'why' | 'record';
}

const askedRecord = z.object({
  folder: asked.shape.folder,
  rollout: asked.shape.rollout,
  file: filePlaceSchema.shape.file,
  line: z.coerce.number().pipe(filePlaceSchema.shape.line),
  offset: z.coerce.number().pipe(filePlaceSchema.shape.offset),
});

/** `null` for a link that is none of ours. */
export function linkTarget({ path, query }: Pick<Uri, 'path' | 'query'>): LinkTarget | null {
  const words = Object.fromEntries(new URLSearchParams(query));
  if (path === linkPaths.record) {
    const record = askedRecord.safeParse(words);
    if (!record.success) return null;
    const { folder = null, rollout, ...place } = record.data;
    return { folder, subject: { rollout, planPart: null, places: [place] }, shows: 'record' };
  }
  if (path !== linkPaths.rollout) return null;
  const read = asked.safeParse(words);
  if (!read.success) return null;
  const { folder = null, rollout } = read.data;
  const about = askedWhy(read.data);
  const subject = { rollout, planPart: null, ...(about !== undefined && { why: about }) };
  return { folder, subject, shows: about === undefined ? 'dashboard' : 'why' };
}

function askedWhy({ why, trigger, stage, condition, at }: z.output<typeof asked>): WhyAbout | undefined {
  if (trigger !== undefined && at !== undefined) return { kind: 'fired', trigger, at };
  if (trigger !== undefined) return { kind: 'trigger', trigger };
  if (at !== undefined) return { kind: 'moment', at };
  if (stage !== undefined && condition !== undefined) return { kind: 'condition', stage, condition };
  return why === 'rollback' ? { kind: 'rollback' } : undefined;
}
