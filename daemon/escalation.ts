import { createHash } from 'node:crypto';
import { constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, isAbsolute, join, posix } from 'node:path';
import { approve, escalationHash, isApproved } from './escalate/approvals.ts';
import { type Bundle, composeBundle } from './escalate/bundle.ts';
import { runCommand } from './escalate/runCommand.ts';
import { writeBundle } from './escalate/writeBundle.ts';
import { scanDotenv } from './flag/dotenvScan.ts';
import { recordWindow } from './ingest/recordWindow.ts';
import type { EscalationAnswer, EscalationListing, EscalationWritten } from './protocol/escalation.ts';
import { conditionText, firingText } from './protocol/figureText.ts';
import type { Params, Results } from './protocol/messages.ts';
import type { LoadedPlan } from './protocol/plan.ts';
import type { ReportParams, ReportResult } from './protocol/report.ts';
import type { CommandOutcome, JournalNote } from './protocol/rollout.ts';
import { isSecretName, redactSecrets } from './protocol/secrets.ts';
import { sentence } from './protocol/sentence.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from './protocol/units.ts';
import { UserError } from './protocol/userError.ts';
import type { Firing } from './protocol/verdict.ts';
import type { RolloutView } from './protocol/view.ts';
import type { Store } from './store/store.ts';

/** What an escalation needs of the rollout it is about. */
export interface EscalatedRollout {
  readonly loaded: LoadedPlan;
  view(): RolloutView;
  report(params: Pick<ReportParams, 'format' | 'period'>): Promise<ReportResult>;
  /** Attaches a line to the rollout's journal; the same key attaches it once. */
  attach(key: string, note: JournalNote, done: string): CommandOutcome;
}

export interface EscalationPorts {
  readonly store: Pick<Store, 'journal'>;
  /** The private state directory: approvals are kept there. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  now(): WallTime;
}

const minute = 60_000;
/** Around a firing; or, without one, up to the newest record. */
const around = minute;
const quietWindow = 30 * minute;
const longestWindow = 6 * 60 * minute;
const mostRecordBytes = 768 * 1024;
const mostEntries = 400;
const commandLimit = 60_000;
/** What was shown waits so long to be written. */
const keptFor = 15 * minute;
const mostKept = 4;
/** Variables of the daemon that a command gets: what a program needs to start, and nothing that opens anything. */
const passed = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
];

/**
 * Evidence bundles of a workspace, and the plans' escalation commands. What is written is, to the byte, what was shown
 * before: the bundle waits in memory under its digest.
 */
export class Escalations {
  readonly #ports: EscalationPorts;
  readonly #prepared = new Map<
    string,
    { readonly bundle: Bundle; readonly at: WallTime; readonly reason: string | null }
  >();
  /** By path: what a command may be given. */
  readonly #written = new Map<string, { readonly bundle: Bundle; readonly reason: string | null }>();
  readonly #running = new Map<string, Promise<Results['runEscalation']>>();

  constructor(ports: EscalationPorts) {
    this.#ports = ports;
  }

