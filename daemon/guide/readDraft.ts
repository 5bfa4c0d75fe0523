import { type Agreed, agree, disputedConsequences } from './agreement.ts';
import { type Checked, check, type Evidence } from './check.ts';
import { tellContradictions } from './contradictions.ts';
import type { DraftFlag, DraftStage, PlanDraft } from './draft.ts';
import type { Guide } from './guide.ts';
import { MeasureBook, readArms } from './measures.ts';
import { readEscalation } from './parts/contacts.ts';
import { readDocuments } from './parts/documents.ts';
import { gatesOf, triggersOf } from './parts/draftConditions.ts';
import { flagOf } from './parts/draftFlag.ts';
import { suitesOf } from './parts/draftSuites.ts';
import { readDeny } from './parts/freezes.ts';
import { readId, readZone, stageId, titleOf } from './parts/identity.ts';
import { readChecklists, readDeliverables } from './parts/lists.ts';
import { refuseOthers } from './parts/plausible.ts';
import { anchorOf, readMilestones, readSchedule } from './parts/schedule.ts';
import { insidePath, readSources } from './parts/sources.ts';
import { readTargets } from './parts/targets.ts';
import type { Picks } from './picks.ts';
import { readMode, readRollbackTo } from './rules/advance.ts';
import { readConditions } from './rules/conditions.ts';
import { readDays } from './rules/days.ts';
import { flagRules } from './rules/flags.ts';
import { readLadder, Scopes, type Situated, tellDisputes } from './rules/ladder.ts';
import { soakRules, soaksBetweenStarts } from './rules/soaks.ts';
import { testRules } from './rules/tests.ts';
import { type Place, quoted, type Sourced, said } from './text/findings.ts';
import type { Passage } from './text/passages.ts';
import { conditionText, type GuideValue, type ValueKind, type ValueOf, valueText } from './values.ts';

export interface ReadOptions {
  readonly names: readonly string[];
  /** File → its lines as written, which the check looks quotes up in. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** A language model's answer to the same guides. */
  readonly model: readonly GuideValue[];
  /** What a person has decided of what is in dispute. */
  readonly picks: Picks;
}

/**
 * Reads guides into a plan's draft. The rules' values and a model's pass the same check; what both say, or one says and
 * nothing contradicts, is taken. Throws `UserError` when the guides plan no rollout.
 */
