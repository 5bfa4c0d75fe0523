import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The application of the demo: it uploads files, reads its flag from `.env` as it goes, and appends one record per
 * upload to `metrics.jsonl`, in the shape of a real application's records. Seeded, so that every run tells the same
 * story.
 */
export interface DemoApplication {
  /** From now on most asynchronous uploads fail and fall back to the old way, which the record counts as a success. */
  breakAsync(): void;
  readonly uploads: number;
  stop(): void;
}

const turn = 50;
const uploadsPerSecond = 200;

export function startDemoApplication(folder: string): DemoApplication {
  const random = seeded(2911);
  const metrics = join(folder, 'metrics.jsonl');
  let uploads = 0;
  let broken = false;
  let owed = 0;
  let last = Date.now();

  const timer = setInterval(() => {
    const now = Date.now();
    owed += ((now - last) / 1000) * uploadsPerSecond;
    const rollout = readRollout(folder);
    let lines = '';
    for (; owed >= 1; owed -= 1) {
      uploads += 1;
      const at = last + (now - last) * random();
      lines += `${JSON.stringify(upload(at, uploads, random() * 100 < rollout, broken, random))}\n`;
    }
    last = now;
    if (lines !== '') appendFileSync(metrics, lines);
  }, turn);

  return {
    breakAsync: () => {
      broken = true;
    },
    get uploads() {
      return uploads;
    },
    stop: () => clearInterval(timer),
  };
}

/** The flag as the application sees it: the percentage, or nothing while it is off or cannot be read. */
function readRollout(folder: string): number {
  let text: string;
  try {
    text = readFileSync(join(folder, '.env'), 'utf8');
  } catch {
    return 0;
  }
  const enabled = /^ASYNC_UPLOAD_ENABLED=(.*)$/m.exec(text)?.[1]?.trim() === 'true';
  return enabled ? Number(/^ASYNC_UPLOAD_ROLLOUT=(\d+(?:\.\d+)?)/m.exec(text)?.[1] ?? 0) : 0;
}

function upload(at: number, count: number, asynchronous: boolean, broken: boolean, random: () => number): object {
  const size = Math.exp(random() * 4);
  const wait = (300 + size * 40) * (0.7 + random() * 0.6);
  const rescued = asynchronous && broken && random() < 0.6;
  const lost = !asynchronous && random() < 0.002;
  return {
    execution_type: rescued ? 'sync_fallback' : asynchronous ? 'async' : 'sync',
    success: !lost,
    duration_ms: Number((rescued ? wait * 3 : asynchronous ? wait * 0.8 : wait).toFixed(3)),
    timestamp: new Date(at).toISOString().replace('Z', '000'),
    error_type: lost ? 'ConnectionError' : null,
    fallback_used: rescued,
    file_size_mb: Number(size.toFixed(2)),
    provider: random() < 0.5 ? 'kimi' : 'glm',
    request_id: `request-${String(count).padStart(6, '0')}`,
  };
}

/** A small generator (mulberry32), so that the demo needs no library to be the same twice. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
