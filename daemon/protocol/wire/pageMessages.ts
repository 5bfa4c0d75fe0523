import * as z from 'zod';
import type { SeriesResult } from './series.ts';

/** The messages that every page of the editor and its host have in common. */

/** Page → host: the page has drawn what came before the `mark` with this number. */
export const readMark = z.strictObject({ type: z.literal('read'), mark: z.number().int().min(0) });

/** The subject of "Show Why", as a page may ask for it, and as a page is found again after a reload of the window. */
export const whyQuestion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('condition'), stage: z.string().max(200), condition: z.string().max(400) }),
  z.strictObject({ kind: z.literal('trigger'), trigger: z.string().max(200) }),
  /** The last rollback. */
  z.strictObject({ kind: z.literal('rollback') }),
  /** One firing of the journal; `at`: its time. */
  z.strictObject({ kind: z.literal('fired'), trigger: z.string().max(200), at: z.number() }),
  /** The window that ends at a time, whether or not anything fired. */
  z.strictObject({ kind: z.literal('moment'), at: z.number() }),
]);
export type WhyQuestion = z.output<typeof whyQuestion>;

/** Host → page: the figures that were asked for under this id. */
export interface SeriesAnswer {
  readonly type: 'series';
  readonly id: number;
  readonly answer:
    | { readonly kind: 'series'; readonly series: SeriesResult }
    | { readonly kind: 'refused'; readonly message: string };
}
