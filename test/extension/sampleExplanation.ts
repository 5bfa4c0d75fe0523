import type { Explanation, Signature } from '../../daemon/protocol/domain/explanation.ts';
import { type EventTime, eventTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';

/** The failures of a checkout: nearly all are of one provider, and raise an error that the control does not know. */
export function sampleExplanation(
  { trigger, at }: Pick<Firing, 'trigger' | 'at'>,
  over: Partial<Explanation> = {},
): Explanation {
  return {
    about: { kind: 'trigger', trigger, firedAt: at },
    from: eventTime(at - 300_000),
    to: at,
    of: 'share',
    failed: 37,
    passed: 400,
    control: { failed: 2, passed: 4000 },
    factors: [
      {
        field: 'provider',
        content: { kind: 'value', text: 'klarna' },
        failed: { n: 34, of: 37 },
        passed: { n: 20, of: 400 },
        control: { n: 1, of: 1300 },
      },
      {
        field: 'region',
        content: { kind: 'value', text: 'eu-west-1' },
        failed: { n: 30, of: 37 },
        passed: { n: 0, of: 400 },
        control: null,
      },
    ],
    signatures: [sampleSignature(at, 'error.type', { kind: 'value', text: 'TypeError' })],
    mix: null,
    compared: { fields: 9, values: 60 },
    left: null,
    ...over,
  };
}

/** Of 35 of the 37 failures, and of none of the control's. */
export function sampleSignature(at: EventTime, field: string, content: Signature['content']): Signature {
  return {
    field,
    content,
    failed: { n: 35, of: 37 },
    control: { n: 0, of: 2 },
    isNew: true,
    firstSeen: eventTime(at - 240_000),
  };
}
