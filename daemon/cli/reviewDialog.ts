import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import type { ChecklistItemView } from '../protocol/domain/checklistView.ts';
import type { ReviewFacts } from '../protocol/domain/dailyReview.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { isDone, isSkipped, nextOpen, type ReviewStep, reviewSteps } from '../protocol/words/openItems.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type ReviewLine, topicLines } from '../protocol/words/reviewText.ts';
import type { Client } from '../serve/client.ts';
import type { Output } from './output.ts';
import { actor } from './workspace.ts';

export type Ended = { readonly kind: 'stopped' } | { readonly kind: 'through'; readonly note: string | undefined };

const help = 't tick · t TEXT tick with a note · n TEXT note · s REASON skip · Enter leave open · b back · q stop';
/** How long to wait for the view to show the effect of an answer. */
const viewLimit = 5000;

/** Asks item by item. Every tick is sent at once, so that stopping loses nothing. */
export async function askThrough(client: Client, facts: ReviewFacts, output: Output): Promise<Ended> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answers = new Answers(terminal);
  try {
    return await walk({ client, facts, output, ask: (question) => answers.next(question) });
  } finally {
    terminal.close();
  }
}

/** Lines as they are typed: a line that comes before its question is kept. */
class Answers {
  readonly #terminal: Interface;
  readonly #lines: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(terminal: Interface) {
    this.#terminal = terminal;
    terminal.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    terminal.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** `null`: the input has ended. */
  async next(question: string): Promise<string | null> {
    this.#terminal.setPrompt(question);
    if (!this.#ended) this.#terminal.prompt();
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Facts in two columns; what is worth a second look has a mark, not only a colour. */
export function printLines(lines: readonly ReviewLine[], { line, paint }: Output): void {
  const width = Math.min(34, Math.max(0, ...lines.map(({ label }) => label.length)));
  for (const { label, text, stirs } of lines) {
    line(`  ${stirs ? paint('yellow', '!') : ' '} ${paint('dim', plainText(label).padEnd(width))}  ${plainText(text)}`);
  }
}

interface Dialog {
  readonly client: Client;
  readonly facts: ReviewFacts;
  readonly output: Output;
  /** `null`: the input has ended. */
  ask(question: string): Promise<string | null>;
}

async function walk(dialog: Dialog): Promise<Ended> {
  const { client, facts, output, ask } = dialog;
  // The items that were due at the start: a ticked item keeps its number.
  const ids = reviewSteps(viewOf(client, facts)).map(({ item }) => item.id);
  const steps = () => stepsOf(viewOf(client, facts), ids);
  const been: number[] = [];
  let index = nextOpen(steps(), -1);
  output.line(index === null ? 'Nothing is due.' : output.paint('dim', help));
  while (index !== null) {
    const step = steps()[index];
    if (step === undefined) break;
    showStep(step, index, ids.length, dialog);
    const answer = (await ask('> '))?.trim();
    if (answer === undefined || answer === 'q') return { kind: 'stopped' };
    if (answer === 'b') {
      index = been.pop() ?? index;
      continue;
    }
    const act = actOf(answer);
    if (act === 'unknown') {
      output.line(help);
      continue;
    }
    if (act !== 'leave' && !(await carryOut(dialog, step.item, act))) continue;
    if (act !== 'leave' && act.as === 'note') continue;
    been.push(index);
    index = nextOpen(steps(), index);
  }
  const note = (await ask('Close the review? Enter, or a word to end with; q stops without it: '))?.trim();
  if (note === undefined || note === 'q') return { kind: 'stopped' };
  return { kind: 'through', note: note === '' ? undefined : note };
}

interface Act {
  readonly as: 'tick' | 'note' | 'skip';
  readonly note: string | undefined;
}

function actOf(answer: string): Act | 'leave' | 'unknown' {
  if (answer === '') return 'leave';
  const [, letter, text = ''] = /^([tns])(?:\s+(.*))?$/s.exec(answer) ?? [];
  const note = text.trim() === '' ? undefined : text.trim();
  switch (letter) {
    case 't':
      return { as: 'tick', note };
    case 'n':
      return note === undefined ? 'unknown' : { as: 'note', note };
    case 's':
      return note === undefined ? 'unknown' : { as: 'skip', note };
    default:
      return 'unknown';
  }
}

async function carryOut(
  { client, facts, output }: Dialog,
  item: ChecklistItemView,
  { as, note }: Act,
): Promise<boolean> {
  const told = () => JSON.stringify(stepsOf(viewOf(client, facts), [item.id]));
  const before = told();
  const outcome = await client.request('tick', {
    rollout: facts.rollout,
    key: randomUUID(),
    by: actor(),
    item: item.id,
    ticked: as === 'tick',
    ...(note !== undefined && { note }),
    ...(as !== 'tick' && { as }),
  });
  output.line(plainText(outcome.message));
  if (outcome.kind === 'refused') return false;
  await shown(client, () => told() !== before);
  return true;
}

function showStep({ list, item }: ReviewStep, index: number, total: number, { facts, output }: Dialog): void {
  const { line, paint } = output;
  const state = isSkipped(item) ? 'skipped' : isDone(item) ? 'done' : (item.phase ?? 'open');
  line();
  line(`${index + 1} of ${total} · ${plainText(list.title)}`);
  line(`${paint('bold', plainText(item.title))}  ${state === 'overdue' ? paint('yellow', state) : state}`);
  for (const { by, note } of item.notes ?? [])
    line(paint('dim', `  noted by ${plainText(by)}: ${plainText(note ?? '')}`));
  printLines(topicLines(facts, facts.topics[item.id], item.evidence), output);
}

function stepsOf(view: RolloutView, ids: readonly string[]): readonly ReviewStep[] {
  const lists = view.deliverables === undefined ? view.checklists : [...view.checklists, view.deliverables];
  const all = lists.flatMap((list) => list.items.map((item) => ({ list, item })));
  return ids.flatMap((id) => all.filter(({ item }) => item.id === id));
}

function viewOf(client: Client, { rollout }: ReviewFacts): RolloutView {
  const view = client.view?.rollouts.find((each) => each.rollout === rollout);
  if (view === undefined)
    throw new UserError('no-rollout', 'the daemon does not show this rollout any more; `rampwatch status` says why');
  return view;
}

/** Resolves when the view shows it, or when the time is up. */
function shown(client: Client, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(finish, viewLimit);
    const stop = client.onView(() => {
      if (holds()) finish();
    });
  });
}
