import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Document, type Node, parse, Scalar, YAMLMap } from 'yaml';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { proposePlan } from '../../daemon/plan/proposePlan.ts';
import { flow, noted, yamlText } from '../../daemon/plan/yamlNodes.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not stand in a plan
const steers = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\bcommand:/i;
const hostile =
  'a\u001b]8;;command:workbench.action.quit\u0007x\u001b\\\u202etxt\u009b[link](command:rampwatch.rollBack)';

/** The same without control characters, which no path and no guide may hold. */
const readable = hostile.replaceAll(/\p{Cc}/gu, '');

const pieces = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\u001b[2J',
    '\u202e',
    '\u009b',
    'Command:',
    'command:x',
    '# ',
    ': ',
    '- ',
    '\n',
    '\t',
    '"',
    "'",
    '\\',
    '\u2028',
    '\ufeff',
  ),
);
/** Without halves of a pair, which no file of UTF-8 holds. */
const text = fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('').toWellFormed());

it('a plan holds every text exactly and steers nobody who reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 4 }), text, (values, comment) => {
      const root = new YAMLMap();
      root.add({ key: new Scalar('values'), value: noted<Node>(flow(values), comment) });
      const document = new Document(root);
      const written = yamlText(document, { lineWidth: 0 });
      expect(written).not.toMatch(steers);
      expect(parse(written)).toEqual({ values: { ...values } });
    }),
    { numRuns: 500 },
  );
});

it('a plan that is proposed from hostile records is plain, and its values are those of the records', () => {
  const records = Array.from({ length: 400 }, (_, index) =>
    JSON.stringify({
      timestamp: new Date(1.7e12 + index * 60_000).toISOString(),
      variant: index % 2 === 0 ? `new${hostile}` : 'old',
      success: index % 17 !== 0,
    }),
  ).join('\n');
  const sample = readSampleRecords({
    file: `logs/${readable}.jsonl`,
    pieces: [new TextEncoder().encode(records)],
  });
  const { yaml } = proposePlan(sample, {});
  expect(yaml).not.toMatch(steers);
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  expect(JSON.stringify(parsed.loaded.plan.arms)).toContain(JSON.stringify(`new${hostile}`));
});

it('a plan from a hostile guide is plain', () => {
  const guide = `# Rollout of ${readable}\n\n| Stage | Traffic | Soak |\n|---|---|---|\n| ${readable} | 10% | 24 hours |\n| full | 100% | 48 hours |\n\n- Roll back automatically if the success rate falls below 95% for 10 minutes (${readable})\n`;
  const { yaml } = importGuides([{ name: `${readable}.md`, bytes: new TextEncoder().encode(guide) }]);
  expect(yaml).not.toMatch(steers);
});
