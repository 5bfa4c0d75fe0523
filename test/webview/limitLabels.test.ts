import { beforeAll, expect, it, vi } from 'vitest';
import type { ChartTheme } from '../../webview/chart/chartTheme.ts';
import { labelLimits } from '../../webview/chart/drawMarks.ts';
import type { ChartLimit } from '../../webview/model/chartLimits.ts';

beforeAll(() => {
  vi.stubGlobal('devicePixelRatio', 1);
});

const theme = { background: 'white', text: 'grey', font: '11px sans-serif' } as ChartTheme;
const limit = { kind: 'gate', text: 'gate ≥ 50 %', from: null, to: null, value: 50 } as ChartLimit;

/** Where the words of a limit at the middle of a chart of 100 × 100 stand, and whether they cover what is behind them. */
function labelled(...lines: readonly (readonly (number | null)[])[]): { top: number; covers: boolean } {
  let covers = false;
  let top = Number.NaN;
  const ctx = {
    save() {},
    restore() {},
    setLineDash() {},
    measureText: () => ({ width: 30 }),
    strokeText() {
      covers = true;
    },
    fillText(_text: string, _left: number, at: number) {
      top = at;
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
  return { top, covers };
}

const flat = (value: number) => Array.from({ length: 11 }, () => value);

it('a limit’s words stand where no figure runs, and hide none where there is no such place', () => {
  expect(labelled(flat(90))).toEqual({ top: 38, covers: true });
  expect(labelled(flat(55))).toEqual({ top: 52, covers: true });
  expect(labelled(flat(55), flat(90), flat(20))).toEqual({ top: 52, covers: true });
  expect(labelled(flat(55), flat(45))).toEqual({ top: 38, covers: false });
  // What is far to the right is not in the way, and a gap is no figure.
  expect(labelled([null, null, null, null, null, null, null, 55, 55, 55, 55])).toEqual({ top: 38, covers: true });
});
