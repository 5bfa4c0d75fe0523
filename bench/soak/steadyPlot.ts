/** A look at the soaked daemon. */
export interface SteadySample {
  /** Since the begin. */
  readonly minute: number;
  /** MiB. */
  readonly resident: number;
  /** MiB, the lowest in the last second. */
  readonly heap: number;
  readonly descriptors: number;
  /** Records that are written, and that no client was shown as counted yet. */
  readonly lag: number;
  /** Milliseconds, of the last second. */
  readonly p99: number;
  readonly longest: number;
  /** Seconds of processor time since the daemon began. */
  readonly cpu: number;
}

/** Slope of the least squares line through the figures; 0 for fewer than two. */
export function slopePerHour(samples: readonly SteadySample[], part: 'heap' | 'resident'): number {
  const mean = (figures: readonly number[]): number => figures.reduce((sum, each) => sum + each, 0) / figures.length;
  const [at, value] = [mean(samples.map(({ minute }) => minute)), mean(samples.map((sample) => sample[part]))];
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.minute - at) * (sample[part] - value);
    below += (sample.minute - at) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60;
}

const panels = [
  { part: 'resident', title: 'resident, MiB', colour: '#1f6feb' },
  { part: 'heap', title: 'heap after collections, MiB', colour: '#7c3aed' },
  { part: 'descriptors', title: 'descriptors', colour: '#0f766e' },
  { part: 'lag', title: 'records written and not shown as counted', colour: '#d97706' },
  { part: 'p99', title: 'event-loop delay, 99 % of each second, ms', colour: '#b91c1c' },
] as const;
const [left, width, panelHeight, chartHeight] = [60, 640, 96, 60];

/** One panel for each figure, over the minutes of the soak. */
export function steadyPlot(samples: readonly SteadySample[], title: string): string {
  const longest = Math.max(1, samples.at(-1)?.minute ?? 1);
  const drawn = panels.map(({ part, title: name, colour }, index) => {
    const top = 40 + index * panelHeight;
    const most = Math.max(1, ...samples.map((sample) => sample[part]));
    const points = samples.map((sample) => {
      const x = left + (sample.minute / longest) * width;
      const y = top + chartHeight - (sample[part] / most) * chartHeight;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    const base = top + chartHeight;
    return `<text x="${left}" y="${top - 5}">${name}</text><text x="${left - 6}" y="${top + 9}" text-anchor="end">${Math.round(most)}</text><text x="${left - 6}" y="${base}" text-anchor="end">0</text><line x1="${left}" x2="${left + width}" y1="${base}" y2="${base}" stroke="#d4d4d4"/><polyline fill="none" stroke="${colour}" points="${points.join(' ')}"/>`;
  });
  const height = 40 + panels.length * panelHeight;
  const axis = `<text x="${left}" y="${height - 8}">0</text><text x="${left + width}" y="${height - 8}" text-anchor="end">${longest.toFixed(0)} min</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" width="720" height="${height}" viewBox="0 0 720 ${height}" font-family="sans-serif" font-size="11"><title>${title}</title><rect width="720" height="${height}" fill="#fff"/><text x="10" y="16" font-size="13">${title}</text>${drawn.join('\n')}${axis}</svg>\n`;
}
