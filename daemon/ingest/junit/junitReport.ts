import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { parseTimestamp } from '../../measure/timestamp.ts';
import { zoneNamed } from '../../measure/zone.ts';
import type { TestPart, TestReport } from '../../protocol/domain/testReport.ts';
import { type EventTime, eventTime } from '../../protocol/domain/units.ts';
import { plainText } from '../../protocol/words/plainText.ts';

export type ParsedReport =
  | { readonly kind: 'report'; readonly report: TestReport }
  /** One line: what is wrong with it. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/** A report of this size takes about a second, in a thread of its own; larger ones are refused. */
export const mostReportBytes = 8 * 1024 * 1024;
/** The most classes of one report; the rest are counted together. */
const mostParts = 20_000;
const failuresShown = 5;
/** Writers without a clock write the year 1. */
const earliest = Date.UTC(2000, 0, 1);

/**
 * A JUnit XML report as pytest, vitest, Maven Surefire, gotestsum and their like write it. There is no standard; what
 * they share is `testsuites` > `testsuite` (nested or the root itself) > `testcase`, with a child `failure`, `error`,
 * `warning` or `skipped`. The tests are counted one by one: what the suites declare of themselves is only compared.
 *
 * Nothing outside of the text is read and no entity is expanded: a document type is refused, whatever it declares.
 * @param timezone of times that name none.
 */
export function parseJunit(bytes: Uint8Array, timezone: string): ParsedReport {
  if (bytes.length > mostReportBytes) return unreadable(`is larger than ${mostReportBytes / 1024 / 1024} MiB`);
  const text = decoded(bytes);
  if (text === null) return unreadable('is not text in the encoding it names');
  if (text.trim() === '') return unreadable('is empty');
  if (declaresDocumentType(text)) return unreadable('declares a document type, which a test report has no need of');
  let root: unknown;
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true) {
      const { line, col, msg } = valid.err;
      return unreadable(`is not well-formed XML, or cut short: line ${line}, column ${col}: ${plainText(msg, 120)}`);
    }
    root = parser().parse(text);
  } catch (error) {
    return unreadable(`cannot be read: ${plainText(error instanceof Error ? error.message : String(error), 120)}`);
  }
  const top = elementOf(root);
  const suites = [...children(top, 'testsuites'), ...children(top, 'testsuite')];
  if (suites.length === 0) return unreadable('is XML, but no JUnit report: it has no `testsuites` and no `testsuite`');
  return { kind: 'report', report: counted(suites, timezone) };
}

/** Several reports of one suite, as Maven writes one for each class. */
export function mergedReports(reports: readonly TestReport[]): TestReport {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const declared = reports.map((report) => report.declared ?? sum(report.parts.map(({ tests }) => tests)));
  const ran = reports.flatMap((report) => (report.ran === null ? [] : [report.ran]));
  return {
    parts: reports.flatMap(({ parts }) => parts),
    declared: reports.every((report) => report.declared === null) ? null : sum(declared),
    declaredFailed: sum(reports.map(({ declaredFailed }) => declaredFailed)),
    ran:
      ran.length === 0
        ? null
        : eventTime(ran.reduce<number>((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)),
    commits: [...new Set(reports.flatMap(({ commits }) => commits))],
    failures: reports.flatMap(({ failures }) => failures).slice(0, failuresShown),
  };
}

/** The output of a test is quoted, and may be a page of HTML with a document type of its own. */
function declaresDocumentType(text: string): boolean {
  for (let at = text.indexOf('<!'); at !== -1; at = text.indexOf('<!', at)) {
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : null;
    if (end === null) {
      if (/^<!DOCTYPE/i.test(text.slice(at, at + 9))) return true;
      at += 2;
      continue;
    }
    at = text.indexOf(end, at + 4);
    // An element that is not closed is not well-formed.
    if (at === -1) return false;
  }
  return false;
}

function parser(): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    // The output of a test is nobody's evidence, and may be long.
    stopNodes: ['..system-out', '..system-err'],
    isArray: (name) => ['testsuites', 'testsuite', 'testcase', 'properties', 'property'].includes(name),
  });
}

type Element = Readonly<Record<string, unknown>>;
type Count = { -readonly [key in keyof TestPart]: TestPart[key] };

function counted(roots: readonly Element[], timezone: string): TestReport {
  const zone = zoneNamed(timezone);
  const parts = new Map<string, Count>();
  const commits = new Set<string>();
  const failures: string[] = [];
  let ran: EventTime | null = null;
  const open = roots.map((element) => ({ element, suite: '', file: '' })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { element } = next;
    const suite = attribute(element, 'name') ?? next.suite;
    const file = attribute(element, 'file') ?? attribute(element, 'filepath') ?? next.file;
    const stamp = parseTimestamp(attribute(element, 'timestamp'), zone);
    if (stamp !== undefined && stamp >= earliest && (ran === null || stamp < ran)) ran = eventTime(stamp);
    for (const commit of commitsOf(element)) commits.add(commit);
    for (const test of children(element, 'testcase')) {
      for (const commit of commitsOf(test)) commits.add(commit);
      const outcome = outcomeOf(test);
      const part = partOf(parts, suite, attribute(test, 'classname') ?? '', attribute(test, 'file') ?? file);
      part.tests += 1;
      part[outcome] += 1;
      if (outcome === 'failed' && failures.length < failuresShown) failures.push(attribute(test, 'name') ?? 'a test');
    }
    for (const inner of children(element, 'testsuite').reverse()) open.push({ element: inner, suite, file });
  }
  const declaredFailed = roots.reduce((sum, root) => sum + failedBy(root), 0);
  return {
    parts: [...parts.values()],
    declared: declaredBy(roots),
    declaredFailed,
    ran,
    commits: [...commits],
    failures,
  };
}