export function readDraft(guide: Guide, { names, lines, model, picks }: ReadOptions): PlanDraft {
  const ladder = readLadder(guide, picks);
  const modelStages = model.filter((value) => value.kind === 'stage');
  const evidence: Evidence = { guide, lines, aliases: ladder.aliases };
  const checkedStages = modelStages
    .map((value) => check(value, evidence))
    .flatMap((each) => (each.kind === 'refused' ? [] : [each.value]))
    .flatMap((value) => (value.kind === 'stage' ? [value] : []));
  const disputed = new Set(ladder.disputed.map(({ percent }) => percent));
  const percents = [
    ...new Set([
      ...ladder.percents,
      ...checkedStages.map(({ percent }) => percent).filter((percent) => !disputed.has(percent)),
    ]),
  ].sort((a, b) => a - b);
  const whole = { ...ladder, percents };
  refuseOthers(guide, whole, names, lines);
  tellDisputes(guide, ladder);
  const scopes = new Scopes(guide, whole);
  const context: Situated = { guide, ladder: whole, scopes };
  const anchor = anchorOf(guide);
  const read = valuesOf(context, anchor);
  const holding = [...tested(read, evidence, 'rules'), ...tested(model, evidence, 'model')];
  const contrary = disputedConsequences(holding).map((options) => ({
    options,
    picked: picks.amongValues(options)?.value,
  }));
  const unsettled = contrary.filter(({ picked }) => picked === undefined).map(({ options }) => options);
  const dropped = new Set(
    contrary.flatMap(({ options, picked }) => options.flatMap(({ value, places }) => (value === picked ? [] : places))),
  );
  const { values, disputes } = agree(
    holding.filter((value) => value.kind !== 'trigger' || !dropped.has(value.from)),
    guide.findings,
    picks,
  );
  for (const { value, places } of unsettled.flat())
    for (const place of places)
      guide.findings.add(
        'conflict',
        place,
        `\`${conditionText(value.claim)}\`: one place rolls back by itself, another asks a person; it is not written, pick one`,
      );
  const of = <K extends ValueKind>(kind: K): readonly Agreed<ValueOf<K>>[] =>
    values.flatMap((each) => (isKind(each, kind) ? [each] : []));
  useAll(guide, [...values, ...disputes.flatMap(({ options }) => options)]);
  const sources = readSources(guide);
  const arms = readArms(guide);
  const book = new MeasureBook(arms, sources.logs[0]?.value);
  const gates = gatesOf(of('gate'), percents, guide).filter((each) => taken(guide, book, each.claim, each.places));
  const triggers = of('trigger').filter(({ value, places }) => taken(guide, book, value.claim, places));
  tellContradictions(guide.findings, gates, triggers);
  const targets = readTargets(guide);
  for (const target of targets) book.use(target.value.subject, '', target.places);
  const suites = suitesOf(guide, of('test'));
  const start = dated(of('start'));
  const days = readDays(context, start?.value);
  const soaks = new Map(of('soak').map(({ value, places }) => [value.stage, said(value.length, ...places)]));
  const stages = percents.map((percent): DraftStage => {
    const from = [...ladder.stages, ...checkedStages]
      .filter((value) => value.percent === percent)
      .map((value) => value.from);
    const gate = gates
      .filter((each) => each.stage === percent)
      .map(({ claim, places }) => said(conditionText(claim), ...places));
    return {
      id: stageId(percent),
      percent: said(percent, ...from),
      soak: soaks.get(percent),
      days: days.get(percent),
      gate,
    };
  });
  const flag = flagOf(guide, of('flag'));
  const escalation = readEscalation(guide);
  const documents = readDocuments(guide, insidePath);
  const deliverables = readDeliverables(guide);
  const milestones = readMilestones(guide, anchor, whole);
  const deny = readDeny(guide, anchor);
  const mode = readMode(guide);
  const checklists = readChecklists(
    context,
    suites.map(({ name }) => name),
  );
  for (const [passage] of ladder.named) guide.use(passage);
  const title = titleOf(guide);
  if (title !== undefined && title.kind !== 'heading') guide.use(title);
  tellMissing(guide, stages, sources.metrics !== undefined, triggers.length, flag, names);
  const baseline =
    [...gates.map(({ claim }) => claim), ...triggers.map(({ value }) => value.claim)].some(
      ({ ofBaseline }) => ofBaseline,
    ) || targets.length > 0;
  return {
    id: readId(guide, flag?.set[0], sources),
    name: title === undefined ? undefined : said(title.text.slice(0, 200), title),
    timezone: readZone(guide),
    start,
    end: endOf(guide, start, dated(of('end'))),
    sources,
    arms,
    measures: book.entries(),
    baseline,
    stages,
    rollbackTo: readRollbackTo(guide),
    advance: { mode, deny },
    triggers: triggersOf(triggers, guide, percents, stageId),
    flag,
    checklists,
    suites,
    targets: targets.map(({ value, places }) => said({ measure: value.subject.name, change: value.change }, ...places)),
    milestones,
    deliverables,
    documents,
    escalation,
    disputes: {
      stages: ladder.disputed,
      values: [...disputes, ...unsettled.map((options) => ({ kind: 'trigger' as const, options }))],
    },
  };
}

/** The unit of the measure itself, where the condition says one. */
function unitOf({ ofBaseline, difference, unit }: ValueOf<'gate'>['claim']): '' | '%' | 'ms' | 'MiB' {
  if (unit === 'points') return '%';
  return ofBaseline && difference === undefined ? '' : unit;
}

/** Takes the measure of a condition in; one whose unit is another than the measure has is told and left out. */
function taken(guide: Guide, book: MeasureBook, claim: ValueOf<'gate'>['claim'], places: readonly Place[]): boolean {
  const unit = unitOf(claim);
  const [place] = places;
  if (!book.fits(claim.subject, unit)) {
    if (place !== undefined)
      guide.findings.add(
        'not-understood',
        place,
        `\`${conditionText(claim)}\` is left out: elsewhere ${claim.subject.name} is told in another unit`,
      );
    return false;
  }
  book.use(claim.subject, unit, places);
  return true;
}

function isKind<K extends ValueKind>(each: Agreed<GuideValue>, kind: K): each is Agreed<ValueOf<K>> {
  return each.value.kind === kind;
}

