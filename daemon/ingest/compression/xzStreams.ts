import xz from 'xz-decompress';
import { type Damage, DamagedFile } from './damage.ts';
import type { FileBytes } from './fileBytes.ts';

/** Sizes of the library's buffers are its own; a dictionary of 64 MiB is what `xz -9` writes. */
const mostMemory = 256 * 1024 * 1024;
/** The answers of xz-embedded. */
const answer = { ok: 0, streamEnd: 1, wrongMagic: 5, unknownOptions: 6, noProgress: 8 } as const;

interface XzModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, length: number): void;
  get_next_output(context: number): number;
}

/**
 * All streams of an xz file from `start` on, and its padding; answers where the file ends. The library's own stream decodes
 * one file at a time in the whole process, and a second one waits for the first to end: each file gets a module of its own.
 */
export async function* xzStreams(file: FileBytes, start: number): AsyncGenerator<Buffer, number> {
  const module = await newModule();
  const context = module.create_context();
  const field = (index: number): number => new DataView(module.memory.buffer, context).getUint32(4 * index, true);
  const setField = (index: number, value: number): void =>
    new DataView(module.memory.buffer, context).setUint32(4 * index, value, true);
  const size = field(contextField.bufferSize);
  let at = start;
  try {
    for (;;) {
      let isAtEnd = false;
      if (field(contextField.inputPosition) === field(contextField.inputSize)) {
        const piece = await file.at(at, size);
        isAtEnd = piece.length === 0;
        at += piece.length;
        new Uint8Array(module.memory.buffer, field(contextField.input)).set(piece);
        module.supply_input(context, piece.length);
      }
      const result = module.get_next_output(context);
      if (module.memory.buffer.byteLength > mostMemory) throw new DamagedFile('Z_TOO_LARGE', 'xz');
      const length = field(contextField.outputPosition);
      const output = Buffer.from(new Uint8Array(module.memory.buffer, field(contextField.output), length));
      setField(contextField.outputPosition, 0);
      if (length > 0) yield output;
      if (result === answer.streamEnd) return at;
      const damage = damageOf(result, isAtEnd && length === 0);
      if (damage !== null) throw new DamagedFile(damage, 'xz');
    }
  } finally {
    module.destroy_context(context);
  }
}

function damageOf(result: number, isStuck: boolean): Damage | null {
  switch (result) {
    case answer.ok:
    case answer.noProgress:
      return isStuck ? 'Z_ENDS_EARLY' : null;
    // The first stream has begun as one: this is behind the last.
    case answer.wrongMagic:
      return 'Z_TRAILING_GARBAGE';
    case answer.unknownOptions:
      return 'Z_UNKNOWN_OPTIONS';
    default:
      return 'Z_CORRUPT';
  }
}

/** Where the library's context keeps what it shares, in words of 32 bits. */
const contextField = {
  bufferSize: 0,
  input: 1,
  inputPosition: 2,
  inputSize: 3,
  output: 4,
  outputPosition: 5,
} as const;

/** The part of the library that makes a module anew each time; its types leave it out. */
const library = xz.XzReadableStream as unknown as {
  _getModuleInstance(): Promise<void>;
  readonly _moduleInstance: { readonly exports: XzModule };
};

async function newModule(): Promise<XzModule> {
  await library._getModuleInstance();
  return library._moduleInstance.exports;
}
