// `npm test`: installs what is missing, then runs every check and every suite, the real VS Code included, and ends with
// `N passed, N failed`. Each check counts as one test. `npm test -- unit` runs the part of that name only. A test that
// fails is tried once more, and what passed only then is named at the end: it is to be mended, not to be hidden.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { environment, install, node, root, run } from './bootstrap.mjs';

install();

const results = join(root, '.test-results');
mkdirSync(results, { recursive: true });
const bin = (name) => join(root, 'node_modules', '.bin', name);
const only = process.argv.slice(2);

/** A check passes or fails as one; a suite reports its own counts in a JSON file. */
const parts = [
  { name: 'format and lint', kind: 'check', command: [bin('biome'), 'ci', '--error-on-warnings', '.'] },
  { name: 'types', kind: 'check', command: [bin('tsc'), '-b'] },
  { name: 'dead code', kind: 'check', command: [bin('knip'), '--no-progress'] },
  { name: 'build', kind: 'check', command: [node, 'scripts/build.mjs'] },
  // Before the units: the dashboard's page is tested in the same Chromium.
  { name: 'browser and VS Code', kind: 'check', command: [process.execPath, 'scripts/install-vscode.mjs'] },
  {
    name: 'unit',
    kind: 'suite',
    command: [
      bin('vitest'),
      'run',
      '--reporter=default',
      '--reporter=json',
      '--reporter=./test/support/unsteadyReporter.ts',
      '--retry=1',
      '--outputFile.json=.test-results/unit.json',
    ],
    report: 'unit.json',
    count: (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests + failedSuites(report) }),
    unsteady: () => (existsSync(join(results, 'unsteady.json')) ? read('unsteady.json') : []),
  },
  {
    name: 'editor',
    kind: 'suite',
    command: [node, 'test/editor/run.ts', '--again'],
    report: 'editor.json',
    count: (report) => ({ passed: report.passed, failed: report.failed }),
    unsteady: (report) => report.unsteady,
  },
];

let passed = 0;
let failed = 0;
const unsteady = [];
for (const part of parts) {
  if (only.length > 0 && !only.includes(part.name)) continue;
  process.stdout.write(`\n── ${part.name}\n`);
  const outcome = part.kind === 'check' ? runCheck(part) : runSuite(part);
  passed += outcome.passed;
  failed += outcome.failed;
}
if (unsteady.length > 0) process.stdout.write(`\npassed only at the second try:\n  ${unsteady.join('\n  ')}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function runCheck({ command: [program, ...args] }) {
  const status = run(program, args);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A suite that ends badly without a report, or with a report of nothing, is a failure, never a silence. */
function runSuite({ name, command: [program, ...args], report, count, unsteady: named }) {
  const file = join(results, report);
  for (const name of [report, 'unsteady.json']) rmSync(join(results, name), { force: true });
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: environment });
  if (!existsSync(file)) {
    process.stdout.write(`the suite "${name}" wrote no report\n`);
    return { passed: 0, failed: 1 };
  }
  const written = read(report);
  const counts = count(written);
  unsteady.push(...named(written));
  if (status !== 0 && counts.failed === 0) return { passed: counts.passed, failed: 1 };
  return counts.passed + counts.failed === 0 ? { passed: 0, failed: 1 } : counts;
}

function read(report) {
  return JSON.parse(readFileSync(join(results, report), 'utf8'));
}

/** A test file that did not even load has no failed tests of its own. */
function failedSuites(report) {
  return report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
}
