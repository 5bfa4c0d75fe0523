import { templateReading } from '../protocol/domain/flagTemplate.ts';
import { percent } from '../protocol/domain/units.ts';
import type { FlagReading, FlagValues } from './target.ts';

/**
 * A target's word on its users, by the templates of its settings read backwards.
 *
 * @param target its name for people
 * @param templates by the names of the values
 */
export function templatesReading(
  target: string,
  templates: Readonly<Record<string, string>>,
  values: FlagValues,
): FlagReading {
  const read = Object.entries(templates).map(([key, template]) => ({
    key,
    ...templateReading(template, values[key] ?? null),
  }));
  const said = read.flatMap(({ key }) => (values[key] == null ? [] : [`${key}=${values[key]}`]));
  const detail = `${target} says ${said.length === 0 ? 'nothing' : said.join(', ')}`;
  const on = read.flatMap((each) => (each.kind === 'on' ? [each] : []));
  if (on.length === 0) return { kind: read.some(({ kind }) => kind === 'unknown') ? 'unknown' : 'off', detail };
  if (read.some(({ kind }) => kind === 'off')) return { kind: 'at-odds', detail };
  const percents = on.flatMap((each) => (each.percent === null ? [] : [each.percent]));
  return { kind: 'exposing', percent: percents.length === 0 ? null : percent(Math.max(...percents)), detail };
}
