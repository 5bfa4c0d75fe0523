import { readFileSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { expectedTraffic, explainGates } from '../plan/lint/gatePower.ts';
import { errorOf, type LintFinding, lintPlan, placedIn } from '../plan/lintPlan.ts';
import { loadPlan, parsePlan } from '../plan/load.ts';
import { PlanError } from '../plan/problem.ts';
import { readPlanText } from '../plan/readPlanText.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { RuleFigures } from '../protocol/wire/planReading.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { annotationForm, annotationText } from './annotations.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { explainedLines, figuresByPlace } from './explainedText.ts';
import { explainTriggers } from './explainTriggers.ts';
import { lintData } from './lintData.ts';
import { lintSample, sampleTraffic } from './lintSample.ts';
import type { Output, Style } from './output.ts';
import { planFile } from './planOption.ts';

const colours: Readonly<Record<LintFinding['severity'], Style>> = { error: 'red', warning: 'yellow', hint: 'blue' };

/** Checks plans: errors make a plan unusable, warnings and hints say what its gates and triggers can carry. */
export async function run(call: Call): Promise<ExitCode> {
  const form = annotationForm(call);
  if (flagOption(call, 'stdin')) return await lintStandardInput(call);
  const files = call.words.length > 0 ? call.words.map((word) => resolve(call.folder, word)) : [planFile(call)];
  const sample = textOption(call, 'sample');
  const results = await Promise.all(
    files.map(async (file) => {
      const findings = findingsOf(file);
      const isUsable = findings.every(({ severity }) => severity !== 'error');
      const against =
        sample === undefined || !isUsable ? [] : await lintSample(loadPlan(file), resolve(call.folder, sample));
      const data = isUsable && flagOption(call, 'data') ? await lintData(loadPlan(file)) : null;
      const text = data === null ? '' : readFileSync(file, 'utf8');
      const isExplained = isUsable && flagOption(call, 'explain');
      const explained = isExplained ? await explain(loadPlan(file), sample, call) : null;
      return {
        file,
        findings: [...findings, ...against, ...placedIn(text, data?.findings ?? [])],
        ...(data !== null && { checked: data.checked }),
        ...(explained !== null && { explained: { triggers: explained.triggers, gates: explained.gates } }),
        lines: explained?.lines ?? [],
      };
    }),
  );
  if (form !== null) {
    const annotations = results.flatMap(({ file, findings }) => findings.map((finding) => ({ ...finding, file })));
    call.output.raw(annotationText(form, annotations, call.folder));
  } else
    for (const { file, findings, lines } of results) {
      print(relative(call.folder, file) || basename(file), findings, call.output);
      for (const line of lines) call.output.line(line);
    }
  call.output.document(results.map(({ lines: _, ...result }) => result));
  return results.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
}

/** The plan's rules in figures, at the sample's traffic or at that which its gates expect. */
async function explain({ plan, ...loaded }: LoadedPlan, sample: string | undefined, call: Call) {
  const traffic = sample === undefined ? null : await sampleTraffic({ plan, ...loaded }, resolve(call.folder, sample));
  const seen = traffic ?? expectedTraffic(plan);
  const explained = { triggers: explainTriggers(plan, seen), gates: explainGates(plan, seen) };
  return { ...explained, lines: explainedLines(plan, seen, explained) };
}

/** Checks the plan text of an editor: `--plan` says where the plan belongs, and that file is not read. */
async function lintStandardInput(call: Call): Promise<ExitCode> {
  if (call.words.length > 0)
    throw new UserError('usage', '--stdin takes no FILE: name where the plan belongs with --plan');
  const file = resolve(call.folder, textOption(call, 'plan') ?? 'rampwatch.yaml');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const reading = readPlanText(text, file);
  const findings = reading.findings.map(({ range, ...finding }) => ({ ...finding, ...range }));
  print(relative(call.folder, file), findings, call.output);
  const figures = flagOption(call, 'explain') ? figuresOf(text, file) : undefined;
  for (const { lines } of figures ?? []) for (const line of lines) call.output.line(line);
  call.output.document({ file, ...reading, ...(figures !== undefined && { figures }) });
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** `undefined` of a text that is no plan. */
function figuresOf(text: string, file: string): readonly RuleFigures[] | undefined {
  const parsed = parsePlan(text, file);
  if (parsed.kind !== 'plan') return undefined;
  const { plan } = parsed.loaded;
  const traffic = expectedTraffic(plan);
  return figuresByPlace(plan, traffic, {
    triggers: explainTriggers(plan, traffic),
    gates: explainGates(plan, traffic),
  });
}

/** @throws UserError when the file cannot be read at all. */
function findingsOf(file: string): readonly LintFinding[] {
  try {
    return lintPlan(loadPlan(file), readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof PlanError) || error.problems.length === 0) throw error;
    return error.problems.map(errorOf);
  }
}

function print(name: string, findings: readonly Omit<LintFinding, 'fix'>[], { line, paint }: Output): void {
  for (const { severity, line: at, column, message, rule } of findings) {
    const place = `${plainText(name)}:${at}:${column}`;
    line(`${place}: ${paint(colours[severity], severity)}: ${plainText(message, 2000)}  ${paint('dim', rule)}`);
  }
  if (findings.length === 0) line(`${plainText(name)}: no findings`);
}
