import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

const about = z.object({ rollout: z.string().max(200).optional() });

/** Two ways of work, as a person would ask for them. */
export function addPrompts(server: McpServer): void {
  server.registerPrompt(
    'daily_review',
    {
      title: 'Daily review of the rollout',
      description: 'The facts, the open items, and one recommendation.',
      argsSchema: about,
    },
    ({ rollout }) =>
      asked(`Lead me through today's review${of(rollout)}.
1. Call daily_review and rollout_status${withId(rollout)}.
2. Tell me in at most ten lines: the stage, each unmet condition with its figure and sample, what changed since the last review, and sources that are silent.
3. Go through the due items one by one with the fact that answers each. Ask me; never tick one without my word.
4. End with one recommendation: advance, wait or roll back, and name the figure that it rests on. Say what is not proven.`),
  );
  server.registerPrompt(
    'incident',
    {
      title: 'Incident of the rollout',
      description: 'What failed, since when, for whom, and the way back.',
      argsSchema: about,
    },
    ({ rollout }) =>
      asked(`Something is wrong with the rollout${of(rollout)}.
1. Call rollout_status and explain_verdict${withId(rollout)}.
2. First line: are users exposed now, and at what percentage? If they are and a rollback has not begun, say how to roll back before anything else.
3. Then: which rule fired, its figure against its limit, since when, and what explains the failures. Quote at most three failing records.
4. Keep what the data show apart from what you suppose.`),
  );
}

function of(rollout: string | undefined): string {
  return rollout === undefined ? '' : ` ${JSON.stringify(rollout)}`;
}

function withId(rollout: string | undefined): string {
  return rollout === undefined ? '' : ` with this id as "rollout"`;
}

function asked(text: string) {
  return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
}
