import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const mostColors = 256;

/**
 * A browser's screenshot with a palette instead of 24 bits a pixel: a third of the bytes. Interfaces have few colours;
 * where they are more than a palette holds, the rarest become their nearest neighbour, the least that is needed.
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decoded(png);
  const counts = new Map<number, number>();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = paletteOf([...counts].toSorted(([, one], [, other]) => other - one).map(([color]) => color));
  const index = new Map([...counts.keys()].map((color) => [color, nearest(color, palette).index]));
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = index.get(pixels[y * width + x] ?? 0) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, a palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The fewest colours, the most frequent first, so that every other is within a distance that is as small as may be. */
function paletteOf(colors: readonly number[]): readonly number[] {
  for (let reach = 0; ; reach += 4) {
    const chosen: number[] = [];
    for (const color of colors) {
      if (chosen.length > 0 && nearest(color, chosen).distance <= reach) continue;
      chosen.push(color);
      if (chosen.length > mostColors) break;
    }
    if (chosen.length <= mostColors) return chosen;
  }
}

/** By the squared distance of red, green and blue. */
function nearest(color: number, palette: readonly number[]): { readonly index: number; readonly distance: number } {
  let found = { index: 0, distance: Number.POSITIVE_INFINITY };
  for (const [index, other] of palette.entries()) {
    const red = (color >> 16) - (other >> 16);
    const green = ((color >> 8) & 255) - ((other >> 8) & 255);
    const blue = (color & 255) - (other & 255);
    const distance = red * red + green * green + blue * blue;
    if (distance < found.distance) found = { index, distance };
    if (distance === 0) break;
  }
  return found;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0xRRGGBB. */
  readonly pixels: Uint32Array;
}

/** @throws Error for anything but 8 bits of red, green and blue, which is all that a browser writes */
function decoded(png: Buffer): Picture {
  const data: Buffer[] = [];
  let header: Buffer = Buffer.alloc(0);
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') header = body;
    if (kind === 'IDAT') data.push(body);
    at += length + 12;
  }
  const [depth, kind, , , interlaced] = header.subarray(8);
  if (depth !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0)
    throw new Error('not a PNG as a browser writes it');
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const size = kind === 6 ? 4 : 3;
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * size, height, size);
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = bytes.readUIntBE(at * size, 3);
  return { width, height, pixels };
}

/** Undoes the filters of the PNG specification, section 9.2. */
function unfiltered(lines: Buffer, stride: number, height: number, size: number): Buffer {
  const bytes = Buffer.alloc(height * stride);
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : (bytes[y * stride + x] ?? 0));
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const [left, above, corner] = [at(x - size, y), at(x, y - 1), at(x - size, y - 1)];
      const expected = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      bytes[y * stride + x] = (lines[y * (stride + 1) + 1 + x] ?? 0) + expected;
    }
  }
  return bytes;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(estimate - value));
  if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left;
  return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner;
}

function chunk(kind: string, body: Buffer): Buffer {
  const framed = Buffer.alloc(body.length + 12);
  framed.writeUInt32BE(body.length, 0);
  framed.write(kind, 4, 'latin1');
  body.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + body.length)), 8 + body.length);
  return framed;
}
