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
      ? `The package holds no licence file. Its package.json says: ${license}, by ${by}.\n\n${textOf(license, folder)}`
      : readFileSync(join(place, file), 'utf8').trim();
  return { name, text: `${name} ${version} (${license})${url === '' ? '' : `\n${url}`}\n\n${words}\n` };
}

/**
 * @param {string} license
 * @param {string} folder
 */
function textOf(license, folder) {
  const text = texts[license];
  if (text === undefined)
    throw new Error(`${folder} holds no text of its licence ${license}: write it into scripts/notices.mjs`);
  return text;
}

/**
 * Texts of https://spdx.org/licenses, which go with every copy, also of a package that does not hold its own.
 * @type {Record<string, string>}
 */
const texts = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
  ISC: `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
};