/** Every value that the rules read. */
function valuesOf(context: Situated, anchor: string | undefined): readonly GuideValue[] {
  const { guide, ladder } = context;
  const found: GuideValue[] = [];
  const soaked = new Set<number>();
  for (const rule of [...soakRules].sort((a, b) => a.rank - b.rank)) {
    const read = guide.passages
      .flatMap((passage) => rule.read(passage, context))
      .filter(({ stage }) => !soaked.has(stage));
    for (const { stage } of read) soaked.add(stage);
    found.push(...read);
  }
  found.push(
    ...soaksBetweenStarts(context).filter(({ stage }) => !soaked.has(stage) && ladder.percents.includes(stage)),
  );
  found.push(...guide.passages.flatMap((passage) => readConditions(passage, context)));
  found.push(...firstOf(guide.passages, flagRules, context));
  found.push(...firstOf(guide.passages, testRules, guide));
  found.push(...readSchedule(guide, anchor));
  return found;
}

/** The rules of the smallest rank among those that read one passage. */
function firstOf<V extends GuideValue, C>(
  passages: readonly Passage[],
  rules: readonly { readonly rank: number; read(passage: Passage, context: C): readonly V[] }[],
  context: C,
): readonly V[] {
  const ranked = [...rules].sort((a, b) => a.rank - b.rank);
  return passages.flatMap(
    (passage) => ranked.map((rule) => rule.read(passage, context)).find((values) => values.length > 0) ?? [],
  );
}

/** The values that pass the check; softened and refused ones are told. */
function tested(values: readonly GuideValue[], evidence: Evidence, reader: 'rules' | 'model'): readonly GuideValue[] {
  return values.flatMap((value): readonly GuideValue[] => {
    const checked: Checked = check(value, evidence);
    const whose = reader === 'model' ? 'the assistant’s ' : '';
    if (checked.kind === 'holds') return [checked.value];
    if (checked.kind === 'milder') {
      const message = `${whose}\`${valueText(value)}\` asks a person, and does not roll back by itself: ${checked.why}`;
      evidence.guide.findings.add('assumed', value.from, message);
      return [checked.value];
    }
    const message = `${whose}\`${valueText(value)}\` from ${quoted(value.from.quote)} is left out: ${checked.why}`;
    evidence.guide.findings.add('not-understood', value.from, message);
    return [];
  });
}

/** The passages that values cite stand in the plan. */
function useAll(guide: Guide, values: readonly Agreed<GuideValue>[]): void {
  const lines = new Set(values.flatMap(({ places }) => places.map(({ file, line }) => `${file}:${line}`)));
  for (const passage of guide.passages)
    if (lines.has(`${passage.file}:${passage.line}`) || lines.has(`${passage.file}:${passage.stageLine}`))
      guide.use(passage);
}

function dated(dates: readonly Agreed<ValueOf<'start' | 'end'>>[]): Sourced<string> | undefined {
  const [first] = dates;
  return first === undefined ? undefined : said(first.value.date, ...first.places);
}

/** An end before the start is no end: it is told and left out. */
function endOf(
  guide: Guide,
  start: Sourced<string> | undefined,
  end: Sourced<string> | undefined,
): Sourced<string> | undefined {
  const [place] = end?.places ?? [];
  if (start === undefined || end === undefined || place === undefined || end.value >= start.value) return end;
  guide.findings.add(
    'contradiction',
    place,
    `the end, ${end.value}, lies before the start, ${start.value}: it is left out`,
  );
  return undefined;
}

/** Parts that a plan needs and no guide says: told once, and commented lines in the plan to fill in. */
function tellMissing(
  guide: Guide,
  stages: readonly DraftStage[],
  sourced: boolean,
  triggers: number,
  flag: DraftFlag | undefined,
  names: readonly string[],
): void {
  const place = { file: names[0] ?? '', line: 0 };
  const tell = (message: string) => guide.findings.add('assumed', place, message);
  if (!sourced) tell('no guide names a file of records: fill in `sources`, the plan cannot begin without one');
  if (triggers === 0) tell('no rollback trigger was found: the plan has none, write them under `triggers`');
  if (flag === undefined)
    tell(
      'no flag variable was found: Rampwatch watches, and a person sets the flag; write it under `flag` to let it act',
    );
  const untimed = stages
    .filter(({ percent, soak }) => percent.value > 0 && soak === undefined)
    .map(({ percent }) => `${percent.value} %`);
  if (untimed.length > 0) tell(`no guide says how long ${untimed.join(', ')} must last: write \`soak\` there`);
  const open = stages
    .filter(({ percent, gate }) => percent.value > 0 && gate.length === 0)
    .map(({ percent }) => `${percent.value} %`);
  if (open.length > 0) tell(`no guide says what ${open.join(', ')} must show: write \`gate\` there`);
}
