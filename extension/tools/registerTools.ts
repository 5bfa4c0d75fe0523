import type { Disposable, LanguageModelTool } from 'vscode';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { advanceFacts } from '../../daemon/protocol/words/modelAdvance.ts';
import { statusFacts } from '../../daemon/protocol/words/modelStatus.ts';
import { dataNotice } from '../../daemon/protocol/words/modelText.ts';
import type { Actions } from '../commands/actions.ts';
import { Disposables } from '../disposables.ts';
import { rollBackFacts, rollBackPreparation } from './rollBackTool.ts';
import { knownRollout, subjectInput, toolSubject } from './toolSubject.ts';
import { verdictFacts } from './verdictTool.ts';

/** Every language-model tool of the manifest; a test holds the two against each other. */
export const toolNames = ['rollout_status', 'explain_verdict', 'propose_advance', 'roll_back'] as const;
export type ToolName = (typeof toolNames)[number];

const inputs = {
  rollout_status: z.strictObject(subjectInput),
  explain_verdict: z.strictObject({ ...subjectInput, about: z.string().min(1).max(400).optional() }),
  propose_advance: z.strictObject(subjectInput),
  roll_back: z.strictObject({ ...subjectInput, reason: z.string().trim().min(1).max(1000).optional() }),
};

/**
 * Registers the tools where the editor has language-model tools. `looked` resolves when the workspace has been searched
 * for plans: a tool may be what activates the extension.
 */
export function registerTools(actions: Actions, looked: () => Promise<void>): Disposable {
  const { vscode, clock } = actions;
  const registered = new Disposables();
  // Editors that share the API may lack this part, or have it switched off.
  if (typeof vscode.lm?.registerTool !== 'function') return registered;

  const add = <I>(name: ToolName, input: z.ZodType<I>, tool: ToolBody<I>): void => {
    const { prepare } = tool;
    const registration: LanguageModelTool<unknown> = {
      invoke: async (options) => {
        const lines = await answering(
          actions,
          name,
          async () => await tool.answer(checked(input, options.input)),
          looked,
        );
        return new vscode.LanguageModelToolResult([
          new vscode.LanguageModelTextPart([dataNotice, ...lines].join('\n')),
        ]);
      },
      ...(prepare !== undefined && {
        prepareInvocation: async (options) =>
          await answering(actions, name, async () => await prepare(checked(input, options.input)), looked),
      }),
    };
    registered.add(vscode.lm.registerTool(name, registration));
  };

  add('rollout_status', inputs.rollout_status, {
    answer: async (input) => statusFacts(knownRollout(await toolSubject(actions, input)), clock.now()),
  });
  add('explain_verdict', inputs.explain_verdict, {
    answer: async ({ about, ...input }) => await verdictFacts(await toolSubject(actions, input), about, clock.now()),
  });
  add('propose_advance', inputs.propose_advance, {
    answer: async (input) => advanceFacts(knownRollout(await toolSubject(actions, input)), clock.now()),
  });
  add('roll_back', inputs.roll_back, {
    prepare: async (input) => rollBackPreparation(actions, await toolSubject(actions, input)),
    answer: async ({ reason, ...input }) => await rollBackFacts(actions, await toolSubject(actions, input), reason),
  });
  return registered;
}

interface ToolBody<I> {
  answer(input: I): Promise<readonly string[]>;
  readonly prepare?: (input: I) => Promise<ReturnType<typeof rollBackPreparation>>;
}

function checked<I>(schema: z.ZodType<I>, input: unknown): I {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new UserError(
    'bad-input',
    `The input is not what the tool takes${where === '' ? '' : ` at "${where}"`}: ${issue?.message ?? 'unknown'}.`,
  );
}

/**
 * A hidden tool can still be called, so trust is asked for here too. A failure is one sentence that says what to do.
 */
async function answering<R>(
  { vscode, log }: Actions,
  name: ToolName,
  answer: () => Promise<R>,
  looked: () => Promise<void>,
): Promise<R> {
  try {
    if (!vscode.workspace.isTrusted) {
      throw new UserError(
        'untrusted',
        'The workspace is not trusted, so no rollout is watched in it; the person can trust it with "Workspaces: Manage Workspace Trust".',
      );
    }
    await looked();
    return await answer();
  } catch (error) {
    if (error instanceof UserError) {
      log.info(`${name}: ${error.message}`);
      throw new Error(error.message);
    }
    log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    throw new Error(`${name} failed because of a defect of Rampwatch; its log has the details. Tell the person so.`);
  }
}
