/** A rollout whose application is `startUploads`: three stages, one rollback trigger, a flag. */
export const smallPlan = `version: 1
id: uploads
sources: [{ file: metrics.jsonl, fresh: 10s }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment } }
stages:
  - { id: off, percent: 0 }
  - { id: half, percent: 50, gate: ["ok >= 90%", "uploads >= 20"] }
  - { id: full, percent: 100, soak: 1h }
triggers: [{ id: failing, when: "ok < 80%", over: 10s, min: 20, then: rollback, rule: literal, within: 1m }]
checklists: [{ id: before, title: Before, items: [Read the docs, Tell the team] }]
flag:
  dotenv: .env
  set: { UPLOAD_ENABLED: "\${enabled}", UPLOAD_ROLLOUT: "\${percent}" }
`;

export const flagOff = 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=0\n';
export const flagHalf = 'UPLOAD_ENABLED=true\nUPLOAD_ROLLOUT=50\n';
