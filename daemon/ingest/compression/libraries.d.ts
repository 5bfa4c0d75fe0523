declare module 'unbzip2-stream/lib/bit_iterator.js' {
  interface Bits {
    (count: number | null): number;
    readonly bytesRead: number;
  }
  function bitIterator(nextBuffer: () => Uint8Array): Bits;
  export = bitIterator;
}

declare module 'unbzip2-stream/lib/bzip2.js' {
  type Bits = ReturnType<typeof import('unbzip2-stream/lib/bit_iterator.js')>;
  const bzip2: {
    /** Size of its blocks in units of 100 000 bytes. */
    header(bits: Bits): number;
    /** Checksum of the stream so far, or `null` at its end. */
    decompress(
      bits: Bits,
      push: (byte: number) => void,
      block: Int32Array,
      size: number,
      checksum: number,
    ): number | null;
  };
  export = bzip2;
}

declare module 'lz4js' {
  const lz4: {
    /** Answers the end of what it has put into `output`. */
    decompressBlock(block: Uint8Array, output: Uint8Array, from: number, length: number, to: number): number;
  };
  export = lz4;
}
