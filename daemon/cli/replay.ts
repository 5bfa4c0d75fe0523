import { statSync } from 'node:fs';
import { basename, resolve, sep } from 'node:path';
import { withoutCompression } from '../ingest/compression/compression.ts';
import { sourceOfFile } from '../ingest/recorded/recordedFiles.ts';
import { loadPlan } from '../plan/load.ts';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { saidByRecords } from '../protocol/words/armlessText.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { placeText } from '../protocol/words/placeText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { undecidedText } from '../protocol/words/timeText.ts';
import { type ReplayOptions, type ReplayReport, replay } from '../replayRecording.ts';
import { parseInjection } from '../simulate/injection.ts';
import { type Annotation, annotationForm, annotationText } from './annotations.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { wholeNumberOption } from './numberOption.ts';
import type { Output } from './output.ts';
import { planFile } from './planOption.ts';
import { ReadingBar } from './readingBar.ts';
import { differenceLines, type ReplayDifference, replayDifferences } from './replayAgainst.ts';
import { replayMarkdown } from './replayMarkdown.ts';
import { keepStandardInput } from './standardInput.ts';

/** Judges recorded files in virtual time and reports what the plan makes of them. */
export async function run(call: Call): Promise<ExitCode> {
  const isPage = textOption(call, 'format') === 'markdown';
  const form = isPage ? null : annotationForm(call);
  const loaded = loadPlan(planFile(call));
  const input = call.words.includes('-') ? await keepStandardInput(loaded.plan) : null;
  const files = call.words.map((word) => {
    if (word === '-' && input !== null) return { file: input.file, name: 'standard input' };
    const file = resolve(call.folder, word);
    return { file, name: pathWithin(call.folder, file, sep) || basename(file) };
  });
  const other = otherPlan(call);
  const inject = injectionsOf(call);
  const judgedBy = async (plan: LoadedPlan) => {
    const bar = process.stderr.isTTY === true && call.output.terminal ? barOf(files) : null;
    const reached = bar === null ? undefined : (bytes: number) => bar.reached(bytes);
    try {
      return await replay({ loaded: plan, files, observe: flagOption(call, 'observe'), inject, reached });
    } finally {
      bar?.remove();
    }
  };
  const [report, against] = await judgedByEach([loaded, other], judgedBy).finally(() => input?.remove());
  if (report === undefined) return 1;
  const names = [basename(loaded.file), basename(other?.file ?? '')] as const;
  const differences = against === undefined ? null : replayDifferences(report, against);
  const isLogOnly = files.every(({ file }) => {
    const source = loaded.plan.sources[sourceOfFile(loaded.plan, file)];
    return source !== undefined && holdsLines(source);
  });
  call.output.document(against === undefined ? report : { plan: report, against, differences });
  if (isPage) {
    const replays = [report, ...(against === undefined ? [] : [against])].map((each, index) => ({
      name: names[index] ?? '',
      report: each,
    }));
    const read = files.map(({ name }) => name);
    if (!call.output.json) call.output.raw(replayMarkdown(read, replays, differences));
  } else if (form !== null && against === undefined) {
    const nothing = report.records === 0 && !isLogOnly ? [nothingJudged(loaded)] : [];
    call.output.raw(annotationText(form, [...nothing, ...firingAnnotations(report, loaded)], call.folder));
  } else if (!call.output.json) {
    if (against === undefined || differences === null) print(report, call.output);
    else printBeside(names, [report, against], differences, call.output);
  }
  for (const doubt of doubts(report, isLogOnly)) call.output.note(`rampwatch: ${plainText(doubt)}`);
  return 0;
}

