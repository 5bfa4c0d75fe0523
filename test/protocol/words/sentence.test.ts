import { describe, expect, it } from 'vitest';
import { eventTime, percent, wallTime } from '../../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict } from '../../../daemon/protocol/domain/verdict.ts';
import type { Health } from '../../../daemon/protocol/wire/view.ts';
import { sentence } from '../../../daemon/protocol/words/sentence.ts';
import { viewOf } from '../../rollout/viewOf.ts';
import {
  conditionOf,
  firingOf,
  gateTexts,
  goodJudgement,
  hour,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from '../../rollout/world.ts';

const firing = (trigger: string) => (now: number) => ({ ...goodJudgement(now), fired: [firingOf(trigger, now)] });
const gate = (first: ConditionVerdict) => (now: number) => ({
  ...goodJudgement(now),
  gate: [first, conditionOf(gateTexts[1], 'met')],
});

function told(world: World, troubles: readonly Health[] = []): string {
  return sentence(viewOf(world, troubles), world.now);
}

/** In stage ten since Wednesday 16:00. */
function atTen(choices: Parameters<typeof planOf>[0] = {}): World {
  return new World(planOf(choices)).enter('ten');
}

describe('the one sentence', () => {
  it('before the beginning', () => {
    expect(told(new World())).toBe('Not begun. Begin starts with off at 0 %.');
    expect(told(new World(), [{ kind: 'degraded', detail: 'metrics.jsonl cannot be read: EACCES' }])).toBe(
      'Not begun. Begin starts with off at 0 %. metrics.jsonl cannot be read: EACCES.',
    );
  });

  it('while the flag is on its way', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.advance();
    expect(told(world)).toBe(
      'On the way to 10 %; both conditions met; 10 % is being written to the flag; soak of 2 h has not begun.',
    );
    world.report('failed', 'EACCES: permission denied, .env');
    expect(told(world)).toBe(
      '10 % could not be set: EACCES: permission denied, .env; on the way to 10 %; both conditions met; soak of 2 h has not begun.',
    );
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    world.settle();
    world.tick(minute);
    expect(told(world)).toBe(
      '10 % for 1 m; both conditions met; 10 % is in the flag, not proven by traffic yet: 12 of 118 records since 10:00 were treatment; soak ends 17:00.',
    );
  });

  it('while soaking', () => {
    const world = atTen();
    world.tick(30 * minute);
    expect(told(world)).toBe('10 % for 30 m; both conditions met; soak ends 18:00.');
  });

  it('with a plan file that cannot be used says that another plan goes on', () => {
    const view = viewOf(atTen(), []);
    const told = sentence({ ...view, plan: { ...view.plan, problem: 'rampwatch.yaml:3:1: no' } }, atTen().now);
    expect(told).toMatch(/^10 % for .*\. The plan file cannot be used; the last good one stays in use\.$/);
  });

  it('says once that a source is silent, not again for each condition that rests on it', () => {
    const world = atTen();
    world.tick(30 * minute);
    const reason = 'metrics.jsonl has been silent for 20 m, longer than 15 m';
    world.said = (now) => ({
      ...goodJudgement(now),
      freshness: [sourceOf(now - 20 * minute, false)],
      gate: gateTexts.map((text) => conditionOf(text, 'no-data', { reason })),
    });
    expect(told(world)).toBe(
      'No data from metrics.jsonl since 16:10 (limit 15 m); 10 % for 30 m; 0 of 2 conditions met; soak ends 18:00.',
    );
  });

  it('while soaking with figures that miss', () => {
    const world = atTen();
    world.tick(30 * minute);
    world.said = gate(
      conditionOf(gateTexts[0], 'unmet', { figure: { value: 0.9946, unit: '%', n: 1300, good: 1293 }, limit: 0.995 }),
    );
    expect(told(world)).toBe(
      '10 % for 30 m; 1 of 2 conditions met; success_rate 99.46 % (1,293 of 1,300), needs 99.5 %; soak ends 18:00.',
    );
    world.said = gate(
      conditionOf(gateTexts[0], 'insufficient', {
        reason: 'needs 20 uploads, has 7',
        figure: { value: 1, unit: '%', n: 7, good: 7 },
      }),
    );
    expect(told(world)).toBe(
      '10 % for 30 m; 1 of 2 conditions met; success_rate: needs 20 uploads, has 7; soak ends 18:00.',
    );
    world.said = (now) => ({
      ...goodJudgement(now),
      gate: [
        conditionOf(gateTexts[0], 'no-data', { figure: { value: null, unit: '%', n: 0, good: 0 } }),
        conditionOf(gateTexts[1], 'unmet', { figure: { value: 7, unit: '', n: 7, good: null }, limit: 100 }),
      ],
    });
    expect(told(world)).toBe(
      '10 % for 30 m; 0 of 2 conditions met; success_rate has no data; 7 of 100 uploads; soak ends 18:00.',
    );
  });

  it('tells the two most important things and the soak when much is missing', () => {
    const world = atTen();
    world.said = (now) => ({
      ...goodJudgement(now),
      gate: [conditionOf(gateTexts[0], 'error', { reason: 'no baseline' }), conditionOf(gateTexts[1], 'no-data')],
      triggers: [triggerOf('sagging', { kind: 'firing', since: eventTime(now) })],
    });
    world.tick(minute);
    expect(told(world)).toBe(
      'The trigger sagging fires; 10 % for 1 m; 0 of 2 conditions met; success_rate cannot be judged: no baseline; 1 more; soak ends 18:00.',
    );
  });

  it('puts silence before everything that is well', () => {
    const world = atTen();
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(now - 22 * minute, false)] });
    world.tick(30 * minute);
    expect(told(world)).toBe(
      'No data from metrics.jsonl since 16:08 (limit 15 m); 10 % for 30 m; both conditions met; soak ends 18:00.',
    );
    world.said = goodJudgement;
    world.gap(hour);
    expect(told(world)).toBe(
      'No new data since the clock gap that ended 17:30; 10 % for 1 h 30 m; both conditions met; soak ends 19:00.',
    );
  });

  it('when ready', () => {
    const world = atTen();
    world.tick(26 * hour);
    expect(told(world)).toBe('10 % for 1 d 2 h; both conditions met; soak over; ready to advance to 100 %.');
    const full = new World().enter('full');
    full.tick(2 * hour);
    expect(told(full)).toBe('100 % for 2 h; both conditions met; soak over; ready to complete.');
  });

  it('when ready and frozen', () => {
    const auto = new World(planOf({ mode: 'auto', deny: ['Wed 13:00 - Mon 08:00'], timezone: 'Europe/Berlin' })).enter(
      'off',
    );
    auto.tick(2 * hour);
    expect(told(auto)).toBe('0 % for 2 h; soak over; advances by itself to 1 %, frozen until Mon 08:00.');
  });

  it('when held', () => {
    const world = atTen();
    world.tick(hour);
    world.command({ kind: 'hold', on: world.on, reason: 'a release\nof the gateway' });
    world.tick(20 * hour);
    expect(told(world)).toBe(
      'Held at 10 % by marta since yesterday 17:00 (a release↵of the gateway); soak paused at 1 h of 2 h. Resume continues.',
    );
  });

  it('when held by a trigger, whose figure is said once also where it alarms', () => {
    const world = atTen();
    const cause = { kind: 'trigger' as const, firings: [firingOf('sagging', world.now)] };
    const detail = 'success_rate was 92.3 % (48 of 52), below 97 %';
    const view = viewOf(world);
    const held = {
      ...view.standing,
      phase: { kind: 'held', cause } as never,
      health: { kind: 'alarm' as const, detail },
    };
    expect(sentence({ ...view, standing: held }, world.now)).toBe(
      `Held at 10 % since 16:00: ${detail}; soak of 2 h has not begun. Resume continues.`,
    );
    const flag = { target: '.env', effect: null, proof: null, values: {}, drift: { found: null, wanted: percent(10) } };
    expect(sentence({ ...view, flag }, world.now)).toBe(
      '.env is not at 10 % as set: somebody else has changed it. Put 10 % back, or roll back.',
    );
  });

  it('when in review', () => {
    const world = atTen();
    world.said = firing('sagging');
    world.tick(minute);
    expect(told(world)).toBe(
      'In review at 10 % since 16:01: success_rate was 92.3 % (48 of 52), below 97 %. Acknowledge with a reason to continue, or roll back.',
    );
  });

  it('while rolling back', () => {
    const world = atTen();
    world.said = firing('low-success');
    world.tick(minute);
    const cause = 'Rolling back from 10 % at 16:01 because success_rate was 92.3 % (48 of 52), below 95 %';
    expect(told(world)).toBe(`${cause}; off is being written to the flag.`);
    world.report('written');
    expect(told(world)).toBe(`${cause}; off is written to the flag and not yet read back.`);
    world.report('verified');
    world.said = (now) => ({ ...goodJudgement(now), proof: { ...proofOf('unproven'), total: 0 } });
    expect(told(world)).toBe(`${cause}; off is in the flag, not proven yet: no traffic has come to prove it yet.`);
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    expect(told(world)).toBe(
      `${cause}; off is in the flag, not proven yet: 12 of 118 records since 10:00 were treatment.`,
    );
  });

  it('when rolled back', () => {
    const world = atTen();
    world.said = firing('low-success');
    world.tick(minute);
    world.said = goodJudgement;
    world.now += minute;
    world.settle();
    expect(told(world)).toBe(
      'Rolled back from 10 % at 16:01 because success_rate was 92.3 % (48 of 52), below 95 %; off is in force since 16:02. Begin starts a new attempt.',
    );
    const person = atTen({ flag: 'plain', rollback: 'previous' });
    person.rollback('complaints');
    person.settle();
    expect(told(person)).toBe(
      'Rolled back from 10 % at 16:00 by marta (complaints); 1 % is in the flag since 16:00. Begin starts a new attempt.',
    );
    const byHand = atTen({ flag: 'none' });
    byHand.rollback();
    expect(told(byHand)).toBe(
      'Rolled back from 10 % at 16:00 by marta; set the flag by hand. Begin starts a new attempt.',
    );
  });

  it('when rolled back and the traffic says otherwise', () => {
    const world = atTen();
    world.rollback();
    world.settle();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.tick(hour);
    expect(told(world)).toBe(
      'Off is written and verified, but the traffic shows otherwise: 12 of 118 records since 10:00 were treatment. Rolled back from 10 % at 16:00 by marta; off is wanted. Begin starts a new attempt.',
    );
  });

  it('when a rollback failed', () => {
    const world = atTen();
    world.rollback();
    world.report('failed', 'EROFS: read-only file system');
    expect(told(world)).toBe(
      'Rollback from 10 % at 16:00 by marta has FAILED: the flag could not be set: EROFS: read-only file system. Users may still be exposed: check .env and the application; Rampwatch keeps trying.',
    );
  });

  it('when completed', () => {
    const world = new World().enter('full');
    world.tick(3 * hour);
    world.advance();
    expect(told(world)).toBe(
      'At 100 % and completed since 22:00. Triggers are still judged; a rollback is still open.',
    );
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(now - hour, false)] });
    expect(told(world)).toBe(
      'No data from metrics.jsonl since 21:00 (limit 15 m); at 100 % and completed since 22:00. Triggers are still judged; a rollback is still open.',
    );
  });

  it('speaks of days in the plan’s time zone, and of the worst trouble first', () => {
    const world = atTen({ timezone: 'Europe/Berlin' });
    world.tick(minute);
    const troubles: Health[] = [
      { kind: 'stale', detail: 'a is quiet' },
      { kind: 'alarm', detail: 'the state cannot be stored: disk full' },
      { kind: 'degraded', detail: 'b is unreadable' },
    ];
    expect(told(world, troubles)).toBe(
      'The state cannot be stored: disk full; 10 % for 1 m; both conditions met; soak ends 19:00.',
    );
    expect(sentence(viewOf(world), wallTime(world.now))).toBe('10 % for 1 m; both conditions met; soak ends 19:00.');
  });
});
