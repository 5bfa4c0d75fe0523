import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { StageView, StandingView } from '../../daemon/protocol/wire/view.ts';

// The daemon does not send a window that moves with the clock; the window follows from the parts that it sends.

/** A gate is judged over the stay in its stage; `to` is `null` while it lasts. */
export function gateWindow({ visit }: StageView): ConditionVerdict['window'] {
  return visit === null
    ? { from: null, to: null }
    : { from: eventTime(visit.from), to: visit.to === null ? null : eventTime(visit.to) };
}

/** A trigger is judged over its length up to the newest record. */
export function triggerWindow(
  { watermark }: Pick<StandingView, 'watermark'>,
  { over }: TriggerStatus,
): ConditionVerdict['window'] {
  return watermark === null ? { from: null, to: null } : { from: eventTime(watermark - over), to: watermark };
}
