import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent } from '../../daemon/protocol/domain/units.ts';
import type { FlagView } from '../../daemon/protocol/wire/view.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import {
  flagFace,
  flagKeys,
  handEditText,
  keySettings,
  keyUses,
  setByText,
} from '../../extension/flagUses/flagKeys.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

function keysOf(flag: Partial<FlagView> = {}, link: 'live' | 'starting' = 'live') {
  const view = sampleRollout();
  if (view.flag === null) throw new Error('the sample has a flag');
  const values = { UPLOADS_NEW: 'true', UPLOADS_PERCENT: '10', on: 'true' };
  const rollout = {
    ...view,
    plan: { ...view.plan, file: '/app/rampwatch.yaml' },
    flag: { ...view.flag, values, ...flag },
  };
  const linked = link === 'live' ? ({ kind: 'live' } as const) : ({ kind: 'starting', since: lookedAt } as const);
  return flagKeys([
    { folder: '/app', planFiles: [], link: linked, view: sampleWorkspace([rollout]), heardAt: lookedAt },
  ]);
}

describe('the keys of a flag', () => {
  it('are those that stand for themselves in code, with the file that holds them', () => {
    expect(keysOf().map(({ key, set, file }) => [key, set, file])).toEqual([
      ['UPLOADS_NEW', 'true', '/app/.env'],
      ['UPLOADS_PERCENT', '10', '/app/.env'],
    ]);
  });

  it('have no value of the rollout where somebody else set them, or nobody looks', () => {
    const drift = { found: percent(80), wanted: percent(10) };
    expect(keysOf({ drift }).map(({ set }) => set)).toEqual([null, null]);
    expect(keysOf({}, 'starting').map(({ set }) => set)).toEqual([null, null]);
  });
});

describe('a use of a key', () => {
  it('is the key as a word, in any language', () => {
    const code = `if (process.env.UPLOADS_NEW === 'true') {} // UPLOADS_NEWS, MY_UPLOADS_NEW
os.environ["UPLOADS_PERCENT"]; System.getenv("UPLOADS_NEW")`;
    const found = keyUses(code, keysOf(), 100);
    expect(found.map(({ from, to }) => code.slice(from, to))).toEqual([
      'UPLOADS_NEW',
      'UPLOADS_PERCENT',
      'UPLOADS_NEW',
    ]);
    expect(keyUses(code, keysOf(), 1)).toHaveLength(1);
    expect(keyUses(code, [], 100)).toEqual([]);
  });

  it('says how the rollout stands', () => {
    const [key] = keysOf();
    expect(key && flagFace(key, english)).toBe('10 % · soaking · 3/4 met');
    const [drifted] = keysOf({ drift: { found: percent(80), wanted: percent(10) } });
    expect(drifted && flagFace(drifted, english)).toBe('80 %, not 10 %');
    const [away] = keysOf({}, 'starting');
    expect(away && flagFace(away, english)).toBe('10 % · soaking · 3/4 met · not watched now');
  });
});

describe('the flag’s own file', () => {
  it('has each key with its value, however it is written', () => {
    const forms = [
      'UPLOADS_PERCENT=10',
      'export UPLOADS_PERCENT="10" # of all',
      "UPLOADS_PERCENT='10'",
      '  UPLOADS_PERCENT = 10 # of all',
      '  "UPLOADS_PERCENT": 10,',
      'UPLOADS_PERCENT: "10"',
    ];
    for (const form of forms) {
      const text = `# UPLOADS_PERCENT=3\nX=1\n${form}\nY=2\n`;
      const [setting] = keySettings(text, keysOf().slice(1));
      expect([form, setting?.value]).toEqual([form, '10']);
      expect(text.slice(setting?.from, setting?.to).replaceAll(/["']/g, '')).toBe('10');
    }
    expect(keySettings('UPLOADS_PERCENTS=10\n', keysOf())).toEqual([]);
  });

  it('never throws, and finds what it finds in the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rest) => {
        const text = `UPLOADS_NEW=${rest}`;
        for (const { from, to } of keySettings(text, keysOf())) expect(text.slice(from, to).length).toBe(to - from);
      }),
    );
  });

  it('says who set a value, and warns before another one is saved', () => {
    const [setting] = keySettings('UPLOADS_PERCENT=80', keysOf().slice(1));
    if (setting === undefined) throw new Error('the key is there');
    expect(setByText(setting.flag, english)).toBe('set by Rampwatch, stage ten');
    expect(handEditText(setting, english)).toMatch(
      /^Rampwatch has set UPLOADS_PERCENT=10 for .*: use Advance or Roll Back\.$/,
    );
    expect(handEditText({ ...setting, value: '10' }, english)).toBeNull();
  });
});
