import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../daemon/cli/demoSummary.ts';
import { wrapped } from '../../daemon/cli/wrapped.ts';
import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { hostileFacts } from '../support/reportFacts.ts';

const unpainted = { paint: (_style: string, text: string) => text };
const { view } = hostileFacts('x');
const [stage] = view.stages;
if (stage === undefined) throw new Error('there is no stage');

function stageLines(phase: RolloutView['standing']['phase'], ...states: readonly StageView['state'][]) {
  const gate = stage?.gate.map((condition) => ({ ...condition, verdict: 'met' as const })) ?? [];
  const stages = states.map((state) => ({ ...(stage as StageView), state, gate }));
  return summaryLines({ ...view, stages, standing: { ...view.standing, phase } }, 'ASYNC=0\n', unpainted).slice(0, -1);
}

describe("the demo's summary", () => {
  it('gives no tick to the stage that was rolled back, though its gate was met before', () => {
    const { phase } = view.standing;
    if (phase.kind !== 'rollback-failed') throw new Error('the sample is in another phase');
    const cause = { kind: 'person', by: 'ada', reason: null } as const;
    expect(stageLines({ kind: 'rolled-back', cause } as RolloutView['standing']['phase'], 'passed', 'left')).toEqual([
      '✓ 10 %   1 of 1 conditions met; 1 treatment and 1 control uploads',
      '✗ 10 %   rolled back, 1 of 1 conditions met before; 1 treatment and 1 control uploads',
    ]);
    expect(stageLines(phase, 'current')[0]).toMatch(/^✗ 10 % {3}not passed, /);
  });
});

describe('a line in a terminal', () => {
  it.each([20, 60, 80, 140])('of %i columns is broken between words, and loses none', (columns) => {
    const text =
      '  ✗ a rollout of seconds in the folder of the demo, its flag beside it and the daemon watching all of it';
    const lines = wrapped(text, columns);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(text.trim());
    for (const line of wrapped(text, columns, '    ').slice(1)) expect(line).toMatch(/^ {4}\S/);
  });
});
