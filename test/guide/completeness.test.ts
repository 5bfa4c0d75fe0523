import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImportResult, importGuides } from '../../daemon/guide/importGuide.ts';
import { lintPlan } from '../../daemon/plan/lintPlan.ts';
import type { LoadedPlan, Plan } from '../../daemon/protocol/domain/plan.ts';
import { type Fact, models, plainStyle, render, styles } from './generatedGuides.ts';
import { completed, guideOf } from './guideFixtures.ts';

// Generous, for a machine that is busy: a bound ends what hangs.
const longest = 300_000 * Number(process.env.FUZZ ?? 1);
const runs = (count: number) => ({ numRuns: count * Number(process.env.FUZZ ?? 1) });

function loaded(result: ImportResult): LoadedPlan {
  return completed(result.yaml);
}

function titlesOf(plan: Plan): readonly string[] {
  return plan.checklists.flatMap(({ items }) => items.map((item) => (typeof item === 'string' ? item : item.title)));
}

/** True when the plan says the guide's fact. */
function isInPlan(plan: Plan, { kind, text }: Fact): boolean {
  switch (kind) {
    case 'stage':
      return plan.stages.some(({ percent }) => `${percent}` === text);
    case 'gate':
      return plan.stages.some(({ percent, gate }) =>
        gate.some((condition) => `${percent}: ${condition.text}` === text),
      );
    case 'trigger':
      return plan.triggers.some(({ then, when }) => `${then} ${when.text}` === text);
    case 'item':
      return titlesOf(plan).includes(text);
    case 'rule':
      return (
        titlesOf(plan).includes(text) ||
        (/on Fridays/.test(text) && plan.advance.deny.includes('Fri 00:00 - Sat 00:00'))
      );
    case 'date':
      return plan.milestones.some(({ date, title }) => `${date} ${title}` === text);
    case 'suite':
      return plan.tests.some(({ name, expect: count }) => `${name} ${count}` === text);
    case 'document':
      return plan.documents.some(({ path, minutes }) => `${path} ${minutes}` === text);
    case 'contact':
      return plan.escalation?.contact?.includes(text) ?? false;
    case 'link':
      return plan.documents.some(({ path }) => path === text);
  }
}

/** Told as not understood, in prose or in conflict, with its line. */
function isTold(result: ImportResult, { line }: Fact): boolean {
  return result.findings.some((finding) => finding.kind !== 'assumed' && finding.line === line);
}

/** The plan's facts, whatever its guide's headings are called and in which order they stand. */
function meaning(plan: Plan): unknown {
  return {
    stages: plan.stages.map(({ percent, soak, gate }) => [percent, soak, gate.map(({ text }) => text).sort()]),
    triggers: plan.triggers
      .map(({ when, then, over, for: lasting }) => [when.text, then, over, lasting ?? ''].join(' '))
      .sort(),
    lists: plan.checklists
      .map(({ every, stage, items }) =>
        [every ?? '', stage ?? '', ...items.map((item) => (typeof item === 'string' ? item : item.title)).sort()].join(
          '\n',
        ),
      )
      .sort(),
    tests: plan.tests.map(({ name, expect: count }) => [name, count].join(' ')).sort(),
    documents: plan.documents.map(({ path, minutes }) => [path, minutes].join(' ')).sort(),
    milestones: plan.milestones.map(({ date, title }) => [date, title].join(' ')).sort(),
    deny: [...plan.advance.deny].sort(),
    start: plan.start,
  };
}

describe('a generated guide', () => {
  it(
    'whatever it says stands in the plan or is told with its line',
    () => {
      fc.assert(
        fc.property(models, styles, (model, style) => {
          const { text, facts } = render(model, style);
          const result = importGuides([guideOf(text)]);
          const { plan } = loaded(result);
          const lost = facts.filter((fact) => !isInPlan(plan, fact) && !isTold(result, fact));
          expect(lost, text).toEqual([]);
        }),
        runs(60),
      );
    },
    longest,
  );

  it(
    'figures of stages and triggers are read, however they are written',
    () => {
      fc.assert(
        fc.property(models, styles, (model, style) => {
          const { text, facts } = render(model, style);
          const { plan } = loaded(importGuides([guideOf(text)]));
          const read = new Set(['stage', 'gate', 'trigger', 'item', 'date', 'suite', 'document']);
          expect(
            facts.filter((fact) => read.has(fact.kind) && !isInPlan(plan, fact)),
            text,
          ).toEqual([]);
        }),
        runs(60),
      );
    },
    longest,
  );

  it(
    'in other words, forms and order it gives the same plan',
    () => {
      fc.assert(
        fc.property(models, styles, (model, style) => {
          const usual = render(model, plainStyle).text;
          const other = render(model, style).text;
          const [expected, given] = [usual, other].map((text) => meaning(loaded(importGuides([guideOf(text)])).plan));
          expect(given, other).toEqual(expected);
        }),
        runs(60),
      );
    },
    longest,
  );

  it(
    'gives a plan that lints without an error, and twice the same',
    () => {
      fc.assert(
        fc.property(models, styles, (model, style) => {
          const files = [guideOf(render(model, style).text)];
          const { yaml } = importGuides(files);
          expect(lintPlan(completed(yaml), yaml).filter(({ severity }) => severity === 'error')).toEqual([]);
          expect(importGuides(files, { existing: yaml }).outcome).toBe('unchanged');
        }),
        runs(30),
      );
    },
    longest,
  );
});
