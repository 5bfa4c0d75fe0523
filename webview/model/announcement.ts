import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

/**
 * The text that a screen reader has to say anew. The sentence contains durations that grow by themselves; it is spoken
 * again only when this text changes, and this text contains no counters.
 */
export function announcementKey({ rollout, standing, flag }: RolloutView): string {
  const { phase, stage, percent, health, gateMet, gateTotal, missing, attempt } = standing;
  const said = [health.kind === 'ok' ? '' : health.detail, ...missing].map((line) =>
    line.replaceAll(/\d[\d.,:]*/g, '#'),
  );
  return JSON.stringify([
    rollout,
    attempt,
    phase.kind,
    stage,
    percent,
    health.kind,
    gateMet,
    gateTotal,
    flag?.effect?.progress,
    said,
  ]);
}
