import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filledText,
  filledValue,
  templateParts,
  templateReading,
} from '../../../daemon/protocol/domain/flagTemplate.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
const placeholder = fc.oneof(
  fc.constantFrom(
    '${enabled}',
    '${enabled:ENABLED|DISABLED}',
    '${percent}',
    '${rest}',
    '${percent*1000}',
    '${rest*10}',
  ),
);
const around = fc.constantFrom('', 'ramp ', ':', '(', ')', ' %', '.');
const template = fc.tuple(around, placeholder, around).map((parts) => parts.join(''));
/** A tenth of a percent is the finest that people roll out by. */
const percent = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10);

describe('a template of a flag', () => {
  it('read backwards says what was filled in', () => {
    fc.assert(
      fc.property(template, percent, (text, share) => {
        const wanted = { enabled: share > 0, percent: share };
        const tellsShare = !text.includes('${enabled');
        expect(templateReading(text, filledText(text, wanted))).toEqual(
          share === 0 ? { kind: 'off' } : { kind: 'on', percent: tellsShare ? share : null },
        );
      }),
    );
  });

  it('has the type of a file where it is one placeholder, and is a text where it is more', () => {
    const wanted = { enabled: true, percent: 0.1 };
    expect(
      ['${enabled}', '${percent}', '${rest}', '${percent*1000}', '${rest*1000}'].map((each) =>
        filledValue(each, wanted),
      ),
    ).toEqual([true, 0.1, 99.9, 100, 99_900]);
    expect(filledValue('${enabled:ENABLED|DISABLED}', { enabled: false, percent: 0 })).toBe('DISABLED');
    expect(filledValue('${percent} %', wanted)).toBe('0.1 %');
  });

  it('says nothing of users where the plan cannot have set the value', () => {
    for (const [text, value] of [
      ['${percent}', '200'],
      ['${rest}', '101'],
      ['${percent*10}', '1001'],
      ['${enabled:ENABLED|DISABLED}', 'MAYBE'],
      ['v${percent}', '10'],
    ] as const) {
      expect(templateReading(text, value), text).toEqual({ kind: 'unknown' });
    }
    expect(templateReading('constant', 'constant')).toEqual({ kind: 'silent' });
    expect(templateReading('${percent}', null)).toEqual({ kind: 'silent' });
  });

  it('names what looks like a placeholder and is none', () => {
    for (const text of [
      '${percentage}',
      '${percent*0}',
      '${percent*1.5}',
      '${enabled:A}',
      '${enabled:A|A}',
      '${}',
      '${percent',
    ]) {
      expect(templateParts(`a ${text}`).at(-1), text).toMatchObject({ kind: 'unknown', at: 2 });
    }
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
