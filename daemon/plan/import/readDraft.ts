import { parseDuration } from '../../protocol/domain/duration.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { readAdvance, readRollbackTo } from './advance.ts';
import { readChecklists } from './checklists.ts';
import { tellContradictions } from './contradictions.ts';
import { readCriteria } from './criteria.ts';
import { criterionText } from './criterionTexts.ts';
import { daysAfter } from './dates.ts';
import type { DraftBaseline, DraftStage, PlanDraft } from './draft.ts';
import { assumed, type Place, type Sourced, said } from './findings.ts';
import { readFlag } from './flags.ts';
import { type Gates, mergeGates } from './gates.ts';
import type { Guides } from './guides.ts';
import { readIdentity, stageIds } from './identity.ts';
import { daysIn, type Ladder, readLadder, weekOf } from './ladder.ts';
import { MeasureBook, readArms } from './measures.ts';
import { readDeliverables, readDocuments, readEscalation, readTargets } from './outcomes.ts';
import { checkLength, readMilestones, readSchedule, type Schedule } from './schedule.ts';
import { Scopes } from './scopes.ts';
import { readSoaks } from './soaks.ts';
import { insidePath, readSources } from './sources.ts';
import { readSuites } from './suites.ts';
import { mergeTriggers } from './triggers.ts';
/** Reads every part of the plan from the guides. Throws `UserError` when they tell of no stage. */
export function readDraft(guides: Guides, names: readonly string[]): PlanDraft {
  const schedule = readSchedule(guides);
  const ladder = withEnds(guides, readLadder(guides, schedule.start?.value, schedule.anchor), names);
  checkLength(guides, schedule);
  const scopes = new Scopes(guides, ladder);
  const sources = readSources(guides);
  const flag = readFlag(guides, ladder);
  const arms = readArms(guides);
  const book = new MeasureBook(arms, '*.log');
  const criteria = readCriteria(guides, scopes, ladder);
  const { gates, atZero } = mergeGates(guides, ladder, criteria.gates, book);
  const triggers = mergeTriggers(guides, criteria.triggers, book);
  const soaks = readSoaks(guides, ladder, scopes);
  const targets = readTargets(guides, book);
  const suites = readSuites(guides);
  const milestones = readMilestones(guides, schedule);
  const deliverables = readDeliverables(guides);
  const documents = readDocuments(guides, insidePath);
  const escalation = readEscalation(guides);
  const advance = readAdvance(guides, schedule.anchor);
  const rollbackTo = readRollbackTo(guides);
  if (triggers.length === 0)
    guides.findings.add(
      'assumed',
      { file: names[0] ?? '', line: 0 },
      'no rollback trigger was found: the plan has none, write them under `triggers`',
    );
  if (flag === undefined)
    guides.findings.add(
      'assumed',
      { file: names[0] ?? '', line: 0 },
      'no flag variable was found: Rampwatch watches, and a person sets the flag; write it under `flag` to let it act',
    );
  const stages = draftStages(guides, ladder, gates, soaks, book);
  tellContradictions(guides, ladder.stages, gates, triggers);
  // What cannot be judged at 0 % is an item; a box in a list is one already.
  const ticked = atZero
    .filter(({ passage }) => passage.checkbox === undefined)
    .map(({ passage, scope }) => ({ text: criterionText(passage), passage, scope }));
  const checklists = readChecklists(guides, scopes, [...criteria.others, ...ticked], schedule.start?.value, suites);
  const measures = measuresOf(book, sources.logs[0]?.value);
  tellAssumed(guides, measures, arms.why, sources.metrics, names);
  return {
    identity: readIdentity(guides, flag, sources),
    schedule,
    sources,
    arms,
    measures,
    baseline: draftBaseline(
      guides,
      schedule,
      measures,
      stages,
      triggers.some((each) => each.value.ofBaseline),
      targets.length > 0,
    ),
    stages,
    rollbackTo,
    advance,
    triggers,
    flag,
    checklists,
    suites,
    targets,
    milestones,
    deliverables,
    documents,
    escalation,
  };
}

/** A ladder ends at the bottom with a stage that exposes nobody; without any stage it is no guide. */
function withEnds(guides: Guides, ladder: Ladder, names: readonly string[]): Ladder {
  const exposed = ladder.stages.filter((stage) => stage.percent > 0);
  const first = exposed[0];
  if (first === undefined) {
    const which = names.length === 1 ? names[0] : `${names.length} files`;
    throw new UserError(
      'not-a-guide',
      `${which}: no stage of a rollout was found (such as “Increase to 10% rollout”); is it an execution guide?`,
    );
  }
  if (exposed.length > 50)
    throw new UserError(
      'not-a-guide',
      `${names.join(', ')}: ${exposed.length} different percentages of stages; no rollout has that many, so import the guides one rollout at a time`,
    );
  const before = first.days === undefined || first.days.from <= 1 ? undefined : first.days.from - 1;
  const zero = ladder.stages.find((stage) => stage.percent === 0);
  if (zero !== undefined) {
    if (zero.days === undefined || before === undefined || before < zero.days.from) return ladder;
    return { ...ladder, stages: [{ ...zero, days: { ...zero.days, to: before } }, ...exposed] };
  }
  const place = first.places[0] ?? { file: names[0] ?? '', line: 0 };
  guides.findings.add(
    'assumed',
    place,
    'no guide speaks of 0 %: a stage `off` comes first, for the baseline and to roll back to',
  );
  return { ...ladder, stages: [{ percent: 0, places: [], name: undefined, days: undefined }, ...exposed] };
}

