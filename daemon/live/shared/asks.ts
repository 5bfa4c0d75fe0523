import type { CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { type Method, type Params, type Results, requestParams, resultSchemas } from '../../protocol/wire/messages.ts';
import type { Ask, AskAnswer } from '../../team/team.ts';
import type { LiveRollout } from '../liveRollout.ts';
import { saidCommand } from '../saidText.ts';
import type { SharedJournal } from './sharedJournal.ts';

/** The requests that a follower passes on to the holder. */
export type AskedMethod = 'command' | 'tick' | 'signal' | 'series' | 'records' | 'report' | 'review';

/** Carries out what a follower asks. All of it comes from another machine, and is checked as a client's message is. */
export async function answerAsk(ask: Ask, live: LiveRollout, journal: SharedJournal): Promise<AskAnswer> {
  try {
    return { kind: 'result', result: JSON.stringify(await carriedOut(ask, live, journal)) };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'error', code: error.code, message: error.message };
    return { kind: 'error', code: 'internal', message: 'internal error at the holder; its log has the details' };
  }
}

async function carriedOut(ask: Ask, live: LiveRollout, journal: SharedJournal): Promise<unknown> {
  const by = ask.by.slice(0, 200);
  switch (ask.method) {
    case 'command': {
      const params = paramsOf('command', ask, live.id);
      const { key, command } = params;
      journal.read();
      // A holder before this one has carried it out, and had no time to say so.
      const known = journal.commandOf(key, command.kind);
      return known?.outcome ?? (await live.command({ ...params, by, command: saidCommand(command) }));
    }
    case 'tick':
      return live.tickItem({ ...paramsOf('tick', ask, live.id), by });
    case 'signal':
      return live.signal({ ...paramsOf('signal', ask, live.id), by });
    case 'series':
      return live.series(paramsOf('series', ask, live.id));
    case 'records':
      return { places: live.records(paramsOf('records', ask, live.id)) };
    case 'report':
      return live.report(paramsOf('report', ask, live.id));
    case 'review':
      return live.review(paramsOf('review', ask, live.id));
    default:
      throw new UserError('bad-request', `the holder does not know the request ${ask.method.slice(0, 40)}`);
  }
}

function paramsOf<M extends AskedMethod>(method: M, { params }: Ask, rollout: string): Params<M> {
  let json: unknown;
  try {
    json = JSON.parse(params);
  } catch {
    throw new UserError('bad-request', 'the request is not JSON');
  }
  const parsed = requestParams[method].safeParse(json);
  if (!parsed.success || (parsed.data as { rollout: string }).rollout !== rollout) {
    throw new UserError('bad-request', 'the request is not one of this version of Rampwatch: update both machines');
  }
  return parsed.data as Params<M>;
}

/** The answer of a holder, checked as a daemon's message is. @throws UserError as the holder has it */
export function resultOf<M extends Method>(method: M, answer: AskAnswer): Results[M] {
  if (answer.kind === 'error') throw new UserError(answer.code, answer.message);
  return resultSchemas[method].parse(JSON.parse(answer.result));
}

export function refused(code: 'no-holder' | 'not-permitted', revision: number, message: string): CommandOutcome {
  return { kind: 'refused', code, revision, message };
}
