import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Guide } from '../../daemon/guide/guide.ts';
import { Picks } from '../../daemon/guide/picks.ts';
import { readLadder, Scopes, type Situated } from '../../daemon/guide/rules/ladder.ts';
import { Findings } from '../../daemon/guide/text/findings.ts';
import { readPassages } from '../../daemon/guide/text/markdown.ts';
import type { GuideFile } from '../../daemon/guide/text/readGuide.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';

export const fixtures = resolve(import.meta.dirname, '../fixtures/guides');
/** Small guides, each with what it says in `NAME.right.yaml`. */
export const answered = resolve(fixtures, 'right');

export function fixtureGuide(name: string): GuideFile {
  return { name, bytes: readFileSync(resolve(fixtures, name)) };
}

export function guideOf(text: string, name = 'GUIDE.md'): GuideFile {
  return { name, bytes: new TextEncoder().encode(text) };
}

/** A guide as the rules read it. */
export function situated(text: string): Situated {
  const findings = new Findings();
  const guide = new Guide(readPassages({ file: 'GUIDE.md', text }, 0, findings), findings);
  const ladder = readLadder(guide, new Picks([]));
  return { guide, ladder, scopes: new Scopes(guide, ladder) };
}

/** A plan as its reader completes it: without a source that a guide names, one has to be written first. */
export function completed(yaml: string): LoadedPlan {
  const whole = yaml.replace(
    /^# fill in: the guide names no file[^\n]*\n((?:# (?:sources:| {2}).*\n)+)/m,
    (_, lines: string) => lines.replaceAll(/^# /gm, ''),
  );
  const parsed = parsePlan(whole, 'rampwatch.yaml');
  if (parsed.kind === 'problems')
    throw new Error(`${parsed.problems.map(({ message }) => message).join('\n')}\n${yaml}`);
  return parsed.loaded;
}

export const master = 'MASTER_EXECUTION_GUIDE.md';
export const mojibake = 'MASTER_EXECUTION_GUIDE.mojibake.md';
export const weekOne = 'WEEK1_DETAILED_EXECUTION_PLAN.md';
