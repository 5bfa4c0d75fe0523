/** A plan to start from: small, complete, and valid once its file names are the project's own. */
export const starterPlan = `# Rampwatch watches this rollout; \`rampwatch lint\` checks this file.
version: 1
id: my-rollout
name: My rollout
timezone: UTC

# What the application writes: one JSON record per line.
sources:
  - file: logs/metrics.jsonl
    format: jsonl
    time: { field: timestamp, zone: UTC }
    fresh: 15m

# Which records are the new way and which the old.
arms:
  treatment: { variant: new }
  control: { variant: old }

measures:
  success_rate: { share: { success: true } }
  uploads: { count: treatment }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }

baseline: { control: concurrent }

stages:
  - { id: one, percent: 1, soak: 24h, gate: ["success_rate >= 99%", "uploads >= 500"] }
  - { id: ten, percent: 10, soak: 24h, gate: ["success_rate >= 99%", "latency <= 110% of baseline", "uploads >= 500"] }
  - { id: fifty, percent: 50, soak: 24h, gate: ["success_rate >= 99%", "latency <= 110% of baseline"] }
  - { id: full, percent: 100, soak: 24h, gate: ["success_rate >= 99%"] }

triggers:
  - { id: low-success, when: "success_rate < 95%", over: 5m, min: 20, then: rollback, rule: proven }

# What Rampwatch sets, and sets back.
flag:
  dotenv: .env
  set: { MY_ROLLOUT_ENABLED: "\${enabled}", MY_ROLLOUT_PERCENT: "\${percent}" }
`;
