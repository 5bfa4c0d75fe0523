import { parse } from 'yaml';
import { type Plan, planSchema } from '../../daemon/protocol/domain/plan.ts';

const written = `
version: 1
id: async-upload
timezone: UTC
sources:
  - file: logs/metrics.jsonl
    format: jsonl
    time: { field: timestamp, zone: UTC }
    ignore: { event_type: any }
    stage_event: { match: { event_type: rollout_stage }, percent: percentage }
    fresh: 15m
  - file: logs/*.log
    format: text
arms:
  treatment: { execution_type: [async, sync_fallback] }
  control:   { execution_type: sync }
measures:
  success_rate: { share: { success: true, fallback_used: false } }
  error_rate:   { share_not: success_rate }
  uploads:      { count: treatment }
  latency:      { quantile: 0.95, field: duration_ms, unit: ms }
  memory:       { gauge: rss, process: { pid_file: run/app.pid }, unit: MiB }
  file_size:    { gauge: file_size_mb, unit: MB }
  critical_errors: { lines: [CRITICAL, FATAL], source: "*.log" }
  complaints:   { signal: complaint }
baseline: { control: concurrent, otherwise: { window: [2025-10-31T12:00Z, 2025-11-01T12:00Z] } }
stages:
  - { id: off, percent: 0, soak: 24h, gate: ["critical_errors == 0"] }
  - id: one
    percent: 1
    soak: 48h
    gate: ["success_rate >= 99.5%", "error_rate <= 0.5%", "latency <= 110% of baseline", "uploads >= 100"]
  - { id: ten, percent: 10, soak: 48h, gate: ["success_rate >= 99%", "uploads >= 500"] }
  - { id: fifty, percent: 50, soak: 48h, gate: ["success_rate >= 98.5%", "uploads >= 2000"] }
  - { id: full, percent: 100, soak: 48h, gate: ["success_rate >= 98%", "uploads >= 5000"] }
triggers:
  - { id: low-success, when: "success_rate < 95%", over: 5m, min: 20, then: rollback, rule: literal, also: sequential }
  - { id: error-rate,  when: "error_rate > 5%",    over: 5m, min: 20, then: rollback, rule: literal }
  - { id: critical,    when: "critical_errors > 0", over: 5m, then: rollback }
  - { id: memory,      when: "memory > 120% of baseline", over: 5m, then: rollback }
  - { id: sagging,     when: "success_rate < 97%", over: 30m, for: 30m, then: review }
  - { id: slow,        when: "latency > 120% of baseline", over: 30m, for: 30m, then: review }
flag:
  dotenv: .env
  set: { ASYNC_UPLOAD_ROLLOUT: "\${percent}" }
  proof: { share: treatment, within: 10m }
`;

/** The parts of the plan above that judging needs; `changes`, written in YAML, replace whole top-level parts. */
export function uploadPlan(changes = ''): Plan {
  return planSchema.parse({ ...parse(written), ...parse(changes) });
}
