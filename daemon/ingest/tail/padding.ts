import type { WallTime } from '../../protocol/domain/units.ts';
import type { Generation } from './generation.ts';

/** Looks whether something fills the NUL bytes in which a file ends, whatever its times say. */
export async function lookAtPadding(generation: Generation, now: WallTime): Promise<void> {
  const { content, readiness } = generation;
  if (content === null || readiness.kind !== 'held' || readiness.paddedFrom === null) return;
  const byte = Buffer.alloc(1);
  await content.read(readiness.paddedFrom, byte);
  if (byte[0] === 0) return;
  if (generation.position.standing === 'finished') generation.change({ standing: 'reading' });
  generation.readiness = { kind: 'ready' };
  generation.quietSince = now;
}
