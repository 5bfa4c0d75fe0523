// `npm run fuzz [-- LINES]`: two million mutated lines, or so many as are named, read by the compiled scanner, byte by byte
// and by JSON.parse: the same observations, rejects and offsets; the scanner is compiled anew beside that. A part of them, from the same seeds, is in `npm test`.
import { join } from 'node:path';
import { environment, install, node, root, run } from './bootstrap.mjs';

install();
const tests = ['test/ingest/formats/flatJson.test.ts', 'test/ingest/vector/rowScanner.test.ts'];
const [lines = '2000000'] = process.argv.slice(2);
process.exit(
  run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...tests, '-t', 'mutated lines|compiled anew'], {
    env: { ...environment, RAMPWATCH_FUZZ_LINES: lines },
  }),
);
