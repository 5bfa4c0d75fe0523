import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a suite with the registry into one CommonJS module, as the extension host loads it by path, and returns that
 * path: `<repository>/dist/test/editor/<suite>.cjs`.
 */
export async function bundleSuite(suiteFile: string, repository: string): Promise<string> {
  const name = basename(suiteFile, '.ts');
  const outfile = join(repository, 'dist/test/editor', `${name}.cjs`);
  await build({
    stdin: {
      contents: `import './${name}.ts'; export { runRegistered as run } from '../launch/in-host.ts';`,
      resolveDir: dirname(suiteFile),
      sourcefile: `${name}-entry.ts`,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
    sourcemap: 'linked',
    logLevel: 'silent',
  });
  return outfile;
}

/**
 * Replaces positions in the bundle by positions in the sources (relative to the repository), and drops the frames of
 * the registry itself. The extension host makes its own stack traces, so its Node cannot do it.
 */
export async function inSources(text: string, outfile: string, repository: string): Promise<string> {
  const map = new SourceMap(JSON.parse(await readFile(`${outfile}.map`, 'utf8')));
  const mapped = text.split('\n').map((line) => {
    const at = line.indexOf(`${outfile}:`);
    if (at === -1) return line;
    const [row, column] = line.slice(at + outfile.length + 1).split(':', 2);
    const origin = map.findOrigin(Number(row), Number.parseInt(column ?? '1', 10));
    if (!('fileName' in origin)) return line;
    const source = relative(repository, resolve(dirname(outfile), origin.fileName));
    return source.startsWith('test/editor/launch') ? undefined : `    at ${source}:${origin.lineNumber}`;
  });
  return mapped.filter((line) => line !== undefined).join('\n');
}
