import { randomUUID } from 'node:crypto';
import type { ClosedReview, ReviewFacts } from '../protocol/domain/dailyReview.ts';
import { parseDuration } from '../protocol/domain/duration.ts';
import { type WallTime, wallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { isDue, type ReviewStep, reviewSteps } from '../protocol/words/openItems.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { countsText, overviewLines, sinceText, triggerText } from '../protocol/words/reviewText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import type { Client } from '../serve/client.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import type { Output } from './output.ts';
import { askThrough, printLines } from './reviewDialog.ts';
import { saidOption } from './saidOption.ts';
import { actor, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** On a terminal asks item by item and closes the review; else tells the facts and what is due, and asks nothing. */
export async function run(call: Call): Promise<ExitCode> {
  const since = sinceOption(call);
  const workspace = await commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const view = rolloutOf(client.view, workspace.plan);
    const facts = await client.request('review', { rollout: view.rollout, since });
    const asks =
      !call.output.json && !flagOption(call, 'write') && call.output.terminal && process.stdin.isTTY === true;
    printFacts(facts, view, call.output);
    if (asks) {
      const ended = await askThrough(client, facts, call.output);
      if (ended.kind === 'stopped') {
        call.output.line('Stopped. Ticks stay; `rampwatch review` continues with the rest.');
        return 0;
      }
      printClosed(await close(client, facts, ended.note), call.output);
      return 0;
    }
    const steps = reviewSteps(view);
    printDue(steps, call.output);
    const closed = flagOption(call, 'write') ? await close(client, facts, saidOption(call, 'note')) : null;
    if (closed !== null) printClosed(closed, call.output);
    const items = steps.map(({ list, item }) => ({
      checklist: list.id,
      ...item,
      topic: facts.topics[item.id] ?? null,
    }));
    call.output.document({ facts, items, ...(closed !== null && { closed }) });
    return 0;
  } finally {
    await client.close();
  }
}

function sinceOption(call: Call): WallTime | null {
  const text = textOption(call, 'since');
  if (text === undefined) return null;
  const length = parseDuration(text);
  if (length === undefined) throw new UserError('usage', '--since takes how long ago to begin, for example 24h or 90m');
  return wallTime(Date.now() - length);
}

async function close(
  client: Client,
  { rollout, period }: ReviewFacts,
  note: string | undefined,
): Promise<Extract<ClosedReview, { kind: 'done' }>> {
  const closed = await client.request('closeReview', {
    rollout,
    key: randomUUID(),
    by: actor(),
    since: period.from,
    ...(note !== undefined && note.trim() !== '' && { note: note.trim() }),
  });
  if (closed.kind === 'refused') throw new UserError('review-not-closed', closed.message);
  return closed;
}

function printFacts(facts: ReviewFacts, view: RolloutView, output: Output): void {
  output.line(output.paint('bold', plainText(facts.name)));
  output.line(sentence(view, Date.now()));
  output.line(`Since ${sinceText(facts)}:`);
  printLines(overviewLines(facts), output);
  for (const trigger of facts.triggers) {
    output.line(`  ${output.paint('dim', 'trigger')} ${plainText(trigger.id)}: ${triggerText(trigger, facts)}`);
  }
}

function printDue(steps: readonly ReviewStep[], { line, paint }: Output): void {
  const due = steps.filter(({ item }) => isDue(item));
  line(due.length === 0 ? 'Nothing is due.' : `${due.length} of ${steps.length} items are to be done:`);
  for (const { item } of due) {
    const word = item.phase === 'overdue' ? paint('yellow', 'overdue') : 'due';
    line(`  ${word} ${plainText(item.title)}  ${paint('dim', plainText(item.id))}`);
  }
}

function printClosed({ summary, log, counts }: Extract<ClosedReview, { kind: 'done' }>, { line }: Output): void {
  line(`Closed: ${countsText(counts)}. Appended to ${plainText(log)}. For the team:`);
  line(summary);
}
