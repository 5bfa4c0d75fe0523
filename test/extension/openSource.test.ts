import { describe, expect, it } from 'vitest';
import { openSample } from './openSample.ts';

const at = (file: string, line: number) => ({ source: { file, line } });

function opened(...files: readonly string[]) {
  return openSample((mock) => {
    mock.files = files.map((file) => `/work/shop/${file}`);
  });
}

describe('Open Source at Line', () => {
  it('refuses, in one line, a file that the workspace does not have, and what is no place', async () => {
    const { mock } = opened('src/a.mjs');
    await mock.run('rampwatch.openSourceAtLine', at('checkoutV2.mjs', 9));
    expect(mock.shown.at(-1)).toContain('no file of this workspace is named checkoutV2.mjs');
    for (const wrong of [undefined, at('', 9), at('a.mjs', 0), { source: { file: 'a.mjs', line: 1, more: 1 } }]) {
      await mock.run('rampwatch.openSourceAtLine', wrong);
      expect(mock.shown.at(-1)).toContain('there is no place in a source to open');
    }
  });
});
