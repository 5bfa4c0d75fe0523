import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { pathWithin } from '../../protocol/domain/pathWithin.ts';
import type { TestSuite } from '../../protocol/domain/plan.ts';
import type { FoundReport } from '../../protocol/domain/testReport.ts';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { parseJunitApart } from './junitApart.ts';
import { mergedReports, mostReportBytes, type ParsedReport } from './junitReport.ts';
import { mostEntries, ReportSearch } from './reportSearch.ts';

/** A report per class is usual; more than this is a glob that was not meant so. */
const mostFiles = 500;

interface ReadFile {
  readonly stamp: string;
  readonly written: WallTime;
  /** `null` until the file has been the same for two looks: who writes a report does not write it at once. */
  readonly parsed: ParsedReport | null;
}

/** The reports of a plan's suites: looked for whenever `look` is called, read again only when a file has changed. */
export class JunitFiles {
  readonly #root: string;
  readonly #suites: readonly TestSuite[];
  readonly #timezone: string;
  readonly #read = new Map<string, ReadFile>();
  readonly #signatures: string[] = [];
  readonly #searches = new Map<string, ReportSearch>();
  #found: readonly FoundReport[];
  #whole = false;

  constructor(root: string, suites: readonly TestSuite[], timezone: string) {
    this.#root = root;
    this.#suites = suites;
    this.#timezone = timezone;
    this.#found = suites.map(() => ({ kind: 'missing' }));
  }

  /** As of the last look, in the order of the suites. The same array while nothing has changed. */
  get found(): readonly FoundReport[] {
    return this.#found;
  }

  /** Every report that is there has been read. */
  get isWhole(): boolean {
    return this.#whole;
  }

  async look(): Promise<void> {
    const found = [...this.#found];
    let settled = true;
    for (const [index, suite] of this.#suites.entries()) {
      const looked = await this.#lookFor(suite.junit);
      if (looked === null) {
        settled = false;
        continue;
      }
      if (looked.signature === this.#signatures[index]) continue;
      this.#signatures[index] = looked.signature;
      found[index] = looked.report();
    }
    if (found.some((each, index) => each !== this.#found[index])) this.#found = found;
    this.#whole ||= settled;
  }

  /** `null` while a file is being written. */
  async #lookFor(pattern: string): Promise<Looked | null> {
    const names = await this.#search(pattern);
    if (names === null)
      return unreadable(`is a glob over more than ${mostEntries} files: name the folder of the reports`);
    if (names.length > mostFiles) return unreadable(`is more than ${mostFiles} files`);
    const files: [string, ReadFile][] = [];
    let settled = true;
    for (const name of names) {
      const file = await this.#readAgain(name);
      if (file === 'missing') continue;
      if (file.parsed === null) settled = false;
      else if (file.parsed.kind === 'unreadable') {
        const { detail } = file.parsed;
        return unreadable(name === pattern ? detail : `${name} ${detail}`);
      }
      files.push([name, file]);
    }
    if (!settled) return null;
    const signature = files.map(([name, { stamp }]) => `${name} ${stamp}`).join('\n');
    return { signature, report: () => reportOf(files.map(([, file]) => file)) };
  }

  #search(pattern: string): Promise<readonly string[] | null> {
    const search = this.#searches.get(pattern) ?? new ReportSearch(this.#root, pattern);
    this.#searches.set(pattern, search);
    return search.names();
  }

  async #readAgain(name: string): Promise<ReadFile | 'missing'> {
    const place = join(this.#root, name);
    const known = this.#read.get(name);
    try {
      const real = await realpath(place);
      if (pathWithin(await realpath(this.#root), real, sep) === null) return failed('lies outside the plan’s folder');
      // A pipe in the place of the report must not be waited for.
      const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const info = await handle.stat();
        if (!info.isFile()) return failed('is not a file');
        const stamp = `${info.ino} ${info.size} ${info.mtimeMs}`;
        if (known?.stamp === stamp && known.parsed !== null) return known;
        const settled = known?.stamp === stamp;
        const written = wallTime(info.mtimeMs);
        const parsed = settled ? await this.#parse(handle, info.size) : null;
        const read: ReadFile = { stamp, written, parsed };
        this.#read.set(name, read);
        return read;
      } finally {
        await handle.close();
      }
    } catch (error) {
      this.#read.delete(name);
      const code = errorCode(error) || 'unknown';
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : failed(`cannot be read (${code})`);
    }
  }

  async #parse(handle: FileHandle, size: number): Promise<ParsedReport> {
    if (size > mostReportBytes) {
      return { kind: 'unreadable', detail: `is larger than ${mostReportBytes / 1024 / 1024} MiB` };
    }
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return parseJunitApart(bytes.subarray(0, length), this.#timezone);
  }
}

function failed(detail: string): ReadFile {
  return { stamp: '', written: wallTime(0), parsed: { kind: 'unreadable', detail } };
}

interface Looked {
  /** Changes with what was found. */
  readonly signature: string;
  report(): FoundReport;
}

function unreadable(detail: string): Looked {
  return { signature: `unreadable ${detail}`, report: () => ({ kind: 'unreadable', detail }) };
}

/** As old as its oldest part. */
function reportOf(files: readonly ReadFile[]): FoundReport {
  const reports = files.flatMap(({ parsed }) => (parsed?.kind === 'report' ? [parsed.report] : []));
  if (reports.length === 0) return { kind: 'missing' };
  const written = files.reduce((oldest, file) => Math.min(oldest, file.written), Number.POSITIVE_INFINITY);
  return { kind: 'report', report: mergedReports(reports), written: wallTime(written) };
}
