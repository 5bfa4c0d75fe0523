import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allSet, editDotenv, readDotenv } from '../../../daemon/flag/dotenv/dotenvEdit.ts';
import { scanDotenv } from '../../../daemon/flag/dotenv/dotenvScan.ts';
import { dotenvText, flaggedText, ownKeys, settings } from '../dotenvText.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const edit = (text: string, values: Record<string, string>) => editDotenv(bytes(text), values).toString('latin1');
const runs = { numRuns: 2000 };

/** The edit, or `null` for a file in which nothing can be set without harm to other lines. */
function edited(text: string, values: Record<string, string>): Buffer | null {
  try {
    return editDotenv(bytes(text), values);
  } catch {
    return null;
  }
}

function without(record: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

describe('any file', () => {
  it('is read as the dotenv package reads it', () => {
    fc.assert(
      fc.property(dotenvText, (text) => {
        const seen = Object.fromEntries(
          scanDotenv(text).map(({ key, value }) => [key, Buffer.from(value, 'latin1').toString('utf8')]),
        );
        expect(seen).toEqual(parse(bytes(text)));
      }),
      { numRuns: 10_000 },
    );
  });

  it('has our values after, and everybody else’s as before', () => {
    fc.assert(
      fc.property(dotenvText, settings, (text, values) => {
        const after = edited(text, values);
        fc.pre(after !== null);
        expect(parse(after)).toEqual({ ...without(parse(bytes(text)), ownKeys), ...values });
        expect(allSet(after, values)).toBe(true);
        expect(readDotenv(after, ownKeys)).toEqual(values);
      }),
      runs,
    );
  });

  it('is only refused for quotes that do not close', () => {
    const swallowing = /["'`]|(?:UPLOAD_ENABLED|UPLOAD_ROLLOUT):[\r\n]*$/;
    fc.assert(
      fc.property(dotenvText, settings, (text, values) => {
        fc.pre(!swallowing.test(text));
        expect(edited(text, values)).not.toBeNull();
      }),
      runs,
    );
  });

  it('keeps every byte outside our values', () => {
    fc.assert(
      fc.property(dotenvText, settings, (text, values) => {
        const before = scanDotenv(text);
        const own = before.filter(({ key }) => key in values);
        fc.pre(own.every(({ ambiguous }) => ambiguous === null));
        const after = edited(text, values);
        fc.pre(after !== null);
        fc.pre(scanDotenv(after.toString('latin1')).every(({ ambiguous }) => ambiguous !== 'next-line'));
        // A missing key is added behind ours, or, where the last line would swallow it, before them.
        const frame = (whole: string, added: 'behind' | 'before' = 'behind') => {
          const ours = scanDotenv(whole).filter(({ key }) => key in values);
          const first = added === 'behind' ? 0 : ours.length - own.length;
          const parts = ours.slice(first, first + own.length);
          const cuts = [0, ...parts.flatMap(({ from, to }) => [from, to]), whole.length];
          return cuts.flatMap((cut, index) => (index % 2 === 0 ? [whole.slice(cut, cuts[index + 1])] : []));
        };
        // Together: nobody can tell the place of an empty value between blanks.
        const was = frame(text).join('');
        const is = frame(after.toString('latin1')).join('');
        const isBehind = frame(after.toString('latin1'), 'before').join('');
        const missing = ownKeys.some((key) => own.findLast((assignment) => assignment.key === key) === undefined);
        if (missing) expect(is.startsWith(was) || isBehind.endsWith(was.replace(/^\u00ef\u00bb\u00bf/, ''))).toBe(true);
        else expect(is).toBe(was);
      }),
      runs,
    );
  });

  it('set twice is set once', () => {
    fc.assert(
      fc.property(dotenvText, settings, (text, values) => {
        const once = edited(text, values);
        fc.pre(once !== null);
        expect(editDotenv(once, values)).toEqual(once);
      }),
      runs,
    );
  });

  it('set and set back is as it was', () => {
    fc.assert(
      fc.property(flaggedText, ({ text, values: [enabled, percent] }) => {
        const there = editDotenv(bytes(text), { UPLOAD_ENABLED: 'no', UPLOAD_ROLLOUT: '77' });
        expect(there.toString('latin1')).not.toBe(text);
        const back = editDotenv(there, { UPLOAD_ENABLED: enabled, UPLOAD_ROLLOUT: percent });
        expect(back.toString('latin1')).toBe(text);
      }),
      runs,
    );
  });
});

describe('one key, exactly', () => {
  it.each([
    ['ON=false\n', 'ON=true\n'],
    ['ON=false', 'ON=true'],
    ['ON=false\r\nB=1\r\n', 'ON=true\r\nB=1\r\n'],
    ['# ON=false\nON=false # why\n', '# ON=false\nON=true # why\n'],
    ['export ON = "false"   # why', 'export ON = "true"   # why'],
    ["ON='false'\nON=`false`\n", "ON='true'\nON=`true`\n"],
    ['A="\nON=false\n"\nON=false\n', 'A="\nON=false\n"\nON=true\n'],
    ['\u00ef\u00bb\u00bfON=false\n', '\u00ef\u00bb\u00bfON=true\n'],
    ['ON=\n', 'ON=true\n'],
    ['ON=   # nothing yet\n', 'ON=true   # nothing yet\n'],
    ['A=1', 'A=1\nON=true\n'],
    ['A=1\r\nB=2', 'A=1\r\nB=2\r\nON=true\r\n'],
    ['', 'ON=true\n'],
    ['\u00ef\u00bb\u00bf', '\u00ef\u00bb\u00bfON=true\n'],
    ['#ON=true\n', '#ON=true\nON=true\n'],
    ['ON:\nSECRET=1\n', 'ON:\nSECRET=1\nON=true\n'],
    ['ON: false\n', 'ON: true\n'],
    ['ON="unclosed\nA=1\n', 'ON=true\nA=1\n'],
    ['ON=\n"other reader\'s junk"\n', 'ON=true\n"other reader\'s junk"\n'],
    ['\u00ff\u00fe=x\nON=false\n# \u00e4\n', '\u00ff\u00fe=x\nON=true\n# \u00e4\n'],
    ['MORE_ON=false\nON=false\nON_MORE=false\n', 'MORE_ON=false\nON=true\nON_MORE=false\n'],
  ])('%j → %j', (before, after) => {
    expect(edit(before, { ON: 'true' })).toBe(after);
  });

  it('a # without a blank before it is a comment to some readers only: all shall see the value', () => {
    expect(edit('ON=false#why\n', { ON: 'true' })).toBe('ON=true #why\n');
    expect(edit('ON=true#why\n', { ON: 'true' })).toBe('ON=true #why\n');
    expect(edit('ON=true #why\n', { ON: 'true' })).toBe('ON=true #why\n');
  });

  it('text that no plain style carries is quoted', () => {
    expect(edit('ON=x\n', { ON: 'a b' })).toBe("ON='a b'\n");
    expect(edit('ON=x\n', { ON: "it's #1" })).toBe('ON="it\'s #1"\n');
    expect(edit('ON="x"\n', { ON: '$HOME' })).toBe("ON='$HOME'\n");
    expect(edit('ON=x\n"y"\n', { ON: '' })).toBe('ON=\'\'\n"y"\n');
  });
});

describe('refused, with one line that says why', () => {
  it.each([
    [{ ON: 'a\nb' }, /one line/],
    [{ ON: 'a\0b' }, /one line/],
    [{ ON: 'a\\b' }, /backslash/],
    [{ 'O N': 'x' }, /not a key/],
    [{ ON: ' x' }, /blank/],
  ])('%j', (values, message) => {
    expect(() => edit('ON=1\n', values as Record<string, string>)).toThrow(message);
  });

  it('UTF-16 and other binary files', () => {
    expect(() => editDotenv(Buffer.from('ON=1\n', 'utf16le'), { ON: '2' })).toThrow(/UTF-16/);
    expect(() => editDotenv(Buffer.alloc(2 ** 20 + 1, 0x0a), { ON: '2' })).toThrow(/1 MiB/);
  });
});

it('a hostile file takes linear time', () => {
  // Each of these keeps the dotenv package busy for minutes and more.
  const hostile = [
    '\n'.repeat(2 ** 18),
    "A='\\'".repeat(60_000),
    `A="\n`.repeat(60_000),
    "'\\'\n".repeat(60_000),
    'A=\n'.repeat(60_000),
  ];
  for (const text of hostile) expect(edit(text, { ON: 'true' })).toContain('ON=true');
});
