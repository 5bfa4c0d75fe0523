import { closeSync, openSync, writeSync } from 'node:fs';

const day = 86_400_000;
const start = Date.parse('2025-10-29T00:00:00Z');
const providers = ['kimi', 'openai', 'anthropic', 'gemini', 'local'] as const;
const errors = ['TimeoutError', 'ConnectionError', 'RateLimitError', 'ValueError', 'HTTPError'] as const;
/** The mean length of a line, so that the records of any size fill the same day. */
const meanLine = 237;

/**
 * The metrics of an application that writes them with Python's `json.dumps`: a day of uploads, and half an hour of it in
 * which six times as many fail. One record in a thousand has another key order, one in five hundred escapes, nested
 * objects or the text of another record in a string, one in two thousand is another event. Event times are in order and
 * all different, so that "the window of a record" is the same for whoever judges. Seeded: a size gives the same bytes.
 * @returns how many lines.
 */
export function writeGeneratedLog(file: string, size: number): number {
  const descriptor = openSync(file, 'w');
  const random = randomNumbers(42);
  const spacing = day / (size / meanLine);
  let lines = 0;
  let written = 0;
  let text = '';
  while (written + text.length < size) {
    const elapsed = lines * spacing + random() * spacing * 0.9;
    text += `${recordText(lines, elapsed, random)}\n`;
    lines += 1;
    if (text.length < 1 << 20) continue;
    writeSync(descriptor, text);
    written += text.length;
    text = '';
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
  return lines;
}

function recordText(index: number, elapsed: number, random: () => number): string {
  const timestamp = stampText(elapsed);
  if (random() < 0.0005) {
    return `{"timestamp": "${timestamp}", "event_type": "health_check", "percentage": 50, "metrics": {"success_rate": 0.97, "duration_ms": 1.5, "total_executions": ${index}}}`;
  }
  const isTreatment = random() < 0.65;
  const isRescued = isTreatment && random() < 0.006;
  const hour = elapsed / 3_600_000;
  const failing = (isTreatment ? 0.012 : 0.02) * (isTreatment && hour > 13 && hour < 13.5 ? 6 : 1);
  const succeeds = random() >= failing;
  const error = succeeds ? 'null' : `"${errors[Math.floor(random() * errors.length)]}"`;
  const duration = error === '"TimeoutError"' ? 30_000 + random() * 50 : Math.exp(4.2 + 2.4 * random() * random()) * 2;
  const members = [
    `"execution_type": "${isRescued ? 'sync_fallback' : isTreatment ? 'async' : 'sync'}"`,
    `"success": ${succeeds}`,
    `"duration_ms": ${duration}`,
    `"timestamp": "${timestamp}"`,
    `"error_type": ${error}`,
    `"fallback_used": ${isRescued}`,
    `"file_size_mb": ${(random() * 12).toFixed(random() < 0.5 ? 1 : 2)}`,
    `"provider": "${providers[Math.floor(random() * providers.length)]}"`,
  ];
  const odd = random();
  let request = `req-${String(index).padStart(6, '0')}`;
  if (odd < 0.001) members.reverse();
  else if (odd < 0.002) {
    members.push('"error_message": "upstream said \\"no\\" \\\\ path C:\\\\tmp\\n caf\\u00e9"');
    members.push('"ctx": {"success": false, "duration_ms": -1}');
  } else if (odd < 0.0025) request = `req-\\u2603-${index}`;
  else if (odd < 0.003) {
    members.unshift('"note": "{\\"execution_type\\": \\"sync\\", \\"success\\": false, \\"timestamp\\": \\"1999"');
  }
  return `{${[...members, `"request_id": "${request}"`].join(', ')}}`;
}

/** As Python writes it: microseconds, and no zone. */
function stampText(elapsed: number): string {
  const millisecond = Math.floor(elapsed);
  const text = new Date(start + millisecond).toISOString().slice(0, -1);
  return `${text}${String(Math.floor((elapsed - millisecond) * 1000)).padStart(3, '0')}`;
}

/** Numbers in [0, 1): a linear congruential generator (Numerical Recipes). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
