import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** The text of one file of a ZIP archive (PKWARE APPNOTE 6.3, sections 4.3.7 and 4.3.12); throws when it is not there. */
export function zipEntry(archive: string, name: string): string {
  const bytes = readFileSync(archive);
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const start = at + 46;
    if (bytes.toString('utf8', start, start + (nameLength ?? 0)) === name) {
      const header = bytes.readUInt32LE(at + 42);
      const data = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      const content = bytes.subarray(data, data + bytes.readUInt32LE(at + 20));
      return (bytes.readUInt16LE(at + 10) === 0 ? content : inflateRawSync(content)).toString('utf8');
    }
    at = start + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  throw new Error(`${archive} holds no ${name}`);
}
