import type { Compression } from './compression.ts';

export type Damage = 'Z_ENDS_EARLY' | 'Z_CORRUPT' | 'Z_TRAILING_GARBAGE' | 'Z_TOO_LARGE' | 'Z_UNKNOWN_OPTIONS';

/** A compressed file cannot be read on; what stands before that has been read. */
export class DamagedFile extends Error {
  readonly code: Damage;
  readonly compression: Compression;

  constructor(code: Damage, compression: Compression) {
    super(code);
    this.code = code;
    this.compression = compression;
  }
}

/** A program by which a person tests such a file. */
const testedBy: Readonly<Record<Compression, string>> = {
  gzip: 'gzip -t',
  zstd: 'zstd -t',
  xz: 'xz -t',
  bzip2: 'bzip2 -t',
  lz4: 'lz4 -t',
};

/** One line about a file that is damaged at its very beginning. */
export function whollyDamagedText(path: string, { compression }: DamagedFile): string {
  return `${path} is a damaged ${compression} file of which nothing can be read; fetch it again (${testedBy[compression]} tests it)`;
}

/** One line about the file: what is wrong with it, and what to do. */
export function damageText(path: string, { code, compression }: DamagedFile): string {
  const test = `(${testedBy[compression]} tests it)`;
  switch (code) {
    case 'Z_ENDS_EARLY':
      return `${path} ends too early; what it holds before that is read ${test}`;
    case 'Z_CORRUPT':
      return `${path} is not a sound ${compression} file; what it holds behind the damage is not read ${test}`;
    case 'Z_TRAILING_GARBAGE':
      return `${path} goes on behind its ${compression} content with something else, which is not read ${test}`;
    case 'Z_UNKNOWN_OPTIONS':
      return `${path} is compressed with options of ${compression} that are not read; compress it with the usual ones, or unpack it`;
    case 'Z_TOO_LARGE':
      return `${path} needs too much memory to be decompressed; compress it with a smaller window, or unpack it`;
  }
}
