interface PlanOver {
  readonly mode?: 'manual' | 'auto';
  readonly soak?: string;
  /** Lines of YAML instead of the plan's own triggers. */
  readonly triggers?: string;
  /** Top-level keys that the plan has beside the others. */
  readonly more?: string;
}

const ownTriggers = `  - { id: low-success, when: "success_rate < 95%", over: 5s, min: 20, then: rollback, rule: literal, within: 30s }
  - { id: slow, when: "latency > 150% of baseline", over: 10s, then: review }
`;

/** A rollout whose stages last seconds, for a real daemon under test; `startUploadingApplication` is its application. */
export function uploadsPlan(over: PlanOver = {}): string {
  const soak = over.soak ?? '2s';
  return `version: 1
id: uploads
name: Async upload rollout
sources:
  - { file: metrics.jsonl, fresh: 15s }
arms:
  treatment: { variant: new }
  control: { variant: old }
measures:
  success_rate: { share: { success: true } }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }
  uploads: { count: treatment }
baseline: { control: concurrent }
stages:
  - { id: one, percent: 1, soak: ${soak}, gate: ["success_rate >= 99%", "uploads >= 3"] }
  - { id: ten, percent: 10, soak: ${soak}, gate: ["success_rate >= 99%", "latency <= 110% of baseline", "uploads >= 20"] }
  - { id: fifty, percent: 50, soak: ${soak}, gate: ["success_rate >= 99%", "latency <= 110% of baseline", "uploads >= 100"] }
  - { id: full, percent: 100, soak: ${soak}, gate: ["success_rate >= 99%"] }
advance: { mode: ${over.mode ?? 'manual'} }
triggers:
${over.triggers ?? ownTriggers}flag:
  dotenv: .env
  set: { UPLOADS_NEW: "\${enabled}", UPLOADS_PERCENT: "\${percent}" }
  proof: { share: treatment, within: 30s }
${over.more ?? ''}`;
}

export const uploadsEnvironment = `# Read by the application as it goes.
UPLOADS_NEW=false
UPLOADS_PERCENT=0 # of all uploads
`;
