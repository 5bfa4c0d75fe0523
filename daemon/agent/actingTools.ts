import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import { document, facts } from './agentAnswer.ts';
import type { AgentPorts } from './agentPorts.ts';
import { noOption, planOption, rolloutInput, subject } from './agentSubject.ts';
import { answering } from './answering.ts';

const reason = z.string().trim().min(1).max(1000);

/** The input of an acting tool. */
interface Asked {
  readonly rollout?: string | undefined;
  readonly reason?: string | undefined;
  readonly item?: string | undefined;
  readonly note?: string | undefined;
}

const withMaybeReason = z.strictObject({ ...rolloutInput, reason: reason.optional() });

/** An action of a person, as an assistant may ask for it. */
interface Action {
  /** The question to the person: the action and its effect. */
  readonly question: string;
  readonly words: readonly string[];
  /**
   * Another state than the one that was shown needs another answer: it belongs to the key of the question.
   */
  readonly shown: string;
}

/** Tools that act. The plan's `agents` says how far: `act` asks the person, anything less tells the command. */
export function addActingTools(server: McpServer, ports: AgentPorts): void {
  const add = (
    name: string,
    title: string,
    description: string,
    inputSchema: z.ZodType<Asked>,
    action: (view: RolloutView, asked: Asked) => Action,
  ): void => {
    server.registerTool(
      name,
      {
        title,
        description: `${description} A person confirms it, as far as the plan's "agents" allows it at all.`,
        inputSchema,
        annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
      },
      answering(async (asked: Asked, context: ServerContext) => {
        const view = await subject(ports, asked.rollout);
        return await confirmed(server, ports, view, name, action(view, asked), context);
      }),
    );
  };
  add('advance', 'Advance', 'Goes to the next stage.', withMaybeReason, (view, input) => ({
    question: advanceQuestion(view, input.reason),
    words: ['advance', `--from=${view.standing.stage}`, ...toNext(view), '--yes', ...withReason(input.reason)],
    shown: `${view.standing.attempt}:${view.standing.stage}:${view.standing.missing.length > 0}`,
  }));
  add('hold', 'Hold', 'Stops the soak and every advance until resumed.', withMaybeReason, (view, input) => ({
    question: `Hold ${name(view)} at ${percentText(view.standing.percent)}?`,
    words: ['hold', ...withReason(input.reason)],
    shown: `${view.standing.attempt}:${view.standing.stage}`,
  }));
  add('resume', 'Resume', 'Continues after a hold.', z.strictObject(rolloutInput), (view) => ({
    question: `Resume ${name(view)} at ${percentText(view.standing.percent)}?`,
    words: ['resume'],
    shown: `${view.standing.attempt}:${view.standing.stage}`,
  }));
  add('roll_back', 'Roll back', 'Sets the flag back at once and ends the attempt.', withMaybeReason, (view, input) => ({
    question: `Roll ${name(view)} back from ${percentText(view.standing.percent)} now? ${setsFlag(view.standing.effects?.rollback?.flag ?? null)}`,
    words: ['rollback', ...withReason(input.reason ?? 'asked for by an assistant, confirmed by a person')],
    shown: String(view.standing.attempt),
  }));
  add(
    'acknowledge',
    'Acknowledge',
    'Closes the review that a trigger opened.',
    z.strictObject({ ...rolloutInput, reason }),
    (view, input) => ({
      question: `Close the review of ${name(view)}? Reason: ${plainText(input.reason ?? '', 300)}. ${plainText(sentence(view, ports.now()), 300)}`,
      words: ['acknowledge', ...withReason(input.reason)],
      shown: `${view.standing.attempt}:${view.standing.stage}`,
    }),
  );
  add(
    'tick',
    'Tick',
    'Ticks an item of a checklist, by its id or title.',
    z.strictObject({
      ...rolloutInput,
      item: noOption(z.string().min(1).max(300)),
      note: z.string().max(1000).optional(),
    }),
    (view, input) => ({
      question: `Tick "${plainText(input.item ?? '', 200)}" of ${name(view)} in your name?`,
      words: ['tick', input.item ?? '', ...(input.note === undefined ? [] : [`--note=${input.note}`])],
      shown: `${view.standing.attempt}:${input.item}`,
    }),
  );
}

