import { isoTime, wallTime } from '../protocol/domain/units.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import type { Output } from './output.ts';
import { workspaceLines } from './statusText.ts';
import { wrapped } from './wrapped.ts';

/** Shows a workspace as it changes: a block that repaints itself on a terminal, one line per change in a pipe, nothing
 * under `--json`. */
export interface LiveStatus {
  show(view: WorkspaceView): void;
  /** A line of its own, above the block. */
  say(line: string): void;
  /** Leaves the screen as it is. */
  end(): void;
}

export function liveStatus(output: Output, now: () => number): LiveStatus {
  if (output.json) return { show: () => undefined, say: () => undefined, end: () => undefined };
  return output.terminal ? terminalStatus(output, now) : pipedStatus(output, now);
}

const up = (lines: number): string => (lines === 0 ? '\r' : `\u001b[${lines}A\r`);
const clearBelow = '\u001b[J';
// Lines too long for the terminal are cut and not wrapped, so that a repaint moves up exactly as many lines as were
// printed.
const cutLines = '\u001b[?7l';
const breakLines = '\u001b[?7h';

function terminalStatus(output: Output, now: () => number): LiveStatus {
  let painted = 0;
  let last: WorkspaceView | null = null;
  const paint = (): void => {
    const all =
      last === null ? [] : workspaceLines(last, now(), output).flatMap((line) => wrapped(line, output.columns));
    // Lines scrolled off the top cannot be repainted; the sentence and the problems come last.
    const lines = all.slice(-Math.max(1, output.rows - 1)).map((line) => output.shown(line));
    output.raw(`${up(painted)}${clearBelow}${cutLines}${lines.map((line) => `${line}\n`).join('')}${breakLines}`);
    painted = lines.length;
  };
  return {
    show(view) {
      last = view;
      paint();
    },
    say(line) {
      const lines = wrapped(line, output.columns).map((part) => `${output.shown(part)}\n`);
      output.raw(`${up(painted)}${clearBelow}${lines.join('')}`);
      painted = 0;
      paint();
    },
    end() {
      last = null;
      painted = 0;
    },
  };
}

function pipedStatus(output: Output, now: () => number): LiveStatus {
  const said = new Map<string, string>();
  let troubles: ReadonlySet<string> = new Set();
  return {
    show(view) {
      for (const rollout of view.rollouts) {
        const key = gist(rollout);
        if (said.get(rollout.rollout) === key) continue;
        said.set(rollout.rollout, key);
        const at = isoTime(wallTime(now()));
        output.line(
          `${at} ${rollout.rollout} ${percentText(rollout.standing.percent)} ${rollout.standing.phase.kind}: ${sentence(rollout, now())}`,
        );
      }
      const told = [...view.problems.map(({ message }) => message), ...view.faults];
      for (const line of told) if (!troubles.has(line)) output.line(plainText(line));
      troubles = new Set(told);
    },
    say(line) {
      output.line(line);
    },
    end: () => undefined,
  };
}

/** The facts whose change is worth a new line; figures that move with every record are not. */
function gist({ standing, triggers, flag }: RolloutView): string {
  const firing = triggers.filter(({ phase }) => phase.kind === 'firing').map(({ id }) => id);
  const { attempt, stage, phase, health, gateMet, gateTotal } = standing;
  const gateIsMet = gateMet === gateTotal;
  return JSON.stringify([attempt, stage, phase.kind, health.kind, gateIsMet, firing, flag?.effect?.progress]);
}
