import type { Call, ExitCode } from './command.ts';
import type { Check } from './doctorCheck.ts';
import { checkWorkspace } from './doctorChecks.ts';
import type { Style } from './output.ts';

const marks: Readonly<Record<Check['level'], { readonly mark: string; readonly style: Style }>> = {
  fine: { mark: '✓', style: 'green' },
  doubtful: { mark: '!', style: 'yellow' },
  wrong: { mark: '✗', style: 'red' },
};

/** Looks at all that Rampwatch rests on, changes nothing, and says what is wrong with it. 1 where something is. */
export async function run(call: Call): Promise<ExitCode> {
  const { line, paint, document } = call.output;
  const checks = await checkWorkspace(call);
  const widest = Math.max(...checks.map(({ about }) => about.length));
  for (const { about, level, finding, remedy } of checks) {
    const { mark, style } = marks[level];
    line(`${paint(style, mark)} ${about.padEnd(widest)}  ${finding}`);
    if (remedy !== null) line(`  ${' '.repeat(widest)}  ${paint('bold', remedy)}`);
  }
  const wrong = checks.filter(({ level }) => level === 'wrong').length;
  const doubtful = checks.filter(({ level }) => level === 'doubtful').length;
  line();
  line(wrong + doubtful === 0 ? 'Nothing is wrong.' : `${counted(wrong, 'fault')}, ${counted(doubtful, 'doubt')}.`);
  document({ checks });
  return wrong === 0 ? 0 : 1;
}

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
}
