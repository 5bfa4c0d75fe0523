/**
 * Something outside of the plan's folder that a plan would run or connect to. Nothing of it happens before a person on
 * this machine has approved exactly it.
 */
export type OutsideUse =
  | {
      readonly kind: 'command';
      readonly argv: readonly string[];
      /** Names of variables that it gets beside those of every command. */
      readonly environment: readonly string[];
      /** When it runs, in a few words; left out for one that runs for as long as it is watched. */
      readonly runs?: string;
    }
  | {
      readonly kind: 'connection';
      readonly url: string;
      /** One line for each thing that it sends or rests on: queries, and where a credential is kept. */
      readonly about: readonly string[];
    };

/** A part of a plan that needs an approval; the approval covers its whole section. */
export interface PlannedUse {
  /** Its place in the plan: `sources[0]`. */
  readonly place: string;
  readonly needs: OutsideUse;
  /** As the plan has it. */
  readonly section: unknown;
}