/** The size of what is compressed says nothing of its content. */
function barOf(files: ReplayOptions['files']): ReadingBar {
  const isPlain = files.every(({ file }) => withoutCompression(basename(file)) === basename(file));
  const sizes = files.map(({ file }) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  return new ReadingBar(isPlain ? sizes.reduce((sum, size) => sum + size, 0) : null, {
    columns: process.stderr.columns ?? 80,
    write: (text) => void process.stderr.write(text),
    now: () => performance.now(),
  });
}

/** Each firing at the line of its trigger: `failing fired at …: 14 of 20 good`. */
function firingAnnotations({ firings }: ReplayReport, { plan, file, lines }: LoadedPlan): readonly Annotation[] {
  return firings.map(({ trigger, rule, at, n, good }) => {
    const index = plan.triggers.findIndex(({ id }) => id === trigger);
    const counts = good === null ? `${n}` : `${good} of ${n} good`;
    return {
      severity: rule === 'literal' ? 'hint' : 'warning',
      file,
      line: lines[`triggers.${index}`] ?? 1,
      column: 1,
      rule: `${rule}-firing`,
      message: `${trigger} fired at ${at}: ${counts} (rule ${rule})`,
    };
  });
}

/** A check that judged nothing must not pass unseen. */
function nothingJudged({ file, lines }: LoadedPlan): Annotation {
  return {
    severity: 'warning',
    file,
    line: lines['sources.0'] ?? 1,
    column: 1,
    rule: 'nothing-judged',
    message: 'no record of the recording counts, so the replay judged nothing',
  };
}

/** One after the other: a recording is read once for each plan. */
async function judgedByEach(
  plans: readonly (LoadedPlan | null)[],
  judgedBy: (plan: LoadedPlan) => Promise<ReplayReport>,
): Promise<readonly ReplayReport[]> {
  const reports: ReplayReport[] = [];
  for (const plan of plans) if (plan !== null) reports.push(await judgedBy(plan));
  return reports;
}

function otherPlan(call: Call): LoadedPlan | null {
  const file = textOption(call, 'against');
  return file === undefined ? null : loadPlan(resolve(call.folder, file));
}

/** All of them, one after the other; `undefined` without any. */
function injectionsOf(call: Call): ReplayOptions['inject'] {
  const written = call.options.inject;
  const texts = (Array.isArray(written) ? written : [written]).filter((each) => typeof each === 'string');
  if (texts.length === 0) return undefined;
  const seed = wholeNumberOption(call, 'seed', 0) ?? 1;
  return (plan, instrument) => {
    const injections = texts.map((each, index) => parseInjection(each, plan, instrument, seed + index));
    return (observation) => injections.reduce((changed, inject) => inject(changed), observation);
  };
}

function printBeside(
  names: readonly [string, string],
  reports: readonly ReplayReport[],
  differences: readonly ReplayDifference[],
  output: Output,
): void {
  for (const [index, report] of reports.entries()) {
    output.line(output.paint('bold', `== ${plainText(names[index] ?? '')}`));
    print(report, output);
    output.line();
  }
  output.line(output.paint('bold', '== What differs'));
  for (const line of differenceLines(differences, names)) output.line(line);
}

/** The caveats that a reader of the figures should know. */
function doubts(
  { records, rejected, arms, values, unknownStages, isUndriven, untimed, damaged, twins, undecided }: ReplayReport,
  isLogOnly: boolean,
): readonly string[] {
  const lines: string[] = untimed.map(
    (name) => `no line of ${name} begins with a known date and time, so none was judged`,
  );
  lines.push(...damaged);
  for (const { name, of } of twins) lines.push(`${name} is a copy of ${of} and is counted once`);
  for (const [name, count] of Object.entries(undecided)) lines.push(`${name}: ${undecidedText(count)}`);
  const headless = rejected['no-header'] ?? 0;
  if (headless > 0)
    lines.push(
      `no header row names the columns of ${headless} rows: name the generation of the log before them as well, or the source's \`columns\` in the plan`,
    );
  else if (records === 0 && !isLogOnly)
    lines.push("no record counts: check the source's `format`, `time` and `ignore` in the plan against the file");
  if (records > 0 && arms.treatment.n + arms.control.n === 0)
    lines.push(`no record belongs to an arm, so nothing is judged: ${saidByRecords(values)}`);
  const percents = Object.keys(unknownStages).map((percent) => percentText(Number(percent)));
  if (percents.length > 0) {
    lines.push(
      `the recording enters ${percents.join(', ')}, for which the plan has no stage: it stayed in the stage before`,
    );
  }
  if (isUndriven && records > 0) {
    lines.push(
      "no record names a stage (the source's `stage_event`): where nobody is exposed no trigger is judged; --observe judges all",
    );
  }
  return lines;
}

const evidenceShown = 3;

function print(report: ReplayReport, output: Output): void {
  const { line, paint } = output;
  const rejected = Object.entries(report.rejected);
  line(
    `${report.records} records, ${report.ignored} not observations, ${rejected.length === 0 ? 'none' : rejected.map(([reason, count]) => `${count} ${reason}`).join(', ')} rejected`,
  );
  for (const stage of report.stages) {
    line();
    line(`${paint('bold', `${stage.id}  ${stage.percent} %`)}  ${stage.from} → ${stage.to ?? 'end of the recording'}`);
    const { treatment, control } = stage.arms;
    line(`  treatment ${treatment.good} of ${treatment.n} good, control ${control.good} of ${control.n}`);
    for (const { condition, verdict, figure, n, baseline, reason } of stage.gate) {
      const shown = shownValue(figure);
      line(`  ${verdict.padEnd(12)} ${condition}  (${shown}, n = ${n})`);
      if (baseline !== null) line(`${' '.repeat(15)}baseline ${shownValue(baseline.value)} ${plainText(baseline.why)}`);
      if (reason !== '') line(`${' '.repeat(15)}${plainText(reason)}`);
    }
  }
  line();
  line(
    report.firings.length === 0
      ? 'No trigger fired.'
      : report.firings.length === 1
        ? '1 firing'
        : `${report.firings.length} firings`,
  );
  for (const { trigger, rule, at, until, n, good, evidence } of report.firings) {
    line(`  ${paint('red', trigger)} (${rule})  ${at} → ${until}  ${good === null ? `${n}` : `${good} of ${n} good`}`);
    for (const place of evidence.slice(-evidenceShown)) line(`    ${placeText(place)}`);
  }
  line();
  for (const { at, from, to, cause } of report.transitions) line(`${at}  ${from} → ${to}  ${plainText(cause)}`);
}

function shownValue(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(5)));
}
