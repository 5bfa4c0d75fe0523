import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { scoreGuide, unwantedRollbacks } from '../support/guideScore.ts';
import { answered, completed, fixtureGuide } from './guideFixtures.ts';

const names = readdirSync(answered).filter((file) => file.endsWith('.md'));

function imported(name: string): string | undefined {
  try {
    return importGuides([fixtureGuide(`right/${name}`)]).yaml;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe.each(names)('%s', (name) => {
  const score = scoreGuide(imported(name), readFileSync(join(answered, name.replace('.md', '.right.yaml')), 'utf8'));

  it('the plan says what the guide says, and nothing else', () => {
    const wrong = [...score.values()].flatMap((each) => [
      ...each.wrong.map((text) => `wrong: ${text}`),
      ...each.missed.map((text) => `missed: ${text}`),
    ]);
    expect(wrong).toEqual([]);
    expect(unwantedRollbacks(score)).toBe(0);
  });

  it('the plan loads once its reader has filled in what the guide lacks', () => {
    const yaml = imported(name);
    if (yaml !== undefined) expect(completed(yaml).plan.stages.length).toBeGreaterThan(0);
  });
});

it('a score tells a rollback that no guide asks for', () => {
  const plan = 'stages: [{percent: 5}]\ntriggers: [{when: "error_rate > 5%", then: rollback}]\n';
  const asked = 'triggers: [{when: "error_rate > 5%", then: review}]\n';
  expect(unwantedRollbacks(scoreGuide(plan, asked))).toBe(1);
  expect(unwantedRollbacks(scoreGuide(plan, plan))).toBe(0);
});
