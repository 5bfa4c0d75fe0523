import { closeSync, openSync, writeSync } from 'node:fs';

/** A metrics file in the shape of a real application's records: `count` uploads, ten a second, seeded. */
export function writeRecords(file: string, count: number, end: number): void {
  const descriptor = openSync(file, 'w');
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const start = end - count * 100;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const treatment = random() < 0.5;
    const rescued = treatment && random() < 0.004;
    const at = new Date(start + index * 100).toISOString().replace('Z', '123');
    text += `{"execution_type": "${rescued ? 'sync_fallback' : treatment ? 'async' : 'sync'}", "success": ${random() > 0.003}, "duration_ms": ${200 + random() * 2000}, "timestamp": "${at}", "error_type": null, "fallback_used": ${rescued}, "file_size_mb": ${(random() * 50).toFixed(2)}, "provider": "${random() < 0.5 ? 'kimi' : 'glm'}", "request_id": "request-11-${String(index).padStart(7, '0')}"}\n`;
    if (text.length > 1 << 20) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
}
