import { formatDuration } from '../protocol/domain/duration.ts';
import type { RolloutView, StageView } from '../protocol/wire/view.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { placeText } from '../protocol/words/placeText.ts';
import type { Output } from './output.ts';

/** The summary that the demo prints at its end. */
export function summaryLines(
  { standing: { phase }, stages, journal }: RolloutView,
  flag: string,
  { paint }: Pick<Output, 'paint'>,
): readonly string[] {
  const lines = stages.filter(({ visit }) => visit !== null).map((stage) => stageLine(stage, phase.kind, paint));
  if (phase.kind === 'rolled-back' && phase.cause.kind === 'trigger') {
    const { firing } = phase.cause;
    const told = `Rolled back by ${firing.trigger} (${firing.rule}): ${firing.good} of ${firing.n} uploads were good.`;
    lines.push(paint('red', told));
    const [first] = firing.evidence;
    if (first !== undefined) lines.push(`The evidence begins at ${placeText(first)}.`);
  }
  const took = journal.flatMap(({ body }) =>
    body.kind === 'effect-progressed' && body.progress === 'in-force' && body.took !== null ? [body.took] : [],
  )[0];
  if (took !== undefined)
    lines.push(`From the first sufficient evidence to the flag in force: ${formatDuration(took)}.`);
  const settings = flag.split('\n').filter((line) => line.startsWith('ASYNC'));
  return [...lines, `.env now says: ${settings.join(', ')}`];
}

/** A stage that was rolled back has not passed, whatever its gate showed before. */
function stageLine(stage: StageView, phase: string, paint: Output['paint']): string {
  const { treatment, control } = stage.arms;
  const met = stage.gate.filter(({ verdict }) => verdict === 'met').length;
  const gate = `${met} of ${stage.gate.length} conditions met`;
  const passed = stage.state === 'passed';
  const told = passed ? gate : `${phase === 'rolled-back' ? 'rolled back' : 'not passed'}, ${gate} before`;
  const mark = passed ? paint('green', '✓') : paint('red', '✗');
  return `${mark} ${percentText(stage.percent).padEnd(6)} ${told}; ${treatment} treatment and ${control} control uploads`;
}

/** Short enough to copy from a narrow terminal: both commands find the plan of the folder without an option. */
export function nextLines(folder: string, cli: string): readonly string[] {
  return [
    `Try next, in ${folder}:`,
    `  node ${cli} replay metrics.jsonl`,
    `  node ${cli} lint`,
    'Or `npm run package`: install rampwatch.vsix in VS Code and open a folder that holds a rampwatch.yaml.',
  ];
}
