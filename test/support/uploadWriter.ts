import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An application under test: reads its flag from `.env` and appends uploads, a few at a time, until it is stopped. */
export interface UploadWriter {
  /** The share of treatment uploads that fail from now on. */
  failing: number;
  /** Reads the flag before each piece; `false`: keeps its last reading, as a process that was not restarted. */
  heedsFlag: boolean;
  /** The share that it shows without a flag, in per cent; `null`: that of the flag. */
  showing: number | null;
  /** Milliseconds by which its clock is ahead. */
  ahead: number;
  stop(): void;
}

/** `perTurn` uploads each `turn` milliseconds. */
export function startUploads(folder: string, perTurn = 10, turn = 20): UploadWriter {
  let percent = 0;
  let count = 0;
  const writer: UploadWriter = {
    failing: 0,
    heedsFlag: true,
    showing: null,
    ahead: 0,
    stop: () => clearInterval(timer),
  };
  const timer = setInterval(() => {
    if (writer.heedsFlag) percent = writer.showing ?? flagOf(folder);
    let lines = '';
    for (let upload = 0; upload < perTurn; upload += 1) {
      count += 1;
      const isTreatment = (count * 37) % 100 < percent;
      const fails = isTreatment && (count * 17) % 100 < writer.failing * 100;
      const timestamp = new Date(Date.now() + writer.ahead).toISOString();
      lines += `${JSON.stringify({ timestamp, id: count, arm: isTreatment ? 'new' : 'old', ok: !fails, ms: 100 })}\n`;
    }
    appendFileSync(join(folder, 'metrics.jsonl'), lines);
  }, turn);
  return writer;
}

function flagOf(folder: string): number {
  const text = readFileSync(join(folder, '.env'), 'utf8');
  return Number(/^UPLOAD_ROLLOUT=(\d+)/m.exec(text)?.[1] ?? 0);
}
