/** How a file is compressed. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'lz4';

interface CompressionKind {
  /** How the names of its files end. */
  readonly ending: string;
  /** Tells whether a file or one of its members begins like that. */
  begins(head: Uint8Array): boolean;
}

/** So much of a file tells how it is compressed. */
export const compressionHeadSize = 10;

const kinds: Readonly<Record<Compression, CompressionKind>> = {
  gzip: { ending: '.gz', begins: (head) => startsWith(head, [0x1f, 0x8b]) },
  zstd: { ending: '.zst', begins: (head) => startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]) },
  xz: { ending: '.xz', begins: (head) => startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  bzip2: {
    ending: '.bz2',
    // `BZh`, the size of its blocks, and the mark of a block or of the end: text may well begin with `BZh`.
    begins: (head) =>
      startsWith(head, [0x42, 0x5a, 0x68]) &&
      (startsWith(head.subarray(4), [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) ||
        startsWith(head.subarray(4), [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])),
  },
  lz4: { ending: '.lz4', begins: (head) => startsWith(head, [0x04, 0x22, 0x4d, 0x18]) },
};

const compressions = Object.keys(kinds) as readonly Compression[];

/** How the content is compressed that begins like that; `null` when it is not. */
export function compressionOf(head: Uint8Array): Compression | null {
  return compressions.find((compression) => kinds[compression].begins(head)) ?? null;
}

/** Tells whether a file that begins like that is compressed. */
export function isCompressed(head: Buffer): boolean {
  return compressionOf(head) !== null || skippableFrameLength(head) !== null;
}

/** How a file of that name is compressed, if its content does not tell; `null` when it is not. */
export function compressionNamed(name: string): Compression | null {
  return compressions.find((compression) => name.endsWith(kinds[compression].ending)) ?? null;
}

/** The name without what compressing has added to it. */
export function withoutCompression(name: string): string {
  const compression = compressionNamed(name);
  return compression === null ? name : name.slice(0, -kinds[compression].ending.length);
}

/**
 * A frame that zstd and lz4 readers pass over, whatever it holds: its length with its header; `null` when it is none.
 * (zstd compression format, RFC 8878, 3.1.2)
 */
export function skippableFrameLength(head: Buffer): number | null {
  if (head.length < 8 || head.readUInt32LE(0) >>> 4 !== 0x184d2a5) return null;
  return 8 + head.readUInt32LE(4);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
