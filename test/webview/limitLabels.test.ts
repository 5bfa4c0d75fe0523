import { beforeAll, expect, it, vi } from 'vitest';
import type { ChartTheme } from '../../webview/chart/chartTheme.ts';
import { labelLimits } from '../../webview/chart/drawMarks.ts';
import type { ChartLimit } from '../../webview/model/chartLimits.ts';

beforeAll(() => {
  vi.stubGlobal('devicePixelRatio', 1);
});

const theme = { background: 'white', text: 'grey', font: '11px sans-serif' } as ChartTheme;
const limit = { kind: 'gate', text: 'gate ≥ 50 %', from: null, to: null, value: 50 } as ChartLimit;

/** The place of the words for a limit at the middle of a chart of 100 × 100, and the density of their rim. */
function labelled(
  ...lines: readonly (readonly (number | null)[])[]
): readonly [left: number, top: number, rim: number] {
  let rim = Number.NaN;
  let place: readonly [number, number] = [Number.NaN, Number.NaN];
  const ctx = {
    globalAlpha: 1,
    save() {},
    restore() {},
    setLineDash() {},
    measureText: () => ({ width: 30 }),
    strokeText() {
      rim = ctx.globalAlpha;
    },
    fillText(_text: string, left: number, top: number) {
      place = [left, top];
      expect(ctx.globalAlpha).toBe(1);
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
  labelLimits(plot as never, [limit], theme);
  return [...place, rim];
}

const flat = (value: number) => Array.from({ length: 11 }, () => value);

it('a limit’s words stand near its begin where no figure runs, and hide none where there is no such place', () => {
  expect(labelled(flat(90))).toEqual([4, 38, 1]);
  expect(labelled(flat(55))).toEqual([4, 52, 1]);
  expect(labelled(flat(55), flat(90), flat(20))).toEqual([4, 52, 1]);
  expect(labelled(flat(55), flat(45))).toEqual([4, 38, 0.6]);
  // A figure at the very edge of the words would be hidden by their rim.
  expect(labelled(flat(62))).toEqual([4, 52, 1]);
  // Figures far to the right are not in the way, and a gap is no figure; figures at the beginning matter only there.
  const late = [null, null, null, null, null, null, null, 55, 55, 55, 55];
  expect(
    labelled(
      late,
      late.map((value) => value && 45),
    ),
  ).toEqual([4, 38, 1]);
  const early = late.toReversed();
  expect(
    labelled(
      early,
      early.map((value) => value && 45),
    ),
  ).toEqual([54, 38, 1]);
});
