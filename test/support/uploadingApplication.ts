import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The application of a workspace under test: it reads its share from `.env` as it goes and appends one record per
 * upload to `metrics.jsonl`. Which uploads go the new way and which fail is counted out, so that nothing is by chance.
 */
export interface UploadingApplication {
  /** Every n-th upload of the new way fails from now on; 0: none. */
  failEvery(n: number): void;
  /** Writes nothing from now on, as an application that hangs. */
  pause(paused: boolean): void;
  /** Keeps the share that it has from now on, as an application that reads its flag seldom. */
  keepShare(kept: boolean): void;
  stop(): void;
}

export function startUploadingApplication(folder: string, uploadsPerSecond = 100): UploadingApplication {
  const metrics = join(folder, 'metrics.jsonl');
  let owed = 0;
  let treatmentOwed = 0;
  let last = Date.now();
  let count = 0;
  let treated = 0;
  let failing = 0;
  let paused = false;
  let keptShare: number | undefined;
  const timer = setInterval(() => {
    const now = Date.now();
    if (!paused) owed += ((now - last) / 1000) * uploadsPerSecond;
    last = now;
    const share = keptShare ?? readShare(folder);
    let lines = '';
    for (; owed >= 1; owed -= 1) {
      count += 1;
      treatmentOwed += share;
      const isTreatment = treatmentOwed >= 1;
      if (isTreatment) {
        treatmentOwed -= 1;
        treated += 1;
      }
      const fails = isTreatment && failing > 0 && treated % failing === 0;
      const duration = (isTreatment ? 820 : 870) + (count % 40);
      lines += `${JSON.stringify({
        timestamp: new Date(now).toISOString(),
        variant: isTreatment ? 'new' : 'old',
        success: !fails,
        duration_ms: duration,
        request_id: `request-${count}`,
        ...(fails && { error }),
      })}\n`;
    }
    if (lines !== '') appendFileSync(metrics, lines);
  }, 50);
  return {
    failEvery: (n) => {
      failing = n;
    },
    pause: (value) => {
      paused = value;
    },
    keepShare: (kept) => {
      keptShare = kept ? readShare(folder) : undefined;
    },
    stop: () => clearInterval(timer),
  };
}

/** As the application throws it, on the machine where it runs. */
const error = {
  type: 'UploadError',
  stack:
    'UploadError: no part of that number\n    at send (file:///srv/app/src/upload.mjs:2:9)\n    at node:internal/a:1:1',
};

/** 0 to 1; 0 while the flag is off or cannot be read. */
function readShare(folder: string): number {
  try {
    const text = readFileSync(join(folder, '.env'), 'utf8');
    if (!/^UPLOADS_NEW=true/m.test(text)) return 0;
    return Number(/^UPLOADS_PERCENT=([\d.]+)/m.exec(text)?.[1] ?? 0) / 100;
  } catch {
    return 0;
  }
}
