import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { descriptions } from '../../daemon/plan/descriptions.ts';
import { describe as describeSchema, type JsonSchema, planJsonSchema } from '../../daemon/plan/jsonSchema.ts';
import { planSchema } from '../../daemon/protocol/domain/plan.ts';

it('the schema in the repository is current: `node scripts/write-schema.mjs` writes it', () => {
  const file = join(import.meta.dirname, '../../schemas/rampwatch.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(planJsonSchema());
});

describe('descriptions', () => {
  const places = new Map<string, JsonSchema>();
  describeSchema(z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7' }) as JsonSchema, '', (place, schema) =>
    places.set(place, schema),
  );

  it('say something of every key and every item', () => {
    // The values of a matcher, a figure or a group are described at their parent; so are windows and commands.
    const selfEvident =
      /(?:^arms\.\w+|ignore|outcomes|exposures|match|where|share\.share|figures|groups|window|lines\.lines|command)\.\*/;
    const silent = [...places.keys()].filter((place) => descriptions[place] === undefined && !selfEvident.test(place));
    expect(silent).toEqual([]);
  });

  it('speak of nothing that a plan cannot have', () => {
    expect(Object.keys(descriptions).filter((place) => !places.has(place))).toEqual([]);
  });

  it('give examples that a plan may hold', () => {
    const wrong: string[] = [];
    for (const [place, schema] of places) {
      if (place === '' || /^(?:measures\.|flag\.set\.\*)/.test(place) || schema.examples === undefined) continue;
      const parts = place.split('.');
      for (const example of schema.examples) {
        // The example, put in its place, is no reason to refuse the plan: parts missing around it may be.
        const plan = parts.reduceRight<unknown>((value, part) => (part === '*' ? [value] : { [part]: value }), example);
        const { error } = planSchema.safeParse(plan);
        const here = parts.map((part) => (part === '*' ? 0 : part));
        const about = error?.issues.find(({ path }) => here.every((part, index) => path[index] === part));
        if (about !== undefined) wrong.push(`${place}: ${JSON.stringify(example)}: ${about.message}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
