import { gzipSync } from 'node:zlib';

/** A file of an archive: a short ASCII path, and its bytes. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

const block = 512;

/**
 * A gzipped tar (POSIX.1-1988 ustar) with nothing in it that differs between two makings: one time for all files, owner
 * and group 0, mode 0600, and no time or operating system in the gzip header (RFC 1952, 2.3).
 *
 * @param folder the one folder that all files lie in
 * @param at of every file, in milliseconds since the epoch
 */
export function tarGzip(folder: string, files: readonly TarFile[], at: number): Buffer {
  const seconds = Math.max(0, Math.floor(at / 1000));
  const parts = [header(`${folder}/`, 0, seconds, 'folder')];
  const folders = new Set<string>();
  for (const { path, content } of files) {
    const slash = path.lastIndexOf('/');
    const below = path.slice(0, slash + 1);
    if (slash !== -1 && !folders.has(below)) {
      folders.add(below);
      parts.push(header(`${folder}/${below}`, 0, seconds, 'folder'));
    }
    parts.push(header(`${folder}/${path}`, content.length, seconds, 'file'), content, padding(content.length));
  }
  parts.push(Buffer.alloc(2 * block));
  const gzipped = gzipSync(Buffer.concat(parts), { level: 9 });
  // The ninth byte names the system: 255 is "unknown".
  gzipped.fill(0, 4, 8);
  gzipped[9] = 255;
  return gzipped;
}

function header(path: string, size: number, seconds: number, kind: 'file' | 'folder'): Buffer {
  const { name, prefix } = splitPath(path);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    bytes.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'ascii');
  bytes.write(name, 0, 100, 'ascii');
  octal(kind === 'folder' ? 0o700 : 0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(seconds, 136, 12);
  bytes.fill(' ', 148, 156);
  bytes.write(kind === 'folder' ? '5' : '0', 156, 'ascii');
  bytes.write('ustar\x0000', 257, 'ascii');
  bytes.write(prefix, 345, 155, 'ascii');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return bytes;
}

/** A name of at most 100 bytes, and up to 155 more before a slash. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (path.length <= 100) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const name = path.slice(slash + 1);
    if (slash <= 155 && name.length > 0 && name.length <= 100) return { name, prefix: path.slice(0, slash) };
  }
  throw new RangeError(`${path} is too long for an archive`);
}

function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}
