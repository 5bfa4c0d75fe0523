import { countedShare } from '../../protocol/domain/countedShare.ts';
import { hasColumns, holdsManyMetrics, patternFormat } from '../../protocol/domain/formatNames.ts';
import { compileLinear } from '../../protocol/domain/linearPattern.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { holdsLines, sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import { sourceProblems } from '../../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../../protocol/domain/sourceShape.ts';
import { unitLength } from '../../protocol/domain/timeUnit.ts';
import type { Report } from './reportProblem.ts';

/** Each key for the shape of a source's lines must have an effect, and a pattern must name fields. */
export function checkSourceShapes(plan: Plan, report: Report): void {
  for (const [index, source] of plan.sources.entries()) {
    const path = ['sources', index];
    const format = sourceFormat(source);
    for (const problem of sourceProblems(source)) report.value([...path, ...problem.path], problem.message);
    if (source.record !== undefined) {
      if (format === patternFormat) {
        const problem = patternProblem(source.record);
        if (problem !== null) report.value([...path, 'record'], problem);
      } else
        report.key(
          [...path, 'record'],
          `\`record\` finds the records of lines of text: a \`${format}\` file has its own`,
        );
    } else if (format === patternFormat) {
      report.value(
        [...path, 'format'],
        'say in `record` where the fields of a line stand, for example `record: "/ (?P<status>[0-9]{3}) /"`',
      );
    }
    if (source.skip !== undefined && source.record === undefined)
      report.key([...path, 'skip'], '`skip` goes with `record`: it names the lines that are no records');
    if (source.columns !== undefined && !hasColumns(format))
      report.key([...path, 'columns'], '`columns` are those of a CSV file: write `format: csv`');
    if (holdsLines(source)) {
      for (const key of ['unwrap', 'each', 'join', 'arm', 'arm_columns'] as const) {
        if (source[key] !== undefined)
          report.key(
            [...path, key],
            `lines of text hold no records: say \`record\` or another \`format\`, or leave \`${key}\` out`,
          );
      }
    }
  }
}

function patternProblem(written: string): string | null {
  try {
    const names = Object.keys(compileLinear(written.slice(1, -1)).namedGroups());
    return names.length > 0 ? null : 'the pattern names no field: write `(?P<status>[0-9]{3})` where the status stands';
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    return `the pattern is not RE2 syntax (${detail}): lookaround and backreferences are not in it`;
  }
}

/** Without `arms` every source of records says its arm. */
export function checkSourceArms(plan: Plan, report: Report): void {
  const { treatment, control } = plan.arms;
  if (control === undefined || Object.keys(treatment).length > 0 || Object.keys(control).length > 0) return;
  for (const [index, source] of plan.sources.entries()) {
    if (holdsLines(source) || source.arm !== undefined || source.arm_columns !== undefined) continue;
    if (sourceShape(source).armField !== null) continue;
    report.key(
      ['sources', index],
      'nothing says of which arm its records are: write `arms`, or `arm: treatment` at the source',
    );
  }
}

/** A field of two units would be read in one of them alone. */
export function checkUnits(plan: Plan, report: Report): void {
  const units = new Map<string, string>();
  for (const [name, measure] of Object.entries(plan.measures)) {
    if (!('quantile' in measure)) continue;
    for (const key of ['unit', 'field_unit'] as const) {
      const unit = measure[key];
      if (key === 'field_unit' && unit !== undefined && unitLength(unit) === undefined)
        report.value(['measures', name, key], `\`${unit}\` is no unit of time: write ns, us, ms, s, min or h`);
    }
    if (measure.field_unit !== undefined && unitLength(measure.unit ?? '') === undefined)
      report.key(
        ['measures', name, 'field_unit'],
        'say in `unit` what the figures are to be in, for example `unit: ms`',
      );
    const unit = measure.unit ?? '';
    const known = units.get(measure.field);
    if (
      known !== undefined &&
      known !== unit &&
      measure.field_unit === undefined &&
      unitLength(unit) !== unitLength(known)
    )
      report.value(
        ['measures', name, 'unit'],
        `\`${measure.field}\` is in \`${known}\` elsewhere: one field has one unit`,
      );
    if (measure.field_unit === undefined) units.set(measure.field, known ?? unit);
  }
}

/** Records that count something need to be told from those that count something else. */
export function checkCounts(plan: Plan, report: Report): void {
  for (const [index, source] of plan.sources.entries()) {
    const shape = sourceShape(source);
    if (shape.outcomes === undefined && source.times === undefined && holdsManyMetrics(sourceFormat(source)))
      report.key(
        ['sources', index],
        'such a file holds many metrics: say in `outcomes` which of them counts the requests, for example `outcomes: { metric: http_requests_total }`',
      );
  }
  const totals = Object.entries(plan.measures).flatMap(([name, measure]) => {
    const counted = 'share' in measure ? countedShare(measure.share) : null;
    return counted === null ? [] : [{ name, total: counted.total }];
  });
  const [first] = totals;
  for (const { name, total } of totals) {
    if (first !== undefined && total !== first.total)
      report.value(
        ['measures', name, 'share', 'total'],
        `\`${first.name}\` counts \`${first.total}\`: the records of a plan stand for one number of outcomes, so name the same total`,
      );
  }
}

/** A join needs both halves, and each record is one of them. */
export function checkJoins(plan: Plan, report: Report): void {
  const joins = plan.sources.flatMap(({ join }, index) => (join === undefined ? [] : [{ join, index }]));
  const [first] = joins;
  if (first === undefined) return;
  if (joins.every(({ join: { exposures } }) => exposures === undefined))
    report.key(
      ['sources', first.index, 'join'],
      'nothing says the arm: say in `exposures` which records do, for example `exposures: { type: start }`, or `all` at the source of exposures',
    );
  if (joins.every(({ join: { exposures } }) => exposures === 'all'))
    report.key(
      ['sources', first.index, 'join'],
      'nothing says how it went: a second source needs `join` too, with its `key`, or `exposures` names only the records that say the arm',
    );
  for (const { join, index } of joins) {
    const path = ['sources', index, 'join'];
    if (join.exposures !== undefined && join.within === undefined)
      report.key(
        [...path, 'exposures'],
        'say in `within` how long an exposure tells the arm, for example `within: 5m`',
      );
    for (const key of ['within', 'without_outcome'] as const)
      if (join.exposures === undefined && join[key] !== undefined)
        report.key([...path, key], `\`${key}\` goes with \`exposures\`, at the source of those`);
    const source = plan.sources[index];
    for (const key of ['arm_columns', 'cumulative'] as const)
      if (source?.[key] !== undefined)
        report.key(['sources', index, key], `records with \`${key}\` count many things: such are not joined`);
    if (source !== undefined && sourceShape(source).armField !== null)
      report.key(path, 'the answers of an engine are sums: nothing in them has a key');
  }
}
