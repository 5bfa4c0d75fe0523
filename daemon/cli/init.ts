import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { sampleMetrics } from '../ingest/recorded/metricsSample.ts';
import { readSampleRecords } from '../ingest/recorded/sampleRecords.ts';
import type { InitQuestion } from '../plan/initInterview.ts';
import { type InitResult, proposePlan } from '../plan/proposePlan.ts';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { InitProposal } from '../protocol/wire/planProposal.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { refuseExisting, writePlanFile } from './newPlanFile.ts';
import type { Output } from './output.ts';
import { withTypedAnswers } from './typedAnswer.ts';

/** Proposes a plan from a metrics file: asks what the file cannot tell, or takes the proposals with `--yes`. */
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
  let result = proposePlan(sample, answers);
  if (asks) result = await interview(result, answers, (given) => proposePlan(sample, given));
  if (flagOption(call, 'dry-run')) {
    preview(result, out, call.output);
    return 0;
  }
  writePlanFile(out, result.yaml, false);
  print(result, relative(call.folder, out), asks, call.output);
  call.output.document({ file: out, findings: result.findings, questions: result.questions });
  return 0;
}

/** The plan goes to stdout, remarks about it go to stderr; nothing is written. */
function preview({ yaml, findings, questions, choices }: InitResult, out: string, output: Output): void {
  const existing = existsSync(out) ? readFileSync(out, 'utf8') : null;
  output.document({ file: out, findings, questions, choices, proposal: yaml, existing } satisfies InitProposal);
  if (output.json) return;
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
