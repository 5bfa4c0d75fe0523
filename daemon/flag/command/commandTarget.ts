import { type Approvable, approvalHash } from '../../approval/approvals.ts';
import { type BoundCommand, boundCommand } from '../../approval/boundCommand.ts';
import { missingVariable, noteVariables, variableSecrets } from '../../approval/commandCredentials.ts';
import { commandEnvironment, passedVariables } from '../../approval/commandEnvironment.ts';
import { withoutCredentials } from '../../approval/credentials.ts';
import { programDigest } from '../../approval/programDigest.ts';
import { type ProgramEnd, runProgram } from '../../approval/runProgram.ts';
import type { CommandFlag } from '../../protocol/domain/flagCommand.ts';
import { flagSettings } from '../../protocol/domain/flagKinds.ts';
import { filledText } from '../../protocol/domain/flagTemplate.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import { answerValues } from '../remote/answerValues.ts';
import { type RemoteSystem, RemoteTarget, type Sent, type Told } from '../remote/remoteTarget.ts';
import { shellWords } from '../remote/shellWords.ts';
import type { FlagGround, FlagTarget, SetWay, Wanted } from '../target.ts';

const timeoutDefault = 30_000;
const everyDefault = 30_000;
/** Bytes of an output that are read; a flag's state is far smaller. */
const longestOutput = 1024 * 1024;

export function commandTarget(flag: CommandFlag, ground: FlagGround): FlagTarget {
  return new RemoteTarget(new CommandSystem(flag, ground), ground);
}

/** A flag that a program sets and another reads. */
class CommandSystem implements RemoteSystem {
  readonly name: string;
  readonly place: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly isRepeatable: boolean;
  readonly lookEvery: number;
  readonly #command: CommandFlag['command'];
  readonly #ground: FlagGround;

  constructor(flag: CommandFlag, ground: FlagGround) {
    const { command } = flag;
    this.#command = command;
    this.#ground = ground;
    this.name = plainText(command.set.slice(0, 3).join(' '), 120);
    this.place = JSON.stringify(command.get);
    this.templates = Object.fromEntries(flagSettings(flag).map(({ name, template }) => [name, template]));
    this.isRepeatable = command.repeatable ?? true;
    this.lookEvery = command.every ?? everyDefault;
  }

  approvable(): Approvable {
    const { read, environment = [] } = this.#command;
    const { rollout } = this.#ground;
    const [set, get] = [this.#bound(this.#command.set), this.#bound(this.#command.get)];
    const digests = [set, get].map(({ program }) => (program === null ? null : programDigest(program)));
    const content = { command: { set, get, read, environment } };
    const words = ({ argv, program, files }: BoundCommand, digest: string | null | undefined) => [
      ...argv.map((word) => `  ${JSON.stringify(word)}`),
      program === null ? '  the program is not found' : `  the program is ${program}, ${digest?.slice(0, 12) ?? ''}`,
      ...files.map(({ path, sha256 }) => `  it names ${path} of the workspace, ${sha256.slice(0, 12)}`),
    ];
    return {
      about: `the flag: ${this.name}`,
      sha256: approvalHash('flag', rollout, { ...content, digests }),
      lines: [
        'sets by running, without a shell, word by word:',
        ...words(set, digests[0]),
        'reads by running:',
        ...words(get, digests[1]),
        ...Object.entries(read).map(([place, template]) => `  ${place} is ${template}`),
        `both get ${[...passedVariables, ...environment].join(', ')}, and no other variable`,
      ],
      // An update of the system changes its programs in the night; it must not stop a way back.
      wayBack: approvalHash('flag', rollout, content),
    };
  }

  async read(signal: AbortSignal | undefined): Promise<Told> {
    const { get, read } = this.#command;
    const end = await this.#run(get, signal);
    const failure = this.#failure(get, end);
    if (failure !== null) return { kind: 'fault', detail: failure };
    if (end.stdout.dropped > 0)
      return { kind: 'fault', detail: `${this.#words(get)} writes more than ${longestOutput / 1024 / 1024} MiB` };
    const known = this.#secrets();
    const { text } = end.stdout;
    const shown = known.some((secret) => text.includes(secret)) ? withoutCredentials(text, known) : text;
    const values = answerValues(shown, Object.keys(read));
    return typeof values === 'string'
      ? { kind: 'fault', detail: `${this.#words(get)} ${values}` }
      : { kind: 'values', values };
  }

  async send(wanted: Wanted, { signal }: SetWay): Promise<Sent> {
    const argv = this.#filled(wanted);
    const end = await this.#run(argv, signal);
    const failure = this.#failure(argv, end);
    return failure === null ? { kind: 'accepted' } : { kind: 'failed', mayHaveArrived: true, detail: failure };
  }

  deed(wanted: Wanted): string {
    return plainText(this.byHand(wanted), 300);
  }

  byHand(wanted: Wanted): string {
    return shellWords(this.#filled(wanted));
  }

  #filled(wanted: Wanted): readonly string[] {
    return this.#command.set.map((word) => filledText(word, wanted));
  }

  #bound(argv: readonly string[]): BoundCommand {
    return boundCommand(argv, this.#ground.root, this.#ground.environment);
  }

  async #run(argv: readonly string[], signal: AbortSignal | undefined): Promise<ProgramEnd> {
    const { root } = this.#ground;
    const { program } = this.#bound(argv);
    const end = await runProgram({
      argv: [program ?? argv[0] ?? '', ...argv.slice(1)],
      folder: root,
      environment: commandEnvironment(this.#ground, root, this.#command.environment),
      limit: this.#command.timeout ?? timeoutDefault,
      longest: longestOutput,
      signal,
    });
    noteVariables(this.#command.environment ?? [], this.#ground, end.failure === null && end.exit === 0);
    return end;
  }

  #failure(argv: readonly string[], { exit, failure, stdout, stderr }: ProgramEnd): string | null {
    if (failure === null && exit === 0) return null;
    const said = withoutCredentials(stderr.text || stdout.text, this.#secrets()).trim();
    const ended = failure ?? `it ended with ${exit}`;
    const missing = missingVariable(this.#command.environment ?? [], this.#ground);
    const why = missing === null ? ended : `${ended}; ${missing}`;
    return `${this.#words(argv)}: ${why}${said === '' ? '' : `: ${plainText(said, 200)}`}`;
  }

  #words(argv: readonly string[]): string {
    return plainText(argv.slice(0, 3).join(' '), 120);
  }

  #secrets(): readonly string[] {
    return variableSecrets(this.#command.environment ?? [], this.#ground);
  }
}
