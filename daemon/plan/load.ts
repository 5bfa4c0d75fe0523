import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { type LoadedPlan, planSchema } from '../protocol/domain/plan.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { crossChecks } from './check.ts';
import { explainIssues } from './explain.ts';
import { type PlanDocument, readDocument } from './planDocument.ts';
import { PlanError, type PlanProblem, pathText } from './problem.ts';

/** No plan written by people is as large; a larger file is an attack or the wrong file. */
const mostBytes = 256 * 1024;
/** Reading as many takes some tenths of a second, for which everything else waits. */
const mostParts = 5000;
const mostProblems = 100;

/**
 * Reads and checks a plan. Reading it runs nothing.
 * @throws {PlanError} with every problem found, each with its line and column.
 */
export function loadPlan(file: string): LoadedPlan {
  return planOfBytes(planBytes(file), file);
}

/**
 * The plan that the bytes of a file are.
 * @throws {PlanError} with every problem found.
 */
export function planOfBytes(bytes: Buffer, file: string): LoadedPlan {
  const text = decode(bytes);
  if (typeof text !== 'string') throw new PlanError('plan-invalid', file, [text]);
  const result = parsePlan(text, file);
  if (result.kind === 'problems') throw new PlanError('plan-invalid', file, result.problems);
  return { ...result.loaded, hash: hashOf(bytes) };
}

type ParsedPlan =
  | { readonly kind: 'plan'; readonly loaded: LoadedPlan }
  | { readonly kind: 'problems'; readonly problems: readonly PlanProblem[] };

/** The newest answers of `parsePlan`: an edit asks for the texts before and after it several times each. */
const parsedLast: { readonly text: string; readonly file: string; readonly parsed: ParsedPlan }[] = [];
const mostKept = 8;

/**
 * Checks the text of a plan; `file` names its place, present or future, and is not read. The hash is of the text's
 * UTF-8 bytes.
 */
export function parsePlan(text: string, file: string): ParsedPlan {
  const absolute = resolve(file);
  const index = parsedLast.findIndex((last) => last.file === absolute && last.text === text);
  const known = index === -1 ? undefined : parsedLast.splice(index, 1)[0];
  const answered = known ?? { text, file: absolute, parsed: parsePlanAnew(text, absolute) };
  if (text.length > mostBytes) return answered.parsed;
  parsedLast.push(answered);
  if (parsedLast.length > mostKept) parsedLast.shift();
  return answered.parsed;
}

function parsePlanAnew(text: string, absolute: string): ParsedPlan {
  const whole = (message: string) => ({ kind: 'problems' as const, problems: [{ ...wholeFile, message }] });
  if (Buffer.byteLength(text) > mostBytes) return whole(tooLarge);
  if (text.includes('\0')) return whole(binary);
  if (partsIn(text) > mostParts) return whole(tooManyParts);
  const document = readDocument(text);
  if (document.problems.length > 0) return problems(document.problems);
  if (document.value === null) return whole('the plan is empty: begin with `version: 1`, or run `rampwatch init`');
  const parsed = planSchema.safeParse(document.value);
  if (!parsed.success) return problems(explainIssues(parsed.error.issues, document));
  const found = crossChecks(parsed.data, document);
  if (found.length > 0) return problems(found);
  return {
    kind: 'plan',
    loaded: {
      plan: parsed.data,
      file: absolute,
      root: dirname(absolute),
      hash: hashOf(Buffer.from(text)),
      lines: linesOf(document),
      text,
    },
  };
}

/** The plans of a folder, `rampwatch.yaml` and `*.rampwatch.yaml`, absolute and sorted; none if it cannot be read. */
export function findPlans(folder: string): readonly string[] {
  const absolute = resolve(folder);
  try {
    return readdirSync(absolute, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /^(?:.+\.)?rampwatch\.yaml$/.test(entry.name))
      .map((entry) => join(absolute, entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** Lines, entries of lists and brackets: what reading takes long for. */
function partsIn(text: string): number {
  return text.match(/[\n,[{]/g)?.length ?? 0;
}

const wholeFile = { line: 1, column: 1, path: '' };
const tooLarge = `larger than ${mostBytes / 1024} KiB: no plan is; check the file's name`;
const tooManyParts = `more than ${mostParts} lines and entries: no plan is; check the file's name`;
const binary = "not a text file: a plan is YAML in UTF-8; check the file's name";

function problems(found: readonly PlanProblem[]): ParsedPlan {
  const sorted = [...found].sort((a, b) => a.line - b.line || a.column - b.column);
  // A message quotes the plan, whose text is untrusted.
  const told = sorted
    .slice(0, mostProblems)
    .map((problem) => ({ ...problem, message: plainText(problem.message, 500) }));
  return { kind: 'problems', problems: told };
}

/** @throws {PlanError} for what cannot be read. */
export function planBytes(file: string): Buffer {
  let descriptor: number | undefined;
  try {
    // A pipe is opened at once and refused: waiting for its writer would hold up every rollback.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw new PlanError('plan-unreadable', `${file} is a folder: name the plan file in it`);
    if (!stat.isFile()) throw new PlanError('plan-unreadable', `${file} is not a regular file: a plan is a YAML file`);
    // One byte more than allowed shows that there is more, whatever size the file reports.
    const buffer = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } catch (error) {
    throw error instanceof PlanError ? error : readError(file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readError(file: string, error: unknown): PlanError {
  const code = errorCode(error) || 'unknown';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new PlanError(
        'plan-not-found',
        `${file}: there is no such plan; check the path, or write one with \`rampwatch init\` or \`rampwatch import GUIDE.md\``,
      );
    case 'EACCES':
    case 'EPERM':
      return new PlanError('plan-unreadable', `${file} may not be read: give yourself read permission (${code})`);
    default:
      return new PlanError('plan-unreadable', `${file} cannot be read (${code}): check the disk and the path`);
  }
}

/** The text, or the reason why there is none. */
function decode(bytes: Buffer): string | PlanProblem {
  if (bytes.length > mostBytes) return { ...wholeFile, message: tooLarge };
  if (bytes.includes(0)) return { ...wholeFile, message: binary };
  try {
    // A byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ...wholeFile, message: 'not UTF-8: save the plan in UTF-8' };
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function linesOf(document: PlanDocument): Record<string, number> {
  const lines: Record<string, number> = Object.create(null);
  for (const [path, { key, value }] of document.placed) {
    if (path !== pathText([])) lines[path] = document.position(key?.from ?? value.from).line;
  }
  return lines;
}
