// Compiles assembly/recordScanner.ts into daemon/ingest/vector/scannerBinary.ts, which the repository keeps, so that the
// sources run without a build. `npm run build` does it where the source has changed; `node scripts/compileScanner.mjs` too.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root } from './bootstrap.mjs';

const source = join(root, 'assembly/recordScanner.ts');
const written = join(root, 'daemon/ingest/vector/scannerBinary.ts');
const options = ['--runtime', 'stub', '--enable', 'simd', '--noAssert', '-O3', '--converge'];

/** The text of `scannerBinary.ts` as the compiler makes it now. @returns {Promise<string>} */
export async function compiledScanner() {
  const { main } = await import('assemblyscript/asc');
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-scanner-'));
  try {
    const output = join(folder, 'scanner.wasm');
    const { error, stderr } = await main([
      'assembly/recordScanner.ts',
      '--baseDir',
      root,
      '--outFile',
      output,
      ...options,
    ]);
    if (error !== null) throw new Error(`${stderr.toString()}${error.message}`);
    return textOf(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles the scanner when its source is another than the one of the binary at hand. */
export async function refreshScanner() {
  if (readFileSync(written, 'utf8').includes(sourceHash())) return;
  try {
    writeFileSync(written, await compiledScanner());
  } catch (error) {
    fail(`assembly/recordScanner.ts does not compile:\n${error.message}`);
  }
}

/** Of the source, and of what it is compiled with. */
export function sourceHash() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const compiler = `${devDependencies.assemblyscript} ${options.join(' ')}`;
  return createHash('sha256').update(compiler).update(readFileSync(source)).digest('hex');
}

function textOf(binary) {
  return `// Made of assembly/recordScanner.ts by \`npm run build\`; not written by hand.
// Its source: ${sourceHash()}

/** The scanner in WebAssembly, in base64. */
export const scannerBinary =
  '${binary.toString('base64')}';
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(written, await compiledScanner());