  /** Puts a bundle together and tells what is in it; writes nothing. */
  async prepare(rollout: EscalatedRollout, reason: string | null): Promise<EscalationListing> {
    const { plan } = rollout.loaded;
    const bundle = await this.#compose(rollout, reason);
    const now = this.#ports.now();
    for (const [digest, kept] of this.#prepared) {
      if (now - kept.at > keptFor || this.#prepared.size >= mostKept) this.#prepared.delete(digest);
    }
    this.#prepared.set(bundle.digest, { bundle, at: now, reason });
    const { contact = null, reference = null, command } = plan.escalation ?? {};
    const sha256 = plan.escalation === undefined ? '' : escalationHash(plan.id, plan.escalation);
    return {
      digest: bundle.digest,
      name: bundle.name,
      files: bundle.files.map(({ content: _, ...view }) => view),
      left: bundle.left,
      contact,
      reference,
      command:
        command === undefined || command.length === 0
          ? null
          : { argv: command, sha256, approved: isApproved(this.#ports.directory, sha256) },
    };
  }

  /** @throws UserError `not-shown` when what is to be written was not shown, or too long ago; or as `writeBundle`. */
  async write({ digest, out }: Params<'writeEscalation'>): Promise<EscalationWritten> {
    const prepared = this.#prepared.get(digest);
    if (prepared === undefined || this.#ports.now() - prepared.at > keptFor) {
      throw new UserError('not-shown', 'that bundle is not at hand any more: look at what would go in again');
    }
    if (!isAbsolute(out)) throw new UserError('bad-request', 'the bundle needs an absolute path');
    const bytes = await writeBundle(prepared.bundle, out);
    this.#written.set(out, prepared);
    return { path: out, bytes };
  }

  /**
   * Runs the plan's command with a bundle that was written, and attaches its answer to the journal. `approve` is the
   * sha256 that a person was shown and agreed to.
   * @throws UserError `no-command`, `not-approved`, `not-written`
   */
  run(rollout: EscalatedRollout, request: Params<'runEscalation'>): Promise<Results['runEscalation']> {
    const known = this.#running.get(request.key);
    if (known !== undefined) return known;
    const running = this.#run(rollout, request);
    this.#running.set(request.key, running);
    // A refusal is no outcome: the same person may approve and ask again.
    running.catch(() => this.#running.delete(request.key));
    return running;
  }

  async #run(
    rollout: EscalatedRollout,
    { key, by, bundle: path, approve: agreed }: Params<'runEscalation'>,
  ): Promise<Results['runEscalation']> {
    const { plan, root } = rollout.loaded;
    const { escalation } = plan;
    const command = escalation?.command ?? [];
    if (escalation === undefined || command.length === 0) {
      throw new UserError('no-command', 'the plan names no `escalation.command`: send the bundle by hand');
    }
    const sha256 = escalationHash(plan.id, escalation);
    if (agreed !== null && agreed !== sha256) {
      throw new UserError(
        'not-approved',
        `the plan's command is not the one that was approved: look at it again (it is ${sha256} now)`,
      );
    }
    if (agreed === null && !isApproved(this.#ports.directory, sha256)) {
      throw new UserError(
        'not-approved',
        `nobody has approved the plan's command on this machine: look at it, then give --approve ${sha256}`,
      );
    }
    const written = this.#written.get(path);
    if (written === undefined) throw new UserError('not-written', 'write the bundle first: the command gets its path');
    if (agreed !== null) {
      approve(this.#ports.directory, { sha256, rollout: plan.id, argv: [...command], by, at: this.#ports.now() });
    }
    const secrets = knownSecrets(rollout.loaded, this.#ports.environment);
    const reference = escalation.reference ?? null;
    const argv = filledIn(command, { bundle: path, rollout: plan.id, reference: reference ?? '' });
    const answer = await runCommand({
      argv,
      folder: root,
      environment: {
        ...Object.fromEntries(
          passed.flatMap((name) => {
            const value = this.#ports.environment[name];
            return value === undefined ? [] : [[name, value]];
          }),
        ),
        RAMPWATCH_BUNDLE: path,
        RAMPWATCH_ROLLOUT: plan.id,
        RAMPWATCH_REFERENCE: reference ?? '',
      },
      limit: commandLimit,
      known: secrets,
    });
    const { digest, files } = written.bundle;
    const note = {
      kind: 'escalated' as const,
      by,
      reason: written.reason,
      reference,
      bundle: { digest, files: files.length },
      command: { sha256, argv: argv.map((word) => redactSecrets(word, { known: secrets }).text) },
      answer,
    };
    return { answer, argv, journalled: attachedTo(rollout, key, note) };
  }

  async #compose(rollout: EscalatedRollout, reason: string | null): Promise<Bundle> {
    const { loaded } = rollout;
    const { plan } = loaded;
    const view = rollout.view();
    const journal = this.#ports.store.journal(null, null, mostEntries).toReversed();
    const newest = journal.findLast((entry) => entry.rollout === plan.id)?.at ?? 0;
    const read = view.sources.map((source) => source.newest ?? 0);
    // Before the first record and the first entry there is only the clock.
    const asOf = wallTime(Math.max(newest, view.standing.watermark ?? 0, ...read) || this.#ports.now());
    const window = windowOf(view, asOf);
    const root = realpathSync(loaded.root);
    const left: string[] = [];
    const records: Awaited<ReturnType<typeof recordWindow>>['excerpts'][number][] = [];
    let room = mostRecordBytes;
    for (const source of plan.sources) {
      const found = await recordWindow(root, source, {
        ...window,
        limit: Math.max(0, room),
        timezone: plan.timezone,
        refused: (path) => holdsSecrets(path, loaded),
      });
      // Two globs may name one file.
      const fresh = found.excerpts.filter((excerpt) => !records.some(({ file }) => file === excerpt.file));
      room -= fresh.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
      records.push(...fresh);
      left.push(...found.left);
    }
    const planPart = await planText(loaded);
    if (planPart === null) left.push(`${basename(loaded.file)} cannot be read now; its sha256 was ${loaded.hash}`);
    const { contact = null, reference = null } = plan.escalation ?? {};
    const report = await rollout.report({ format: 'markdown', period: { kind: 'whole' } });
    return composeBundle({
      rollout: plan.id,
      asOf,
      standing: standingLines(view, asOf),
      contact,
      reference,
      reason,
      plan: planPart,
      report: report.head === null ? null : report.text,
      journal,
      records,
      left: [...new Set(left)],
      known: knownSecrets(loaded, this.#ports.environment),
    });
  }
}

/** `${bundle}` and its like, in every word but the program. */
function filledIn(command: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return command.map((word, index) =>
    index === 0 ? word : word.replaceAll(/\$\{(bundle|rollout|reference)\}/g, (_, name: string) => values[name] ?? ''),
  );
}

/** Why the answer is not in the journal; `null` when it is. */
function attachedTo(
  rollout: EscalatedRollout,
  key: string,
  note: Extract<JournalNote, { kind: 'escalated' }>,
): string | null {
  try {
    const outcome = rollout.attach(key, note, answerText(note.answer));
    return outcome.kind === 'done' ? null : outcome.message;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function answerText({ exit, failure }: EscalationAnswer): string {
  return failure === null ? `the command ended with ${exit}` : `the command failed: ${failure}`;
}

/** Around what holds the rollout or fired last in this attempt; else the newest records, whatever time they name. */
function windowOf(view: RolloutView, asOf: WallTime): { readonly from: EventTime; readonly to: EventTime | null } {
  const firing = firingOf(view);
  if (firing === null) return { from: eventTime(asOf - quietWindow), to: null };
  const to = firing.until + around;
  return { from: eventTime(Math.max(firing.window.from - around, to - longestWindow)), to: eventTime(to) };
}

function firingOf({ standing: { phase, attempt }, journal }: RolloutView): Firing | null {
  if (
    (phase.kind === 'rolling-back' || phase.kind === 'rolled-back' || phase.kind === 'rollback-failed') &&
    phase.cause.kind === 'trigger'
  ) {
    return phase.cause.firing;
  }
  if (phase.kind === 'review') return phase.firings.at(-1) ?? null;
  for (const entry of journal) {
    if (entry.attempt === attempt && entry.body.kind === 'firing') return entry.body.firing;
  }
  return null;
}

function standingLines(view: RolloutView, asOf: WallTime): readonly string[] {
  const { standing, stages, triggers } = view;
  const firing = firingOf(view);
  return [
    sentence(view, asOf),
    `Stage ${standing.stage} at ${standing.percent} %, attempt ${standing.attempt}, phase ${standing.phase.kind}.`,
    ...(stages[standing.stageIndex]?.gate ?? []).map(
      (condition) =>
        `${condition.verdict}: ${conditionText(condition)} (${condition.condition}, n ${condition.figure.n})`,
    ),
    ...triggers
      .filter(({ phase }) => phase.kind === 'firing' || phase.kind === 'pending')
      .map(({ id, when, phase }) => `trigger ${id} is ${phase.kind}: ${when}`),
    ...(firing === null ? [] : [`trigger ${firing.trigger} fired: ${firingText(firing)}`]),
  ];
}

const secretFile =
  /^\.env|\.env$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg)$|^id_(?:rsa|dsa|ecdsa|ed25519)|^\.(?:npmrc|netrc|pgpass|git-credentials|htpasswd)$|^(?:credentials|secrets?)(?:\.(?:json|ya?ml|toml|ini))?$/i;

/** Files that no glob of a plan gets into a bundle. */
function holdsSecrets(path: string, { plan }: LoadedPlan): boolean {
  const flag = plan.flag === undefined ? null : posix.normalize(plan.flag.dotenv.replaceAll('\\', '/'));
  return path === flag || path.split('/').some((part) => secretFile.test(part));
}

/**
 * Values that must leave in no way: what the settings files beside the plan hold, but for the flag itself, and the
 * secrets of the daemon's own environment. Each also as it stands inside JSON, in an address, and in base64.
 */
function knownSecrets({ plan, root }: LoadedPlan, environment: NodeJS.ProcessEnv): readonly string[] {
  const ours = new Set(Object.keys(plan.flag?.set ?? {}));
  const files = new Set(
    namesIn(root)
      .filter((name) => /^\.env|\.env$/i.test(name))
      .map((name) => join(root, name)),
  );
  if (plan.flag !== undefined) files.add(join(root, plan.flag.dotenv));
  const found = new Set<string>();
  const add = (name: string, value: string): void => {
    const text = value.trim();
    const named = isSecretName(name);
    // A short or plain word would be taken out of everything that is written.
    if (text.length < (named ? 4 : 8) || /^(?:true|false|null|none)$/i.test(text)) return;
    if (!named && /^(?:[a-z]{1,14}|\d+)$/i.test(text)) return;
    found.add(text);
    found.add(JSON.stringify(text).slice(1, -1));
    found.add(encodeURIComponent(text));
    if (text.length >= 8) found.add(Buffer.from(text).toString('base64').replace(/=+$/, ''));
    for (const line of text.split('\n')) if (line.trim().length >= 8) found.add(line.trim());
  };
  for (const file of files) {
    for (const { key, value } of assignmentsIn(file)) if (!ours.has(key)) add(key, value);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.length >= 8 && isSecretName(name) && !/^(?:OLD)?PWD$/.test(name)) add(name, value);
  }
  // The longer first: a part of it taken out would leave the rest.
  return [...found].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
}

const largestSettings = 1024 * 1024;

function assignmentsIn(file: string): readonly { readonly key: string; readonly value: string }[] {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size > largestSettings) return [];
    return scanDotenv(readFileSync(file, 'latin1')).map(({ key, value }) => ({
      key,
      value: Buffer.from(value, 'latin1').toString('utf8'),
    }));
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The plan's own text, when it is a file and no link to one. */
async function planText({ file, hash }: LoadedPlan): Promise<{ file: string; text: string; about: string } | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const bytes = await handle.readFile();
      const now = createHash('sha256').update(bytes).digest('hex');
      const about =
        now === hash
          ? `${basename(file)} as it is executed, sha256 ${hash}`
          : `${basename(file)} as it is now; what is executed had the sha256 ${hash}`;
      return { file: basename(file), text: bytes.toString('utf8'), about };
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
