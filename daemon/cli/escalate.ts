import { randomUUID } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { UserError } from '../protocol/domain/userError.ts';
import type { EscalationAnswer, EscalationCommandView, EscalationListing } from '../protocol/wire/escalation.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Client } from '../serve/client.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { saidOption } from './saidOption.ts';
import { withTypedAnswers } from './typedAnswer.ts';
import { actor, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** Gathers the evidence for somebody else: shows the contents, and writes them once a person agreed. */
export async function run(call: Call): Promise<ExitCode> {
  const runs = flagOption(call, 'run');
  const agreed = textOption(call, 'approve');
  if (agreed !== undefined && (!runs || !/^[0-9a-f]{64}$/.test(agreed))) {
    throw new UserError('usage', '--approve takes the 64 hexadecimal digits that --run showed, and belongs to --run');
  }
  const workspace = await commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const { rollout } = rolloutOf(client.view, workspace.plan);
    const reason = saidOption(call, 'reason') ?? null;
    const listing = await client.request('escalation', { rollout, reason });
    const named = textOption(call, 'out');
    const out = named === undefined ? join(workspace.root, `${listing.name}.tgz`) : resolve(call.folder, named);
    showListing(listing, relative(call.folder, out) || out, call);
    const { command } = listing;
    if (runs && command === null) {
      throw new UserError(
        'no-command',
        'the plan names no `escalation.command`: leave --run out, and send the bundle by hand',
      );
    }
    if (runs && command !== null) {
      showCommand(command, out, call);
      if (agreed !== undefined && agreed !== command.sha256) {
        const message = `nothing was written: the plan's command is not the one that --approve names; look at it, it is ${command.sha256}`;
        throw new UserError('not-approved', message);
      }
      if (!command.approved && agreed === undefined && !asks(call)) {
        const message = `nothing was written: nobody has approved the plan's command on this machine; look at it, then give --approve ${command.sha256}`;
        throw new UserError('not-approved', message);
      }
    }
    if (!(await mayWrite(listing, call))) return 1;
    const written = await client.request('writeEscalation', { digest: listing.digest, out });
    call.output.line(`Wrote ${written.path} (${written.bytes} bytes).`);
    if (!runs || command === null) {
      if (command !== null)
        call.output.line('The plan names a command for it: `rampwatch escalate --run` shows it and asks.');
      call.output.document({ ...listing, written });
      return 0;
    }
    const answer = await runCommand(client, { rollout, command, bundle: written.path, agreed }, call);
    call.output.document({ ...listing, written, answer });
    return answer.exit === 0 ? 0 : 1;
  } finally {
    await client.close();
  }
}

/** The contents of the bundle, shown before anything is written. */
function showListing({ files, left, contact, reference }: EscalationListing, out: string, { output }: Call): void {
  const { line, paint } = output;
  line(paint('bold', `Would write ${out}:`));
  const widest = Math.max(...files.map(({ path }) => path.length));
  for (const { path, bytes, sha256, redactions, about } of files) {
    const taken = redactions === 0 ? '' : paint('yellow', `  ${redactions} redacted`);
    line(
      `  ${path.padEnd(widest)}  ${String(bytes).padStart(8)}  ${paint('dim', sha256.slice(0, 12))}  ${plainText(about)}${taken}`,
    );
  }
  for (const each of left) line(`  ${paint('dim', 'left out:')} ${plainText(each)}`);
  if (reference !== null) line(`Reference: ${plainText(reference)}`);
  if (contact !== null) line(`Contact: ${plainText(contact)}`);
}

/** The exact words of the command, and its input. */
function showCommand(command: EscalationCommandView, bundle: string, { output }: Call): void {
  const { argv, approved, sha256, program, files, environment } = command;
  output.line(output.paint('bold', "Then would run the plan's command, without a shell, word by word:"));
  for (const word of argv) output.line(`  ${plainText(JSON.stringify(word), Number.POSITIVE_INFINITY)}`);
  output.line(`  the program is ${program === null ? 'not found' : plainText(program, 1000)}`);
  for (const { path, sha256: content } of files) {
    output.line(`  it names ${plainText(path, 1000)} of the workspace, ${output.paint('dim', content.slice(0, 12))}`);
  }
  output.line(`  it gets ${environment.join(', ')}, and no other variable`);
  output.line(`  where \${bundle} and RAMPWATCH_BUNDLE are ${bundle}`);
  output.line(`  ${approved ? 'approved on this machine' : 'not approved on this machine yet'}: ${sha256}`);
}

async function mayWrite(listing: EscalationListing, call: Call): Promise<boolean> {
  if (flagOption(call, 'yes')) return true;
  const message = 'nothing was written: look at the list, and say --yes to write it';
  if (!asks(call)) {
    if (!call.output.json) throw new UserError('consent-needed', message);
    call.output.document({ error: { code: 'consent-needed', message }, ...listing });
    return false;
  }
  if (await agreedTo('Write this?')) return true;
  call.output.line('Nothing was written.');
  return false;
}

interface CommandRequest {
  readonly rollout: string;
  readonly command: EscalationCommandView;
  readonly bundle: string;
  /** The digest that `--approve` names. */
  readonly agreed: string | undefined;
}

async function runCommand(
  client: Client,
  { rollout, command, bundle, agreed }: CommandRequest,
  call: Call,
): Promise<EscalationAnswer> {
  const { output } = call;
  let approve = agreed ?? null;
  if (asks(call)) {
    if (!(await agreedTo(command.approved ? 'Run it?' : 'Approve exactly this, and run it?'))) {
      throw new UserError('not-approved', `the command was not run; the bundle stays in ${bundle}`);
    }
    if (!command.approved) approve = command.sha256;
  }
  const request = { rollout, key: randomUUID(), by: actor(), bundle, approve };
  const { answer, journalled } = await client.request('runEscalation', request);
  for (const text of [answer.stdout, answer.stderr]) {
    for (const line of text === '' ? [] : text.split('\n'))
      output.line(`  ${output.paint('dim', '|')} ${plainText(line, 1000)}`);
  }
  if (journalled !== null) output.note(`rampwatch: the answer is not in the journal: ${journalled}`);
  const kept = journalled === null ? '; the answer is in the journal' : '';
  if (answer.failure !== null) output.note(`rampwatch: the command failed: ${answer.failure}${kept}`);
  else if (answer.exit !== 0) output.note(`rampwatch: the command ended with ${answer.exit}${kept}`);
  else output.line(`Done${kept}.`);
  return answer;
}

function asks({ output }: Call): boolean {
  return !output.json && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

async function agreedTo(question: string): Promise<boolean> {
  return await withTypedAnswers(async (ask) => /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)) ?? ''));
}
