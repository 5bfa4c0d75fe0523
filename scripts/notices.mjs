// The licences of all packages of npm that are in the bundles: `dist/THIRD_PARTY_NOTICES.txt`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

/**
 * @param {Iterable<string>} inputs the files that esbuild read, relative to the repository
 * @returns {string}
 */
export function noticesOf(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const notices = [...folders].map(noticeOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const head = `Rampwatch contains these ${notices.length} packages, each under its own licence.\n`;
  return [head, ...notices.map(({ text }) => text)].join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} folder */
function noticeOf(folder) {
  const place = join(root, folder);
  const { name, version, license, author, repository } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder} says no licence: it may not be bundled`);
  const file = readdirSync(place).find((each) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(each));
  const url = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const by = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  const words =
    file === undefined
      ? `The package holds no licence file. Its package.json says: ${license}, by ${by}.`
      : readFileSync(join(place, file), 'utf8').trim();
  return { name, text: `${name} ${version} (${license})${url === '' ? '' : `\n${url}`}\n\n${words}\n` };
}
