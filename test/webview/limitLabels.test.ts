import { beforeAll, expect, it, vi } from 'vitest';
import type { ChartTheme } from '../../webview/chart/chartTheme.ts';
import { labelLimits } from '../../webview/chart/drawMarks.ts';
import type { ChartLimit } from '../../webview/model/chartLimits.ts';

beforeAll(() => {
  vi.stubGlobal('devicePixelRatio', 1);
});

const theme = { background: 'white', text: 'grey', font: '11px sans-serif' } as ChartTheme;
const limit = { kind: 'gate', text: 'gate ≥ 50 %', from: null, to: null, value: 50 } as ChartLimit;

/** Where the words for a limit at the middle of a chart of 100 × 100 stand, and the words that found no place. */
function labelled(limits: readonly ChartLimit[], ...lines: readonly (readonly (number | null)[])[]) {
  const places: (readonly [left: number, top: number])[] = [];
  const ctx = {
    globalAlpha: 1,
    save() {},
    restore() {},
    setLineDash() {},
    measureText: () => ({ width: 30 }),
    strokeText() {},
    fillText(_text: string, left: number, top: number) {
      places.push([left, top]);
    },
  };
  const times = Array.from({ length: 11 }, (_, index) => index);
  const plot = {
    ctx,
    bbox: { left: 0, top: 0, width: 100, height: 100 },
    data: [times, ...lines],
    valToPos: (value: number, scale: string) => (scale === 'x' ? value * 10 : 100 - value),
    posToIdx: (left: number) => Math.round(left / 10),
  };
  const unplaced = labelLimits(plot as never, limits, theme);
  return { places, unplaced };
}

const flat = (value: number) => Array.from({ length: 11 }, () => value);
const only = (...lines: readonly (readonly (number | null)[])[]) => labelled([limit], ...lines).places[0];

it('a limit’s words stand near its begin where no figure runs', () => {
  expect(only(flat(90))).toEqual([4, 38]);
  expect(only(flat(55))).toEqual([4, 52]);
  expect(only(flat(55), flat(90), flat(20))).toEqual([4, 52]);
  // A figure at the very edge of the words would be hidden by their rim.
  expect(only(flat(62))).toEqual([4, 52]);
  // Figures far to the right are not in the way, and a gap is no figure; figures at the beginning matter only there.
  const late = [null, null, null, null, null, null, null, 55, 55, 55, 55];
  const below = (values: readonly (number | null)[]) => values.map((value) => value && 45);
  expect(only(late, below(late))).toEqual([4, 38]);
  const early = late.toReversed();
  expect(only(early, below(early))).toEqual([54, 38]);
});

it('words that would lie on figures or on other words are not drawn, and are named', () => {
  expect(labelled([limit], flat(55), flat(45))).toEqual({
    places: [],
    unplaced: [{ kind: 'gate', text: 'gate ≥ 50 %' }],
  });
  const far = (text: string, value: number) => ({ ...limit, text, value }) as ChartLimit;
  const crowd = Array.from({ length: 12 }, (_, index) => far(`trigger ${index}`, 500));
  const { places, unplaced } = labelled(crowd, flat(10));
  expect(places.length + unplaced.length).toBe(12);
  expect(unplaced.every(({ text }) => text.startsWith('↑ '))).toBe(true);
  for (const [index, [left, top]] of places.entries()) {
    for (const [otherLeft, otherTop] of places.slice(index + 1)) {
      expect(Math.abs(left - otherLeft) >= 30 || Math.abs(top - otherTop) >= 12).toBe(true);
    }
  }
  // A figure at the edge is not covered either.
  expect(labelled([far('trigger', 500)], flat(95)).places[0]?.[1]).toBeGreaterThan(6);
});