function partOf(parts: Map<string, Count>, suite: string, className: string, file: string): Count {
  const key = parts.size < mostParts ? JSON.stringify([suite, className, file]) : '';
  const known = parts.get(key);
  if (known !== undefined) return known;
  const names = key === '' ? { suite: '', className: '', file: '' } : { suite, className, file };
  const part = { ...names, tests: 0, passed: 0, failed: 0, skipped: 0 };
  parts.set(key, part);
  return part;
}

/** Some write no child but a word, CTest and the converters of NUnit among them. */
const failedWord =
  /^(?:fail(?:ed|ure)?|error(?:ed)?|broken|crashed|aborted|timed[ _-]?out|timeout|undefined|ambiguous)$/i;
const skippedWord = /^(?:skip(?:ped)?|not[ _-]?run|disabled|suppressed|ignored?|pending|inconclusive|incomplete)$/i;

function outcomeOf(test: Element): 'passed' | 'failed' | 'skipped' {
  const words = [attribute(test, 'status') ?? '', attribute(test, 'result') ?? ''];
  // PHPUnit up to 9 writes a `warning` of a test that it has not run as it should, such as a class without tests.
  if (['failure', 'error', 'warning'].some((name) => name in test)) return 'failed';
  const isSkipped = ['skipped', 'disabled', 'ignored'].some((name) => name in test);
  if (isSkipped || words.some((word) => skippedWord.test(word))) return 'skipped';
  return words.some((word) => failedWord.test(word)) ? 'failed' : 'passed';
}

/** The sum that the outermost elements declare; `null` unless all of them do. */
function declaredBy(roots: readonly Element[]): number | null {
  let total = 0;
  for (const root of roots) {
    const own = wholeNumber(attribute(root, 'tests'));
    if (own !== null) {
      total += own;
      continue;
    }
    const inner = children(root, 'testsuite').map((suite) => wholeNumber(attribute(suite, 'tests')));
    if (inner.length === 0) return null;
    for (const number of inner) {
      if (number === null) return null;
      total += number;
    }
  }
  return total;
}

/** The failures and errors that an element declares or has itself, or the suites in it, whichever are more. */
function failedBy(element: Element): number {
  const declared = ['failures', 'errors'].reduce((sum, name) => sum + (wholeNumber(attribute(element, name)) ?? 0), 0);
  const own = ['failure', 'error'].filter((name) => name in element).length;
  return Math.max(
    declared,
    own,
    children(element, 'testsuite').reduce((sum, suite) => sum + failedBy(suite), 0),
  );
}

const commitName =
  /^(?:(?:git|vcs|scm|ci|build|github|gitlab|source)[._-])?(?:commit|revision|sha1?)(?:[._-](?:id|sha|hash|full))?$/i;

function commitsOf(element: Element): readonly string[] {
  return children(element, 'properties')
    .flatMap((properties) => children(properties, 'property'))
    .flatMap((property) => {
      const value = (attribute(property, 'value') ?? text(property)).trim();
      const names = commitName.test(attribute(property, 'name') ?? '');
      return names && /^[0-9a-f]{7,64}$/i.test(value) ? [value.toLowerCase()] : [];
    });
}

/** The parser gives a string for an element without attributes and children. */
function elementOf(value: unknown): Element {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function children(element: Element, name: string): readonly Element[] & { reverse(): Element[] } {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  return Array.isArray(value) ? value.map(elementOf) : [];
}

function attribute(element: Element, name: string): string | undefined {
  const value = element[`@${name}`];
  return typeof value === 'string' && value !== '' ? unescaped(value) : undefined;
}

function text(element: Element): string {
  const value = element['#text'];
  return typeof value === 'string' ? unescaped(value) : '';
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML and character references; nothing else is defined without a document type. */
function unescaped(value: string): string {
  if (!value.includes('&')) return value;
  return value.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hexadecimal, name) => {
    if (typeof name === 'string') return named[name] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function wholeNumber(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : null;
}

/** By the byte order mark, else the declaration, else UTF-8; `null` for what is not in it. */
function decoded(bytes: Uint8Array): string | null {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1];
  // Who can read this declaration byte by byte does not read UTF-16: .NET names what its strings are in.
  const said = declared !== undefined && /^(?:utf-?(?:16|32)|ucs-?[24])/i.test(declared) ? 'utf-8' : declared;
  const marked = head.startsWith('\u00ff\u00fe')
    ? 'utf-16le'
    : head.startsWith('\u00fe\u00ff')
      ? 'utf-16be'
      : undefined;
  try {
    return new TextDecoder(marked ?? said ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function unreadable(detail: string): ParsedReport {
  return { kind: 'unreadable', detail };
}
