import { globPattern } from '../../protocol/domain/glob.ts';
import { compileLinear } from '../../protocol/domain/linearPattern.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { holdsLines } from '../../protocol/domain/sourceFormat.ts';
import { sourceName } from '../../protocol/domain/sourceKinds.ts';
import { measureShape } from '../measureShape.ts';
import { nearest } from '../nearest.ts';
import { insteadOf } from '../problem.ts';
import { type Report, suggestion } from './reportProblem.ts';

/** A measure of the control arm needs one. */
export function checkArms(plan: Plan, report: Report): void {
  if (plan.arms.control !== undefined) return;
  for (const [name, measure] of Object.entries(plan.measures)) {
    const key = 'count' in measure ? 'count' : 'of';
    const arm = 'count' in measure ? measure.count : 'of' in measure ? measure.of : undefined;
    if (arm === 'control') report.value(['measures', name, key], 'there is no control: describe it under `arms`');
  }
}

/** `share_not` is the rest of a share, and never of itself. */
export function checkShareNot(plan: Plan, report: Report): void {
  for (const [name, measure] of Object.entries(plan.measures)) {
    if (!('share_not' in measure)) continue;
    const path = ['measures', name, 'share_not'];
    const of = measure.share_not;
    const shares = Object.keys(plan.measures).filter((other) => 'share' in (plan.measures[other] ?? {}));
    if (!Object.hasOwn(plan.measures, of)) {
      const names = Object.keys(plan.measures).filter((other) => other !== name);
      const meant = nearest(of, names);
      report.value(path, `unknown measure \`${of}\`${suggestion(meant, names)}`, { instead: insteadOf(of, meant) });
      continue;
    }
    const shape = measureShape(plan, name);
    if (shape?.kind === 'share') continue;
    const cycle = cycleFrom(plan, name);
    if (cycle === undefined)
      report.value(path, `\`${of}\` is not a share, so it has no rest${suggestion(undefined, shares)}`);
    else
      report.value(
        path,
        `a measure cannot be the rest of itself: ${cycle.join(' → ')}${suggestion(undefined, shares)}`,
      );
  }
}

function cycleFrom(plan: Plan, name: string): string[] | undefined {
  const way = [name];
  for (let at = name; ; ) {
    const measure = plan.measures[at];
    if (measure === undefined || !('share_not' in measure)) return undefined;
    at = measure.share_not;
    const seen = way.includes(at);
    way.push(at);
    if (seen) return way;
  }
}

const memoryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'kB', 'KB', 'MB', 'GB', 'TB'];

/** A process has one gauge, its resident memory, and that is a size. */
export function checkGauges(plan: Plan, report: Report): void {
  for (const [name, measure] of Object.entries(plan.measures)) {
    if (!('gauge' in measure) || measure.process === undefined) continue;
    if (measure.gauge !== 'rss') {
      report.value(
        ['measures', name, 'gauge'],
        `a process has no gauge \`${measure.gauge}\`: write \`rss\`, its resident memory`,
      );
    }
    if (measure.unit !== undefined && !memoryUnits.includes(measure.unit)) {
      report.value(['measures', name, 'unit'], `\`${measure.unit}\` is not a size: write \`MiB\``);
    }
  }
}

/** `/…/` must be RE2 syntax, which is matched in linear time. */
export function checkLinePatterns(plan: Plan, report: Report): void {
  for (const [name, measure] of Object.entries(plan.measures)) {
    if (!('lines' in measure)) continue;
    measure.lines.forEach((pattern, index) => {
      if (pattern.length < 3 || !pattern.startsWith('/') || !pattern.endsWith('/')) return;
      const path = ['measures', name, 'lines', index];
      try {
        compileLinear(pattern.slice(1, -1));
      } catch (error) {
        const detail = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
        report.value(
          path,
          `\`${pattern}\` is not a pattern in RE2 syntax (${detail}): lookaround and backreferences are not in it`,
        );
      }
    });
  }
}

/** A `lines` measure reads text sources; one that it names must be among them. */
export function checkLineSources(plan: Plan, report: Report): void {
  const texts = plan.sources.filter(holdsLines).map(sourceName);
  for (const [name, measure] of Object.entries(plan.measures)) {
    if (!('lines' in measure)) continue;
    if (texts.length === 0) {
      report.key(
        ['measures', name],
        `\`${name}\` counts lines, and no source is of \`format: text\`: add one under \`sources\``,
      );
      continue;
    }
    const wanted = measure.source;
    if (wanted === undefined) continue;
    const { matches } = globPattern(wanted, { dot: true });
    const found = texts.some((file) =>
      [file, file.slice(file.lastIndexOf('/') + 1)].some((each) => each === wanted || matches(each)),
    );
    if (!found) {
      const meant = nearest(wanted, texts);
      report.value(['measures', name, 'source'], `no text source is named \`${wanted}\`${suggestion(meant, texts)}`, {
        instead: insteadOf(wanted, meant),
      });
    }
  }
}