function draftStages(
  guides: Guides,
  ladder: Ladder,
  gates: Gates,
  soaks: ReadonlyMap<number, Sourced<string>>,
  book: MeasureBook,
): readonly DraftStage[] {
  const ids = stageIds(ladder.stages);
  return ladder.stages.map(({ percent, places, days }) => {
    const gate = (gates.get(percent) ?? []).map((each) => ({ value: each.value.text, places: each.places }));
    const place = places[0] ?? ladder.stages[1]?.places[0] ?? { file: '', line: 0 };
    const soak = soaks.get(percent);
    return {
      id: ids.get(percent) ?? 'stage',
      percent: places.length === 0 ? assumed(percent, 'no guide speaks of it') : said(percent, ...places),
      soak: soak ?? assumed('24h', 'no guide says how long'),
      days: days === undefined ? undefined : said([days.from, lastDay(days, soak)] as const, ...days.places),
      gate: gate.length > 0 ? gate : proposedGate(guides, percent, place, book),
    };
  });
}

/** A stage of which only the first day is planned takes at least its soak. */
function lastDay(days: { readonly from: number; readonly to: number }, soak: Sourced<string> | undefined): number {
  if (days.from !== days.to || soak === undefined || soak.assumed !== undefined) return days.to;
  return days.from + Math.max(1, Math.ceil((parseDuration(soak.value) ?? 0) / 86_400_000)) - 1;
}

/** A stage whose gate a guide leaves open would be passed by time alone. */
function proposedGate(guides: Guides, percent: number, place: Place, book: MeasureBook): readonly Sourced<string>[] {
  const critical = book.use(
    { name: 'critical_errors', family: 'critical', good: 'low', quantile: undefined, words: '', index: 0, end: 0 },
    place,
    '',
  );
  guides.findings.add(
    'assumed',
    place,
    `${percent} %: no criterion that can be measured was found, \`${critical} == 0\` is proposed`,
  );
  return [assumed(`${critical} == 0`, 'no criterion that can be measured was found')];
}

function measuresOf(book: MeasureBook, log: string | undefined): PlanDraft['measures'] {
  return book
    .entries()
    .map(([name, measure]) =>
      'lines' in measure.value && log !== undefined && !log.endsWith('.log')
        ? [name, { ...measure, value: { ...measure.value, source: log } }]
        : [name, measure],
    );
}

function draftBaseline(
  guides: Guides,
  schedule: Schedule,
  measures: PlanDraft['measures'],
  stages: readonly DraftStage[],
  triggered: boolean,
  targeted: boolean,
): DraftBaseline | undefined {
  const gated = stages.some((stage) => stage.gate.some((condition) => condition.value.endsWith('of baseline')));
  if (!gated && !triggered && !targeted) return undefined;
  const place = measures[0]?.[1].places[0] ?? { file: guides.passages[0]?.file ?? '', line: 0 };
  const window = baselineWindow(guides, schedule) ?? dayBefore(schedule, stages);
  if (window === undefined)
    guides.findings.add(
      'assumed',
      place,
      'baseline: the control over the same time; at 100 % there is none, name a `window` of recorded data under `baseline.otherwise`',
    );
  else
    guides.findings.add(
      'assumed',
      window.places[0] ?? place,
      `baseline: the control over the same time, and where there is none, ${window.value.join(' to ')}`,
    );
  return { window, places: [] };
}

/** The day a guide sets aside for the baseline, from noon if it is the afternoon's, for 24 hours. */
function baselineWindow(guides: Guides, schedule: Schedule): Sourced<readonly [string, string]> | undefined {
  if (schedule.start === undefined) return undefined;
  for (const passage of guides.passages) {
    if (passage.kind !== 'heading' || !/\bbaseline\b/i.test(passage.text)) continue;
    const days = daysIn(passage.text, weekOf(passage));
    if (days === undefined) continue;
    const time = /\b(?:afternoon|pm)\b/i.test(passage.text) ? '12:00Z' : '00:00Z';
    const from = daysAfter(schedule.start.value, days.from - 1);
    const to = daysAfter(schedule.start.value, days.to);
    return assumed([`${from}T${time}`, `${to}T${time}`] as const, 'the day set aside for the baseline', passage);
  }
  return undefined;
}

/** The last day before anyone is exposed. */
function dayBefore(schedule: Schedule, stages: readonly DraftStage[]): Sourced<readonly [string, string]> | undefined {
  const first = stages.find((stage) => stage.percent.value > 0)?.days;
  if (schedule.start === undefined || first === undefined) return undefined;
  const exposed = daysAfter(schedule.start.value, first.value[0] - 1);
  const window = [`${daysAfter(exposed, -1)}T00:00Z`, `${exposed}T00:00Z`] as const;
  return assumed(window, 'the last day before anyone is exposed', ...first.places.slice(0, 1));
}

function tellAssumed(
  guides: Guides,
  measures: PlanDraft['measures'],
  arms: string,
  metrics: Sourced<string>,
  names: readonly string[],
): void {
  const whole = { file: names[0] ?? '', line: 0 };
  guides.findings.add('assumed', whole, `\`arms\`: ${arms}; compare with a record of your metrics`);
  if (metrics.assumed !== undefined)
    guides.findings.add('assumed', whole, `\`sources\`: ${metrics.assumed}, \`${metrics.value}\` is proposed`);
  for (const [name, measure] of measures) {
    if (measure.assumed !== undefined)
      guides.findings.add('assumed', measure.places[0] ?? whole, `\`measures.${name}\`: ${measure.assumed}`);
  }
}
