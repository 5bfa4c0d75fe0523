import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

/**
 * The text that a screen reader has to say anew. The sentence holds lengths of time that grow by themselves; it is spoken
 * again only when this changes, and this holds nothing that merely counts.
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
