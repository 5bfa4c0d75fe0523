import * as z from 'zod';

/** The consequence of a trigger that fires: `hold` leaves the exposure as it is, and nothing advances until a person resumes. */
export const consequence = z.enum(['rollback', 'review', 'hold']);
export type TriggerConsequence = z.output<typeof consequence>;

/** The consequence when nothing is known of a rule's measure. The rollout stays where it is in any case. */
const missingConsequence = z.enum(['block', 'hold', 'review', 'rollback']);
export const missing = z.union([
  missingConsequence,
  z.strictObject({
    /** Its source, its arm or one of its files is silent. */
    'no-data': missingConsequence.default('block'),
    /** Its source cannot be read, or rejects too much. */
    error: missingConsequence.default('block'),
  }),
]);
export type MissingPolicy = z.output<typeof missing>;
