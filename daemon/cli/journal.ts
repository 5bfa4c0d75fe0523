import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { openTeam, teamUrl } from '../openTeams.ts';
import { loadPlan } from '../plan/load.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import { isMeasurement } from '../protocol/domain/quarterHourEntry.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { redactJson } from '../protocol/secrets/redactRecord.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Client } from '../serve/client.ts';
import { type JournalVerification, type LinkOnly, verifyExcerpt, verifyJournal } from '../store/verify.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { journalLines } from './journalText.ts';
import { actor, commandWorkspace, connectedClient, folderWorkspace, ownWorkspace, rolloutOf } from './workspace.ts';
import { writeLine } from './wrapped.ts';

const page = 500;

/** Shows the journal of a rollout, newest first, or proves the chain of the whole workspace's journal. */
export async function run(call: Call): Promise<ExitCode> {
  const [word] = call.words;
  if (word !== undefined && word !== 'verify') {
    throw new UserError(
      'usage',
      `\`journal ${plainText(word)}\` is not known; it is \`journal\` or \`journal verify\``,
    );
  }
  const limit = Number(textOption(call, 'limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1) throw new UserError('usage', '--limit takes a whole number from 1');
  const head = textOption(call, 'head');
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw new UserError('usage', '--head takes the 64 hexadecimal digits that `rampwatch journal verify` printed');
  }
  const file = textOption(call, 'file');
  if (file !== undefined) {
    if (word !== 'verify') throw new UserError('usage', '--file belongs to `journal verify`');
    return verifyFile(file, head, call);
  }
  if (flagOption(call, 'team')) {
    if (word !== 'verify') throw new UserError('usage', '--team belongs to `journal verify`');
    return told(verifyJournal(await teamEntries(call), head), head, call);
  }
  const workspace = await (word === 'verify' ? folderWorkspace(call) : commandWorkspace(call));
  const { client } = await connectedClient(call, workspace);
  try {
    if (word === 'verify') return await verify(client, head, call);
    const view = rolloutOf(client.view, workspace.plan);
    if (call.output.json)
      call.output.document({ entries: (await newest(client, view.rollout, limit, everything)).map(withoutSecrets) });
    else {
      // One more than is shown tells whether there are older ones.
      const entries = (await newest(client, view.rollout, limit + 1, tellsSomething)).filter(tellsSomething);
      for (const line of journalLines(entries, limit, view, call.output)) writeLine(line, call.output, '    ');
    }
    return 0;
  } finally {
    await client.close();
  }
}

async function verify(client: Client, head: string | undefined, call: Call): Promise<ExitCode> {
  const entries = (await newest(client, null, Number.POSITIVE_INFINITY, everything)).toReversed();
  return told(verifyJournal(entries, head), head, call);
}

/** The journal of a shared rollout, as its database has it. It needs no daemon. */
async function teamEntries(call: Call): Promise<readonly JournalEntry[]> {
  const { plan, root } = ownWorkspace(call);
  if (plan === null) throw new UserError('no-plan', 'name the plan with --plan FILE');
  const { id, team } = loadPlan(plan).plan;
  if (team === undefined)
    throw new UserError('usage', `--team is for a plan with \`team\`; ${basename(plan)} has none`);
  const shared = await openTeam(teamUrl(team.postgres, call.environment), { name: actor(), identity: root });
  try {
    const entries: JournalEntry[] = [];
    for (let isMore = true; isMore; ) {
      const news = await shared.news(id, { journal: entries.length, view: Number.MAX_SAFE_INTEGER });
      entries.push(...news.entries);
      isMore = news.entries.length > 0;
    }
    return entries;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, `the database that ${team.postgres} names: ${error.message}`);
  } finally {
    await shared.close();
  }
}

function told(result: JournalVerification, head: string | undefined, call: Call): ExitCode {
  if (result.kind === 'broken') {
    throw new UserError(
      'journal-broken',
      `the journal is broken at entry ${result.seq}: ${result.detail}; nothing from there on is proven`,
    );
  }
  call.output.line(`The journal is intact: ${result.entries} entries, head ${result.head}.`);
  if (head === undefined) {
    call.output.line(
      'Keep the head outside this machine: a cut tail or a rewritten journal shows only against a kept head (--head HASH).',
    );
  }
  call.output.document(result);
  return 0;
}

const excerptLine = z.union([
  z.object({ redactions: z.number().int().min(1), seq: z.number().int(), previous: z.string(), hash: z.string() }),
  z.object({
    seq: z.number().int(),
    rollout: z.string(),
    attempt: z.number().int(),
    at: z.number(),
    body: z.looseObject({ kind: z.string() }),
    previous: z.string(),
    hash: z.string(),
  }),
  z.object({ seq: z.number().int(), previous: z.string(), hash: z.string() }),
]);

/** The part of a journal that a bundle carries. It needs no daemon, and may come from another machine. */
function verifyFile(file: string, head: string | undefined, call: Call): ExitCode {
  const entries = excerptOf(file, call.folder);
  const result = verifyExcerpt(entries, head);
  if (result.kind === 'broken') {
    throw new UserError(
      'journal-broken',
      `${plainText(file)} is broken at entry ${result.seq}: ${result.detail}; nothing from there on is proven`,
    );
  }
  const rest =
    result.linked === 0 ? '' : `; of ${result.linked} only the link is proven, because parts of them were left out`;
  call.output.line(`The excerpt is intact: ${result.entries} entries${rest}; head ${result.head}.`);
  call.output.document(result);
  return 0;
}

function excerptOf(file: string, folder: string): readonly (JournalEntry | LinkOnly)[] {
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), 'utf8');
  } catch (error) {
    const code = errorCode(error) || String(error);
    throw new UserError('journal-unreadable', `${plainText(file)} cannot be read (${code}); check the path`);
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      try {
        return excerptLine.parse(JSON.parse(line)) as JournalEntry | LinkOnly;
      } catch {
        throw new UserError(
          'journal-broken',
          `${plainText(file)}:${index + 1} is no entry of a journal: name the journal.jsonl of a bundle`,
        );
      }
    });
}

/** An entry that was redacted says in how many places: its own hash can then not be computed again. */
export function withoutSecrets(entry: JournalEntry): object {
  const { value, count } = redactJson(entry.body, { known: [], random: entry.body.kind === 'lines', seen: new Map() });
  return count === 0 ? entry : { ...entry, body: value, redactions: count };
}

const everything = (): boolean => true;
/** In a long soak the quarter-hourly measurements would hide everything else. */
const tellsSomething = (entry: JournalEntry): boolean => !isMeasurement(entry);

/** The newest entries, until `limit` of them count. */
async function newest(
  client: Client,
  rollout: string | null,
  limit: number,
  counts: (entry: JournalEntry) => boolean,
): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  let counted = 0;
  for (let before: number | null = null; counted < limit; ) {
    const { entries }: { readonly entries: readonly JournalEntry[] } = await client.request('journal', {
      rollout,
      before,
      limit: counts === everything ? Math.min(page, limit - counted) : page,
    });
    for (const entry of entries) {
      if (counted >= limit) break;
      all.push(entry);
      if (counts(entry)) counted += 1;
    }
    const last = entries.at(-1);
    if (last === undefined) break;
    before = last.seq;
  }
  return all;
}
