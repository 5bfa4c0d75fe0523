import { createHash } from 'node:crypto';
import { constants, realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HandedCredentials } from '../approval/handedCredentials.ts';
import { type Bundle, composeBundle } from '../escalate/bundle.ts';
import type { RecordWindow } from '../ingest/recorded/recordWindow.ts';
import type { JournalNote } from '../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import { decidingFirings } from '../protocol/domain/rolloutPhase.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import type { ReportParams, ReportResult } from '../protocol/wire/reportRequest.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { conditionText, firingText } from '../protocol/words/figureText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import { recordsAbout } from '../sources/kinds.ts';
import type { Store } from '../store/store.ts';
import { holdsSecrets, knownSecrets } from './knownSecrets.ts';
import { inStretches } from './workInStretches.ts';

/** The parts of a rollout that an escalation needs. */
export interface EscalatedRollout {
  readonly loaded: LoadedPlan;
  view(): RolloutView;
  report(params: Pick<ReportParams, 'format' | 'period'>): Promise<ReportResult>;
  /** Attaches a line to the rollout's journal; the same key attaches it once. */
  attach(key: string, note: JournalNote, done: string): CommandOutcome;
}

interface EvidencePorts {
  readonly store: Pick<Store, 'journal'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly handed: HandedCredentials;
  now(): WallTime;
}

const minute = 60_000;
/** Around a firing; or, without one, up to the newest record. */
const around = minute;
const quietWindow = 30 * minute;
const longestWindow = 6 * 60 * minute;
const mostRecordBytes = 768 * 1024;
const mostEntries = 400;

/** Puts together the daemon's knowledge of the rollout at its newest record or entry; writes nothing. */
export async function gatherBundle(
  rollout: EscalatedRollout,
  reason: string | null,
  ports: EvidencePorts,
): Promise<Bundle> {
  const { store, now } = ports;
  const { loaded } = rollout;
  const { plan } = loaded;
  const view = rollout.view();
  const journal = store.journal(null, null, mostEntries).toReversed();
  const newest = journal.findLast((entry) => entry.rollout === plan.id)?.at ?? 0;
  const read = view.sources.map((source) => source.newest ?? 0);
  // Before the first record and the first entry only the clock tells the time.
  const asOf = wallTime(Math.max(newest, view.standing.watermark ?? 0, ...read) || now());
  const window = windowOf(view, asOf);
  const root = realpathSync(loaded.root);
  const left: string[] = [];
  const records: RecordWindow['excerpts'][number][] = [];
  let room = mostRecordBytes;
  for (const source of plan.sources) {
    const found = await recordsAbout(root, source, {
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
  const steps = composeBundle({
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
    known: knownSecrets(loaded, ports),
  });
  return await inStretches(steps);
}

/**
 * Around the fact that holds the rollout or fired last in this attempt; else the newest records, whatever their times.
 */
function windowOf(view: RolloutView, asOf: WallTime): { readonly from: EventTime; readonly to: EventTime | null } {
  const firing = firingOf(view);
  if (firing === null) return { from: eventTime(asOf - quietWindow), to: null };
  const to = firing.until + around;
  return { from: eventTime(Math.max(firing.window.from - around, to - longestWindow)), to: eventTime(to) };
}

function firingOf({ standing: { phase, attempt }, journal }: RolloutView): Firing | null {
  const deciding = decidingFirings(phase).at(-1);
  if (deciding !== undefined) return deciding;
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
