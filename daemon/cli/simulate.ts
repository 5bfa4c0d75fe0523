import { basename, relative, resolve } from 'node:path';
import { type RecordedRest, recordedRuns, refuseTwice } from '../ingest/recorded/recordedFiles.ts';
import { compileInstrument } from '../measure/instrument.ts';
import { loadPlan } from '../plan/load.ts';
import { cursorOf } from '../protocol/domain/observationBlock.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { assumedShape } from '../simulate/assumedShape.ts';
import { simulationLines, simulationMarkdown } from '../simulate/simulationText.ts';
import { ShapeOfRecords, type TrafficShape } from '../simulate/trafficShape.ts';
import { simulateRollouts } from '../simulateRollouts.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { wholeNumberOption } from './numberOption.ts';
import { planFile } from './planOption.ts';

const usualRuns = 200;
const usualRate = 10;
const usualSuccess = 0.99;

/** Simulates rollouts of a plan: how often a healthy one is rolled back, how soon a drop is found, how long all of it takes. */
export async function run(call: Call): Promise<ExitCode> {
  const { output } = call;
  const loaded = loadPlan(planFile(call));
  const runs = wholeNumberOption(call, 'runs', 1) ?? usualRuns;
  const seed = wholeNumberOption(call, 'seed', 0) ?? 1;
  const format = textOption(call, 'format') ?? 'lines';
  if (format !== 'lines' && format !== 'markdown') throw new UserError('usage', '--format takes lines or markdown');
  const like = textOption(call, 'like');
  const shape = await shapeOf(call, loaded, like);
  const drop = { success: shareOption(call, 'drop') ?? Math.max(0, shape.success - 0.09) };
  if (drop.success >= shape.success) {
    throw new UserError('usage', `--drop must be below the healthy share of ${(100 * shape.success).toFixed(2)} %`);
  }

  const stopped = new AbortController();
  const stop = () => stopped.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const isShown = process.stderr.isTTY === true;
  const result = await simulateRollouts({
    loaded,
    shape,
    like: like === undefined ? null : basename(like),
    runs,
    seed,
    drop,
    stop: stopped.signal,
    progress: (done, all) => {
      if (isShown) process.stderr.write(`\r${done} of ${all} rollouts simulated`);
    },
  });
  if (isShown) process.stderr.write('\r\u001b[K');
  output.document(result);
  if (!output.json) {
    if (format === 'markdown') output.raw(simulationMarkdown(result, plainText(loaded.plan.name ?? loaded.plan.id)));
    else for (const line of simulationLines(result)) output.line(line);
  }
  if (!stopped.signal.aborted) return 0;
  output.note(`rampwatch: stopped after ${result.runs} of ${runs} healthy rollouts; the figures are of those`);
  return 1;
}

async function shapeOf(call: Call, loaded: LoadedPlan, like: string | undefined): Promise<TrafficShape> {
  const recorded = like === undefined ? null : await recordedShape(call, loaded, like);
  const perMinute = rateOption(call) ?? recorded?.perMinute ?? usualRate;
  const success = shareOption(call, 'success') ?? recorded?.success ?? usualSuccess;
  return { ...(recorded ?? assumedShape(loaded.plan, compileInstrument(loaded.plan))), perMinute, success };
}

async function recordedShape(call: Call, { plan }: LoadedPlan, like: string): Promise<TrafficShape> {
  const file = resolve(call.folder, like);
  const files = [{ file, name: relative(call.folder, file) || basename(file) }];
  refuseTwice(files);
  const instrument = compileInstrument(plan);
  const shape = new ShapeOfRecords(instrument);
  const rest: RecordedRest = { ignored: 0, rejected: {}, damaged: [], read: [], untimed: [], undecided: {} };
  for await (const { observations, from, to } of recordedRuns(plan, instrument, files, rest)) {
    rest.read.splice(0);
    const cursor = cursorOf(observations);
    for (let index = from; index < to; index += 1) shape.note(cursor.show(index));
  }
  if (shape.n === 0) {
    throw new UserError(
      'no-traffic',
      `${plainText(like)} has no record of an arm of the plan, so its traffic says nothing; name another with --like, or --rate and --success`,
    );
  }
  return shape.shape();
}

function rateOption(call: Call): number | undefined {
  const text = textOption(call, 'rate');
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (/^\d{1,6}(?:\.\d{1,4})?$/.test(text) && rate > 0) return rate;
  throw new UserError('usage', `--rate takes the records of both arms a minute, not \`${plainText(text, 40)}\``);
}

/** `99.5%` or `0.995`. */
function shareOption(call: Call, name: string): number | undefined {
  const text = textOption(call, name);
  if (text === undefined) return undefined;
  const found = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text.trim());
  const share = found === null ? Number.NaN : Number(found[1]) / (found[2] === '%' ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw new UserError('usage', `--${name} takes a share, 0.99 or 99%, not \`${plainText(text, 40)}\``);
}
