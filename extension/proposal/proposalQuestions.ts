import type { QuickPickItem } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { InitProposal } from '../../daemon/protocol/wire/planProposal.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Vscode } from '../vscodeApi.ts';

/** The two questions whose answers decide what is counted. */
export const proposalRoles = ['arm', 'success'] as const;
export type ProposalRole = (typeof proposalRoles)[number];

export type ProposalAnswers = Readonly<Partial<Record<ProposalRole, string>>>;

/** A proposal with its answers. */
export interface AnsweredProposal {
  readonly answers: ProposalAnswers;
  readonly proposal: InitProposal;
}

/** Proposes anew with these answers. `undefined`: the person cancelled. */
export type ProposeWith = (answers: ProposalAnswers) => Promise<InitProposal | undefined>;

/** The command line's word for it. */
const later = 'later';

/** Asks what the file does not tell: at most two questions, each once. `undefined`: the person cancelled. */
export async function askUnclear(
  vscode: Vscode,
  title: string,
  proposeWith: ProposeWith,
): Promise<AnsweredProposal | undefined> {
  const first = await proposeWith({});
  if (first === undefined) return undefined;
  let known: AnsweredProposal = { answers: {}, proposal: first };
  for (const role of proposalRoles) {
    if (!known.proposal.questions.some(({ id, unclear }) => id === role && unclear)) continue;
    const next = await askRole(vscode, title, role, known, proposeWith);
    if (next === undefined) return undefined;
    known = next;
  }
  return known;
}

/** One question, with the counts of the file; a field can always be typed. `undefined`: the person cancelled. */
export async function askRole(
  vscode: Vscode,
  title: string,
  role: ProposalRole,
  known: AnsweredProposal,
  proposeWith: ProposeWith,
): Promise<AnsweredProposal | undefined> {
  const { window, l10n, QuickPickItemKind } = vscode;
  const { t } = l10n;
  const choices = known.proposal.choices[role].map(({ answer, field, counts, meaning }) => ({
    label: iconlessText(field, 80),
    description: iconlessText(`— ${counts}`),
    detail: iconlessText(meaning),
    answer,
  }));
  const byHand: QuickPickItem & { answer?: string } = {
    label: t('Another Field…'),
    description: t('type its name'),
  };
  const decideLater = {
    label: t('Decide Later'),
    description: t('the plan has a commented line for it'),
    answer: later,
  };
  const placeHolder =
    role === 'arm' ? t('Which records are of the new way, and which of the old?') : t('Which records are good?');
  const line = { label: '', kind: QuickPickItemKind.Separator };
  const items: (QuickPickItem & { answer?: string })[] = [...choices, line, byHand, decideLater];
  const chosen = await window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
  if (chosen === undefined) return undefined;
  if (chosen.answer !== undefined) return await answered(role, chosen.answer, known, proposeWith);
  return await askByHand(vscode, title, role, known, proposeWith);
}

async function askByHand(
  { window, l10n: { t } }: Vscode,
  title: string,
  role: ProposalRole,
  known: AnsweredProposal,
  proposeWith: ProposeWith,
): Promise<AnsweredProposal | undefined> {
  const usual =
    role === 'arm'
      ? t('The field, or the field and its value for the new way: variant=canary')
      : t('The field and what it says of a good record: ok=true, status=< 500');
  let [prompt, value] = [usual, known.answers[role] ?? ''];
  for (;;) {
    const text = await window.showInputBox({
      title,
      prompt,
      value: value === later ? '' : value,
      validateInput: (typed) => (typed.trim() === '' ? t('name a field') : undefined),
    });
    if (text === undefined) return undefined;
    try {
      return await answered(role, text.trim(), known, proposeWith);
    } catch (error) {
      if (!(error instanceof UserError) || !retold.has(error.code)) throw error;
      [prompt, value] = [plainText(error.message, 500), text];
    }
  }
}

/** What another answer mends. */
const retold: ReadonlySet<string> = new Set(['answer-unknown', 'proposal-invalid']);

async function answered(
  role: ProposalRole,
  answer: string,
  { answers }: AnsweredProposal,
  proposeWith: ProposeWith,
): Promise<AnsweredProposal | undefined> {
  const given = { ...answers, [role]: answer };
  const proposal = await proposeWith(given);
  return proposal === undefined ? undefined : { answers: given, proposal };
}
