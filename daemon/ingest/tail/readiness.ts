import type { Position } from './position.ts';

/** The part of a generation that another one asks for while it waits. */
interface Awaited {
  readonly carried: boolean;
  readonly hasMore: boolean;
  readonly position: Position;
}

/** Tells whether bytes of the file can be read now. */
export type Readiness =
  /** Its content has to be held against what was read before a line of it counts. */
  | { readonly kind: 'unexamined' }
  /** It begins with all that was read of another generation, which has more: that one is read first. */
  | { readonly kind: 'waiting'; readonly of: Awaited; readonly until: number }
  | { readonly kind: 'ready' }
  /**
   * Half a line, or a file still being compressed: nothing can be taken until it changes. `paddedFrom`: it ends in NUL
   * bytes from here on, which are filled by what is written next, perhaps without changing its times.
   */
  | { readonly kind: 'held'; readonly paddedFrom: number | null }
  /** Reading has failed. `of: 'content'`: only a change of the file makes another try worth while. */
  | { readonly kind: 'failed'; readonly problem: string; readonly of: 'file' | 'content' };
