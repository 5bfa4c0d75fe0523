import { parseFreezeWindow } from '../../protocol/domain/freezeWindow.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { isZone } from '../../protocol/domain/zonedTime.ts';
import { nearest } from '../nearest.ts';
import { insteadOf, type Path } from '../problem.ts';
import type { Report } from './reportProblem.ts';

export function checkZones(plan: Plan, report: Report): void {
  const check = (zone: string | undefined, path: Path) => {
    if (zone === undefined || isZone(zone)) return;
    const meant = nearestZone(zone);
    const help =
      meant === undefined ? ': write an IANA name such as `UTC` or `Europe/Berlin`' : ` — did you mean \`${meant}\`?`;
    report.value(path, `unknown time zone \`${zone}\`${help}`, { instead: insteadOf(zone, meant) });
  };
  check(plan.timezone, ['timezone']);
  plan.sources.forEach((source, index) => {
    check(source.time?.zone, ['sources', index, 'time', 'zone']);
  });
}

export function checkDates(plan: Plan, report: Report): void {
  const day = (text: string | undefined, path: Path) => {
    if (text === undefined || isDate(text) || isInstant(text)) return;
    report.value(path, `\`${text}\` is not a date: write \`2025-10-29\`, or \`2025-10-29T09:00\``);
  };
  day(plan.start, ['start']);
  day(plan.end, ['end']);
  if (plan.start !== undefined && plan.end !== undefined && plan.end < plan.start.slice(0, 10)) {
    report.value(['end'], `the end \`${plan.end}\` is before the start \`${plan.start}\``);
  }
  plan.milestones.forEach((milestone, index) => {
    day(milestone.date, ['milestones', index, 'date']);
  });
  plan.checklists.forEach((checklist, index) => {
    day(checklist.due, ['checklists', index, 'due']);
  });
  checkWindow(plan.baseline?.window, ['baseline', 'window'], report);
  checkWindow(plan.baseline?.otherwise?.window, ['baseline', 'otherwise', 'window'], report);
}

export function checkFreezeWindows(plan: Plan, report: Report): void {
  for (const list of ['deny', 'allow'] as const) {
    plan.advance[list].forEach((text, index) => {
      const parsed = parseFreezeWindow(text);
      if ('message' in parsed) report.value(['advance', list, index], `\`${text}\`: ${parsed.message}`);
    });
  }
}

function checkWindow(window: readonly [string, string] | undefined, path: Path, report: Report): void {
  if (window === undefined) return;
  const wrong = window.findIndex((text) => !isInstant(text));
  if (wrong !== -1) {
    const text = window[wrong] ?? '';
    const example = isDate(text) ? `${text}T00:00Z` : '2025-10-31T12:00Z';
    report.value([...path, wrong], `\`${text}\` is not a date and time: write \`${example}\``);
    return;
  }
  const [from, to] = window.map(asUtc);
  if (from !== undefined && to !== undefined && from >= to)
    report.value([...path, 1], 'the window ends before it begins');
}

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(?: ?(?:Z|z|UTC|GMT)| ?[+-]([01]\d)(?::?[0-5]\d)?)?$/;

function isDate(text: string): boolean {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  if (day === undefined) return false;
  const real = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return real.getUTCMonth() === Number(month) - 1 && real.getUTCDate() === Number(day);
}

function isInstant(text: string): boolean {
  const [, date] = instantPattern.exec(text) ?? [];
  return date !== undefined && isDate(date);
}

/** Good enough to order two instants of the same form: one without an offset counts as UTC. */
function asUtc(text: string): number | undefined {
  const [, date, hour, minute] = instantPattern.exec(text) ?? [];
  const [, sign, hours, minutes] = /([+-])(\d{2}):?(\d{2})?$/.exec(text.slice(11)) ?? [];
  if (date === undefined) return undefined;
  const offset =
    sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
  return Date.parse(`${date}T${hour}:${minute}Z`) - offset;
}

function nearestZone(written: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const city = (zone: string) => zone.slice(zone.lastIndexOf('/') + 1);
  const wanted = city(written).toLowerCase();
  return nearest(written, zones) ?? zones.find((zone) => city(zone).toLowerCase() === wanted);
}
