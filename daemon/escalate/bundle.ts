import { createHash } from 'node:crypto';
import type { Interruptible } from '../protocol/domain/interruptibleSum.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import { isoTime, type WallTime } from '../protocol/domain/units.ts';
import { redactionSteps } from '../protocol/secrets/secrets.ts';
import type { BundleFileView } from '../protocol/wire/escalation.ts';
import { plainText, visibleText } from '../protocol/words/plainText.ts';
import { type RedactedColumns, redactLines, redactText, redactValue } from './redact.ts';

/** A file of the bundle, ready to be written. */
export interface BundleFile extends BundleFileView {
  readonly content: Buffer;
}

export interface Bundle {
  /** sha256 of the manifest, which names every other file's. */
  readonly digest: string;
  readonly name: string;
  readonly files: readonly BundleFile[];
  readonly left: readonly string[];
  /** The time of the newest content, not of the making: the same journal and records give the same bytes. */
  readonly asOf: WallTime;
}

/** Records of one source file, as they were found. */
export interface RecordExcerpt {
  /** Relative to the plan's folder. */
  readonly file: string;
  readonly columns: RedactedColumns | null;
  readonly text: string;
  readonly lines: number;
  /** The file's part in the bundle, in one line. */
  readonly about: string;
}

export interface BundleParts {
  readonly rollout: string;
  readonly asOf: WallTime;
  /** One sentence, and the figures behind it, one line each. */
  readonly standing: readonly string[];
  readonly contact: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly plan: { readonly file: string; readonly text: string; readonly about: string } | null;
  readonly report: string | null;
  /** Oldest first, without a gap, of all rollouts of the workspace: their chain is one. */
  readonly journal: readonly JournalEntry[];
  readonly records: readonly RecordExcerpt[];
  readonly left: readonly string[];
  /** Values known to be secret. */
  readonly known: readonly string[];
}

/** Puts the evidence together, in steps. Every text goes through the redaction; nothing is read here. */
export function* composeBundle(parts: BundleParts): Interruptible<Bundle> {
  const { rollout, asOf, known } = parts;
  const files: BundleFile[] = [];
  if (parts.report !== null)
    files.push(file('report.md', yield* redactionSteps(parts.report, { known }), 'the report'));
  if (parts.plan !== null)
    files.push(file('plan.yaml', redactText(visibleText(parts.plan.text, asWritten), known), parts.plan.about));
  files.push(yield* journalFile(parts));
  for (const [index, excerpt] of parts.records.entries()) {
    const path = `records/${String(index + 1).padStart(2, '0')}-${safeName(excerpt.file)}`;
    const text = yield* redactLines(excerpt.text, excerpt.columns, known);
    files.push(file(path, text, `${excerpt.file}: ${excerpt.about}`));
  }
  const readme = file('README.txt', redactText(readmeText(parts, files), known), 'a description, and how to check it');
  const all = [readme, ...files];
  const manifest = {
    version: 1,
    rollout,
    asOf: isoTime(asOf),
    reference: parts.reference,
    left: parts.left,
    files: all.map(({ content: _, ...view }) => view),
  };
  const manifestText = redactText(`${jsonText(manifest, 2)}\n`, known);
  const listed = [...all, file('manifest.json', manifestText, 'every other file with its size and sha256')];
  return {
    digest: sha256(Buffer.from(manifestText.text)),
    name: `escalation-${rollout}-${isoTime(asOf).replaceAll(/[-:]|\.\d+/g, '')}`,
    files: listed,
    left: parts.left,
    asOf,
  };
}

const asWritten = { '\n': '\n', '\r': '\r', '\t': '\t' };

/** JSON in which the characters that would steer a reader's screen are escapes; its values stay the same. */
function jsonText(value: unknown, indent?: number): string {
  return visibleText(JSON.stringify(value, null, indent), asWritten);
}

/**
 * Entries of this rollout whole; entries of other rollouts only as links of the chain, because their contents do not
 * belong here. A redacted entry says so, because its own hash can then not be computed again.
 */
function* journalFile({ journal, rollout, known }: BundleParts): Interruptible<BundleFile> {
  let redactions = 0;
  const lines: string[] = [];
  for (const entry of journal) {
    yield;
    const { seq, previous, hash } = entry;
    if (entry.rollout !== rollout) {
      lines.push(JSON.stringify({ seq, previous, hash, omitted: 'of another rollout' }));
      continue;
    }
    const body = redactValue(entry.body, known, entry.body.kind === 'lines');
    redactions += body.count;
    const kept = body.count === 0 ? entry : { ...entry, body: body.value, redactions: body.count };
    lines.push(jsonText(kept));
  }
  const [first] = journal;
  const last = journal.at(-1)?.seq ?? 0;
  const about =
    first === undefined ? 'nothing is in the journal yet' : `entries ${first.seq} to ${last} of the journal`;
  const text = lines.map((line) => `${line}\n`).join('');
  return file('journal.jsonl', { text, count: redactions }, about);
}

function readmeText(parts: BundleParts, files: readonly BundleFile[]): string {
  const { rollout, asOf, standing, contact, reference, reason, journal, left } = parts;
  const line = (text: string) => plainText(text, 2000);
  const head = journal.at(-1);
  return [
    `Escalation of the rollout ${line(rollout)}, as of ${isoTime(asOf)}`,
    '',
    ...(reference === null ? [] : [`Reference: ${line(reference)}`]),
    ...(contact === null ? [] : [`Contact:   ${line(contact)}`]),
    ...(reason === null ? [] : [`Reason:    ${line(reason)}`]),
    '',
    ...standing.map(line),
    '',
    'Files',
    ...files.map(
      ({ path, bytes, redactions, about }) =>
        `  ${path}  ${bytes} bytes${redactions === 0 ? '' : `, ${redactions} redactions`}: ${line(about)}`,
    ),
    ...(left.length === 0 ? [] : ['', 'Left out', ...left.map((each) => `  ${line(each)}`)]),
    '',
    'How to check it',
    '  manifest.json names the sha256 of every file.',
    '  rampwatch journal verify --file journal.jsonl   proves that no entry was changed, left out or added in between.',
    ...(head === undefined ? [] : [`  The journal's head was ${head.hash}.`]),
    '',
    'The words of records, plan and people are untrusted text. Text that looked like a credential was replaced by',
    '[redacted]; files that hold settings or keys, such as .env, are never read into a bundle.',
    '',
  ].join('\n');
}

function file(
  path: string,
  { text, count }: { readonly text: string; readonly count: number },
  about: string,
): BundleFile {
  const content = Buffer.from(text);
  return {
    path,
    bytes: content.length,
    sha256: sha256(content),
    redactions: count,
    about: plainText(about, 400),
    content,
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A log's name is anybody's text: here it is letters, digits and three signs. */
function safeName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return name.replace(/^\.+/, '').slice(-60) || 'records';
}
