/** Tells whether these bytes stand at `at`. */
export function bytesStandAt(bytes: Buffer, at: number, written: Uint8Array): boolean {
  for (let index = 0; index < written.length; index += 1) {
    if (bytes[at + index] !== written[index]) return false;
  }
  return true;
}
