import { isApproved } from '../approval/approvals.ts';
import { type AskingGround, askWithCredentials } from '../approval/askWithCredentials.ts';
import { missingVariable, noteVariables, variableSecrets } from '../approval/commandCredentials.ts';
import { commandEnvironment } from '../approval/commandEnvironment.ts';
import { withoutCredentials } from '../approval/credentials.ts';
import { runProgram } from '../approval/runProgram.ts';
import { boundUse } from '../approval/useApproval.ts';
import { headersOf, type MessageTarget, useOfMessage } from '../protocol/domain/messageTarget.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { News } from '../protocol/words/news.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { messageText, slackBody, teamsBody, webhookBody } from './messageShapes.ts';

export interface MessageGround extends AskingGround {
  /** The plan's folder, where a command runs. */
  readonly root: string;
  /** The private state directory: approvals are kept there. */
  readonly directory: string;
  now(): WallTime;
}

export type Delivery =
  | { readonly kind: 'sent' }
  /** Nothing was sent, and nothing will be: nobody has approved exactly this. */
  | { readonly kind: 'unapproved'; readonly detail: string }
  /** `again`: a later attempt may do better, not before so many milliseconds; `null`: none will. */
  | { readonly kind: 'failed'; readonly again: number | null; readonly detail: string };

const httpLimit = 10_000;
const commandLimit = 30_000;

/** In a line, the reason why nothing may be sent to a target; `null` when a person has approved exactly it. */
export function unapprovedMessage(
  target: MessageTarget,
  index: number,
  ground: Omit<MessageGround, 'now'>,
): string | null {
  const use = useOfMessage(target, index);
  try {
    const { sha256 } = boundUse(ground.rollout, use, ground.root, ground.environment);
    if (isApproved(ground.directory, sha256)) return null;
    return `nobody has approved ${use.place} on this machine, so no message is sent: look at it with \`rampwatch approve\``;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** One attempt. Never throws for what the other side does; no text that comes back holds a credential. */
export async function sendMessage(
  { target, index }: { readonly target: MessageTarget; readonly index: number },
  news: News,
  ground: MessageGround,
  signal: AbortSignal,
): Promise<Delivery> {
  const detail = unapprovedMessage(target, index, ground);
  if (detail !== null) return { kind: 'unapproved', detail };
  return target.to === 'command'
    ? runNotice(target, index, news, ground, signal)
    : postMessage(target, news, ground, signal);
}

async function postMessage(
  target: Exclude<MessageTarget, { to: 'command' }>,
  news: News,
  ground: MessageGround,
  signal: AbortSignal,
): Promise<Delivery> {
  const answer = await askWithCredentials(
    {
      method: 'POST',
      url: target.url,
      headers: { 'content-type': 'application/json', 'idempotency-key': news.id, ...headersOf(target) },
      body: JSON.stringify(bodyFor(target.to, news)),
      timeout: httpLimit,
      signal,
    },
    ground,
  );
  if (answer.kind === 'failed') return { kind: 'failed', again: 0, detail: plainText(answer.detail, 300) };
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const mayDoBetter = status === 429 || status === 408 || status >= 500;
  const again = mayDoBetter ? waitAsked(retryAfter, ground.now()) : null;
  return { kind: 'failed', again, detail: `it answers with status ${status}` };
}

function bodyFor(to: 'slack' | 'teams' | 'webhook', news: News): Readonly<Record<string, unknown>> {
  switch (to) {
    case 'slack':
      return slackBody(news);
    case 'teams':
      return teamsBody(news);
    case 'webhook':
      return webhookBody(news);
  }
}

/** `Retry-After` in milliseconds from now: it is a number of seconds or a date (RFC 9110, 10.2.3). */
function waitAsked(retryAfter: string | undefined, now: WallTime): number {
  const text = retryAfter?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

async function runNotice(
  target: Extract<MessageTarget, { to: 'command' }>,
  index: number,
  news: News,
  ground: MessageGround,
  signal: AbortSignal,
): Promise<Delivery> {
  const { environment = [] } = target;
  const { command } = boundUse(ground.rollout, useOfMessage(target, index), ground.root, ground.environment);
  const [word = '', ...rest] = target.command;
  const { exit, failure, stderr } = await runProgram({
    argv: [command?.program ?? word, ...rest.map((each) => each.replaceAll('$' + '{text}', () => messageText(news)))],
    folder: ground.root,
    environment: commandEnvironment(ground, ground.root, environment),
    input: `${JSON.stringify(webhookBody(news))}\n`,
    limit: commandLimit,
    longest: 2000,
    signal,
  });
  noteVariables(environment, ground, exit === 0);
  if (exit === 0) return { kind: 'sent' };
  const said = withoutCredentials(stderr.text, variableSecrets(environment, ground));
  const why =
    missingVariable(environment, ground) ?? failure ?? `it ended with ${exit}${said === '' ? '' : `: ${said}`}`;
  return { kind: 'failed', again: 0, detail: plainText(why, 300) };
}
