import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { kinds, type Score, scoreGuide, unwantedRollbacks } from '../../test/support/guideScore.ts';

/**
 * `npm run bench:guides FOLDER`: imports each `NAME.md` of a folder and compares the plan with `NAME.right.yaml`, what the guide says.
 * An answer names the kinds that it is about (`stages`, `triggers`, …); only these are counted.
 */
const [folder, ...options] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('name a folder of guides with their right values: npm run bench:guides FOLDER\n');
  process.exit(2);
}
const told = options.includes('--all');
const sums = new Map<string, { right: number; wrong: number; missed: number }>();
let unwanted = 0;

for (const file of readdirSync(resolve(folder)).sort()) {
  if (!file.endsWith('.right.yaml')) continue;
  const name = file.replace('.right.yaml', '.md');
  const score = scoreGuide(imported(name), readFileSync(join(folder, file), 'utf8'));
  unwanted += unwantedRollbacks(score);
  const lines: string[] = [];
  for (const kind of kinds) {
    const { right, wrong, missed }: Score = score.get(kind) ?? { right: [], wrong: [], missed: [] };
    const sum = sums.get(kind) ?? { right: 0, wrong: 0, missed: 0 };
    sums.set(kind, {
      right: sum.right + right.length,
      wrong: sum.wrong + wrong.length,
      missed: sum.missed + missed.length,
    });
    lines.push(
      ...wrong.map((each) => `    wrong, ${kind}: ${each}`),
      ...missed.map((each) => `    missed, ${kind}: ${each}`),
    );
  }
  if (lines.length > 0 || told) process.stdout.write(`${name}\n${lines.map((line) => `${line}\n`).join('')}`);
}

const all = { right: 0, wrong: 0, missed: 0 };
process.stdout.write('\nkind        right  wrong  missed  precision  recall\n');
for (const [kind, sum] of sums) {
  print(kind, sum);
  all.right += sum.right;
  all.wrong += sum.wrong;
  all.missed += sum.missed;
}
print('all', all);
process.stdout.write(`rollbacks that no guide asks for: ${unwanted}\n`);

function print(kind: string, { right, wrong, missed }: typeof all): void {
  const cell = (value: number, width: number) => String(value).padStart(width);
  const share = (part: number, whole: number) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);
  process.stdout.write(
    `${kind.padEnd(11)}${cell(right, 6)}${cell(wrong, 7)}${cell(missed, 8)}${share(right, right + wrong).padStart(11)}${share(right, right + missed).padStart(8)}\n`,
  );
}

function imported(name: string): string | undefined {
  try {
    return importGuides([{ name, bytes: readFileSync(join(folder ?? '', name)) }]).proposal;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
