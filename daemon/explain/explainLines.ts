import type { Signature } from '../protocol/domain/explanation.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { CaseSamples } from './caseSamples.ts';
import type { Explained } from './explainFailures.ts';
import { templateOf } from './messageTemplate.ts';
import type { RecordFields } from './recordFields.ts';

const mostSignatures = 5;
/** Without so many lines before, that none was like it says little. */
const enoughBefore = 30;
const field = 'line';

/** A line of text as a case. */
export function lineFields(line: string): RecordFields {
  return new Map([[field, { kind: 'words', text: null, template: templateOf(line), frame: null }]]);
}

/**
 * The kinds of lines that matched (`treatment`, `failed`), and which of them came before the attempt (`control`, whose
 * `passed` are the other lines of that time).
 */
export function explainLines(samples: CaseSamples): Explained {
  const matched = samples.of('treatment', 'failed');
  const before = samples.of('control', 'failed');
  const others = samples.of('control', 'passed');
  const kinds = new Map<string, { n: number; first: EventTime }>();
  for (const { at, fields } of matched.kept) {
    const template = templateIn(fields);
    const known = kinds.get(template);
    if (known === undefined) kinds.set(template, { n: 1, first: at });
    else {
      known.n += 1;
      if (at < known.first) known.first = at;
    }
  }
  const enough = before.seen + others.seen >= enoughBefore;
  const signatures = [...kinds].map(([text, { n, first }]): Signature => {
    const earlier = before.kept.reduce((sum, { fields }) => (templateIn(fields) === text ? sum + 1 : sum), 0);
    return {
      field,
      content: { kind: 'like', text },
      failed: { n, of: matched.kept.length },
      control: enough ? { n: earlier, of: before.kept.length } : null,
      isNew: enough && earlier === 0,
      firstSeen: first,
    };
  });
  return {
    failed: matched.seen,
    passed: samples.of('treatment', 'passed').seen,
    control: enough ? { failed: before.seen, passed: others.seen } : null,
    factors: [],
    signatures: signatures
      .toSorted((one, two) => Number(two.isNew) - Number(one.isNew) || two.failed.n - one.failed.n)
      .slice(0, mostSignatures),
    mix: null,
    compared: { fields: 1, values: kinds.size },
  };
}

function templateIn(fields: RecordFields): string {
  const value = fields.get(field);
  return value?.kind === 'words' ? (value.template ?? '') : '';
}