const confirmation = z.object({
  confirm: z.boolean().describe('Do it now, in your name'),
});

async function confirmed(
  server: McpServer,
  ports: AgentPorts,
  view: RolloutView,
  tool: string,
  { question, words, shown }: Action,
  context: ServerContext,
) {
  const command = ['rampwatch', ...words].map(shellWord).join(' ');
  switch (view.plan.agents ?? 'propose') {
    case 'read':
      throw new UserError('agents-read', 'the plan says `agents: read`: an assistant may only read; nothing was done');
    case 'propose':
      return facts([
        `Nothing was done: the plan says "agents: propose". ${question}`,
        `The person can run, in the plan's folder: ${command}`,
      ]);
    case 'act':
      break;
  }
  const key = `${tool}:${shown}`;
  const given = inputResponse(context.mcpReq.inputResponses, key);
  if (given.kind === 'missing') {
    if (!clientOf(server, context).asks) {
      throw new UserError(
        'nobody-to-ask',
        `this assistant cannot ask a person, so nothing was done; a person can run ${command}`,
      );
    }
    return inputRequired({
      inputRequests: { [key]: inputRequired.elicit({ message: question, requestedSchema: confirmation }) },
    });
  }
  const isConfirmed =
    given.kind === 'elicit' &&
    given.action === 'accept' &&
    confirmation.safeParse(given.content).data?.confirm === true;
  if (!isConfirmed) return facts(['The person declined. Nothing was done; do not ask again unless the person does.']);
  const through = clientOf(server, context).name ?? 'an assistant';
  return document('The outcome:', await ports.run([...words, ...planOption(view)], { through }));
}

const envelope = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({ elicitation: z.unknown().optional() }).optional(),
  [CLIENT_INFO_META_KEY]: z.object({ name: z.string() }).optional(),
});

/** A client of the protocol of 2026 says it with each request, an older one when it connects. */
function clientOf(
  server: McpServer,
  context: ServerContext,
): { readonly name: string | undefined; readonly asks: boolean } {
  const said = envelope.safeParse(context.mcpReq.envelope ?? {}).data;
  const capabilities = said?.[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities();
  const name = said?.[CLIENT_INFO_META_KEY]?.name ?? server.server.getClientVersion()?.name;
  return { name, asks: capabilities?.elicitation !== undefined };
}

function name({ plan }: RolloutView): string {
  return plainText(plan.name, 100);
}

function advanceQuestion(view: RolloutView, why: string | undefined): string {
  const { standing, stages } = view;
  const next = stages[standing.stageIndex + 1];
  const step =
    next === undefined
      ? `Complete ${name(view)} at ${percentText(standing.percent)}?`
      : `Advance ${name(view)} from ${percentText(standing.percent)} to ${percentText(next.percent)} (${plainText(next.id, 60)})?`;
  const open = standing.missing.map((line) => plainText(line, 200)).join('; ');
  const override = open === '' ? '' : ` This is an override, journalled for ever. Open: ${open}.`;
  const because = why === undefined ? '' : ` Reason: ${plainText(why, 300)}.`;
  return [step, setsFlag(standing.effects?.advance?.flag ?? null), override, because]
    .join(' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

function setsFlag(flag: { readonly target: string; readonly values: Readonly<Record<string, string>> } | null): string {
  if (flag === null) return '';
  const values = Object.entries(flag.values).map(([key, value]) => plainText(`${key}=${value}`, 200));
  return `It sets ${values.join(', ')} in ${plainText(flag.target, 200)}.`;
}

function toNext({ standing, stages }: RolloutView): readonly string[] {
  const next = stages[standing.stageIndex + 1];
  return next === undefined ? [] : [`--to=${next.id}`];
}

function withReason(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`--reason=${text}`];
}

/** As a person would type it; only for show. */
function shellWord(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
