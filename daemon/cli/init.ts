import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { scanDotenv } from '../flag/dotenv/dotenvScan.ts';
import { type ImportResult, importGuides } from '../guide/importGuide.ts';
import { sampleMetrics } from '../ingest/recorded/metricsSample.ts';
import { readSampleRecords } from '../ingest/recorded/sampleRecords.ts';
import { answeredDotenv, type Variables } from '../plan/initFlag.ts';
import type { InitQuestion } from '../plan/initInterview.ts';
import { dotenvOfPlan, joinedFirstLook, joinGuide } from '../plan/initJoin.ts';
import { type InitResult, proposePlan } from '../plan/proposePlan.ts';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { InitProposal } from '../protocol/wire/planProposal.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, type ExitCode, flagOption, textOption, textsOption } from './command.ts';
import { readGuideFile } from './guideFile.ts';
import { refuseExisting, writePlanFile } from './newPlanFile.ts';
import type { Output } from './output.ts';
import { withTypedAnswers } from './typedAnswer.ts';

/**
 * Proposes a plan from a metrics file, the `.env` beside the plan, and guides: asks what they cannot tell, or takes the proposals with
 * `--yes`.
 */
export async function run(call: Call): Promise<ExitCode> {
  const [word = ''] = call.words;
  const metrics = resolve(call.folder, word);
  const out = resolve(call.folder, textOption(call, 'out') ?? 'rampwatch.yaml');
  const file = pathWithin(dirname(out), metrics, sep);
  if (file === null) {
    throw new UserError(
      'outside',
      `${word} lies outside the plan's folder: write the plan into a folder above it with --out`,
    );
  }
  // A plan that will be refused is not worth a person's answers.
  if (!flagOption(call, 'dry-run')) refuseExisting(out);
  const metricsSample = await sampleMetrics(metrics, file);
  if (metricsSample.damage !== null) call.output.note(`rampwatch: ${plainText(metricsSample.damage)}`);
  const sample = readSampleRecords(metricsSample);
  const asks = !flagOption(call, 'yes') && !call.output.json && process.stdin.isTTY === true;
  const answers: Record<string, string> = {};
  for (const id of ['arm', 'treatment', 'success', 'latency', 'unit', 'time', 'zone']) {
    const given = textOption(call, id);
    if (given !== undefined) answers[id] = given;
  }
  const guide = importedGuide(call, out);
  const propose = (given: Readonly<Record<string, string>>): InitResult => {
    const records = proposePlan(sample, given, variablesOf(out, answeredDotenv(given)));
    if (guide === undefined) return records;
    const { proposal, names } = guide;
    return joinGuide({
      guide: proposal,
      guides: names,
      records,
      file,
      variables: variablesOf(out, dotenvOfPlan(proposal)),
    });
  };
  let result = propose(answers);
  if (asks) result = await interview(result, answers, propose);
  if (flagOption(call, 'dry-run')) {
    preview(result, guide, out, call.output);
    return 0;
  }
  writePlanFile(out, result.yaml, false);
  for (const each of joinedFirstLook(guide?.firstLook ?? [], result.yaml)) call.output.line(plainText(each, 2000));
  print(result, relative(call.folder, out), asks, call.output);
  call.output.document({ file: out, findings: result.findings, questions: result.questions });
  return 0;
}

type Imported = ImportResult & { readonly names: readonly string[] };

/** `undefined` without a guide. */
function importedGuide(call: Call, out: string): Imported | undefined {
  const names = textsOption(call, 'guide');
  if (names.length === 0) return undefined;
  const guides = names.map((name) => readGuideFile(resolve(call.folder, name), name));
  return { ...importGuides(guides, { out: relative(call.folder, out), picks: textsOption(call, 'pick') }), names };
}

/** No `.env` file that people write is as large. */
const largestDotenv = 1024 * 1024;

/** The variables of a `.env` file in the plan's folder; none where there is no such file. */
function variablesOf(out: string, name: string): Variables {
  const path = resolve(dirname(out), name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (pathWithin(dirname(out), path, sep) === null || stats?.isFile() !== true || stats.size > largestDotenv)
    return new Map();
  const text = readFileSync(path, 'latin1');
  return new Map(scanDotenv(text).map(({ key, value }) => [key, value]));
}

/** The plan goes to stdout, remarks about it go to stderr; nothing is written. */
function preview(
  { yaml, findings, questions, choices }: InitResult,
  guide: Imported | undefined,
  out: string,
  output: Output,
): void {
  const existing = existsSync(out) ? readFileSync(out, 'utf8') : null;
  const firstLook = joinedFirstLook(guide?.firstLook ?? [], yaml);
  const said = guide && { firstLook, disputes: guide.disputes, findings: guide.findings };
  output.document({
    file: out,
    findings,
    questions,
    choices,
    proposal: yaml,
    existing,
    ...(said !== undefined && { guide: said }),
  } satisfies InitProposal);
  if (output.json) return;
  for (const line of firstLook) output.note(line);
  for (const { kind, message } of findings) output.note(`${kind}: ${message}`);
  output.raw(yaml);
}

/** One question at a time: an answer may change the next question. */
async function interview(
  first: InitResult,
  answers: Record<string, string>,
  propose: (answers: Readonly<Record<string, string>>) => InitResult,
): Promise<InitResult> {
  return await withTypedAnswers(async (ask) => {
    let result = first;
    for (;;) {
      const question = result.questions.find(({ id }) => answers[id] === undefined);
      if (question === undefined) return result;
      const answer = await ask(prompt(question));
      if (answer === null)
        throw new UserError('cancelled', 'no plan was written; --yes takes the proposals without asking');
      const given = { ...answers, [question.id]: answer === '' ? question.default : answer };
      try {
        result = propose(given);
        Object.assign(answers, given);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        process.stderr.write(`${plainText(error.message)}\n`);
      }
    }
  });
}

function prompt({ text, options, default: proposal }: InitQuestion): string {
  const choice = options === undefined ? '' : ` (${options.map((option) => plainText(option)).join(', ')})`;
  return `${plainText(text)}${choice} [${plainText(proposal)}] `;
}

function print(result: InitResult, name: string, asked: boolean, { line, paint }: Output): void {
  for (const { kind, message } of result.findings) line(`${paint('dim', kind.padEnd(7))} ${plainText(message, 2000)}`);
  if (!asked) {
    for (const { text, default: proposal } of result.questions) {
      line(`${paint('dim', 'taken  ')} ${plainText(text)} ${plainText(proposal)}`);
    }
  }
  line(`Wrote ${name}. Read it, then check it: rampwatch lint ${name}`);
}
