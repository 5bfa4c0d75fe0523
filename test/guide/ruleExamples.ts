/** Rule → guides and what it reads in them, and guides that look alike and say nothing of the kind. */
export interface RuleExamples {
  readonly examples: readonly (readonly [guide: string, ...says: string[]])[];
  readonly counterExamples: readonly string[];
}

export const ruleExamples: Readonly<Record<string, RuleExamples>> = {
  'a stage with its share': {
    examples: [
      ['- Stage 1: 10 % of shops for 24 h, then 100 %', 'stage 10 %', 'stage 100 %'],
      ['## Phase 2 (25 % traffic)', 'stage 25 %'],
      ['## Stufe 3: 50 % der Nutzer', 'stage 50 %'],
      ['- 阶段一：10% 流量，观察 1 小时', 'stage 10 %'],
    ],
    counterExamples: ['- Phase 1 error rate below 5 %', '- Step 2: reduction of 30 %', '- Phase 1: 80 % test coverage'],
  },
  'a table of stages': {
    examples: [
      ['| Stage | Gate |\n|---|---|\n| 5 % | x |\n| 50 % | y |', 'stage 5 %', 'stage 50 %'],
      ['| Phase | Traffic | Duration |\n|---|---|---|\n| 1 | 10% | 2 days |', 'stage 10 %'],
      ['| Etappe | Anteil |\n|---|---|\n| A | 1 % |\n| B | 100 % |', 'stage 1 %', 'stage 100 %'],
    ],
    counterExamples: [
      '| Metric | Target |\n|---|---|\n| Availability | 99.9 % |',
      '| Stage | Error rate |\n|---|---|\n| A | 2 % |',
    ],
  },
  'a share of users': {
    examples: [
      ['- It sends 5 % of traffic to the canary for 30 minutes.', 'stage 5 %'],
      ['- **5% do tráfego**', 'stage 5 %'],
      ['1. 5% のユーザーに公開（24時間監視）', 'stage 5 %'],
      ['- Start: 10 % canary, 90 % stable', 'stage 10 %'],
    ],
    counterExamples: [
      '- 90 % of the remaining traffic stays',
      '- Error rate < 5 % of requests',
      '- 30 % reduction of traffic',
    ],
  },
  'a chain of shares': {
    examples: [
      ['# Canary runbook (5% -> 25% -> 100%)', 'stage 5 %', 'stage 25 %', 'stage 100 %'],
      ['- 50 % → 100 % if clean', 'stage 50 %', 'stage 100 %'],
      ['Ramp: 1% → 10% → 50% → 100%', 'stage 1 %', 'stage 10 %', 'stage 50 %', 'stage 100 %'],
    ],
    counterExamples: ['- Error rate 5 % → 2 %', '- Latency went from 100 % → 80 % of the baseline'],
  },
  'what gives the feature to more users': {
    examples: [
      ['- Increase to 10% rollout', 'stage 10 %'],
      ['- Expand to 25 %', 'stage 25 %'],
      ['2. 50% に拡大（24時間監視）', 'stage 50 %'],
      ['- Set routing to 5 %; watch for 30 minutes', 'stage 5 %'],
    ],
    counterExamples: [
      '- Coverage increased from 70 %',
      '- Increase the error budget by 5 %',
      '- Error rate rises to 5 %',
    ],
  },
  'a setting of a canary': {
    examples: [
      ['```yaml\nsteps:\n- setWeight: 20\n- setWeight: 100\n```', 'stage 20 %', 'stage 100 %'],
      ['```yaml\nstages:\n  - percent: 5\n  - percent: 100\n```', 'stage 5 %', 'stage 100 %'],
      ['```yaml\nramp:\n  - traffic: 10\n  - traffic: 50\n```', 'stage 10 %', 'stage 50 %'],
    ],
    counterExamples: ['```yaml\nreplicas: 20\nport: 80\n```'],
  },
  'a list of shares that ends with all': {
    examples: [
      ['- ramp 1/10/50/100, 24h each', 'stage 1 %', 'stage 10 %', 'stage 50 %', 'stage 100 %'],
      ['Weights: 1 → 5 → 20 → 100.', 'stage 1 %', 'stage 5 %', 'stage 20 %', 'stage 100 %'],
      ['We go to 5%, 25% and 100% of checkouts.', 'stage 5 %', 'stage 25 %', 'stage 100 %'],
    ],
    counterExamples: ['Versions 1/2/3 of the API', 'Scores: 1 → 5 → 20', 'Error rates of 1 %, 2 % and 100 % were seen'],
  },
  'a variable that holds the share': {
    examples: [
      ['1. Set `search.fuzzy.percent` to 5 and wait 24h.', 'stage 5 %'],
      ['- [ ] AVATARS_CDN_PERCENT=30, wait 4h', 'stage 30 %'],
      ['- Set `EDGE_WEIGHT=25`', 'stage 25 %'],
    ],
    counterExamples: ['- If it breaks: roll back with `EDGE_WEIGHT=1`', '- `RETRIES=5`', '- Set `EDGE_WEIGHT=0`'],
  },
  'a share that leads its line': {
    examples: [
      ['- 5 % for 24 h\n- 100 %', 'stage 5 %', 'stage 100 %'],
      ['## 10 % for 24 h', 'stage 10 %'],
      ['## Day 4: 50 %', 'stage 50 %'],
    ],
    counterExamples: ['- 5 % fat milk\n- 10 % cream', '- 80-90 % reduction of memory', '## 99.95 % availability'],
  },
  'nobody yet': {
    examples: [
      ['## Day 1-2: Phase 1 deployment (flags OFF)', 'stage 0 %'],
      ['- Dark launch for 24 hours', 'stage 0 %'],
      ['- Deploy with the flag off', 'stage 0 %'],
    ],
    counterExamples: ['- Turn the flags off if anything breaks', '- Nobody is on call'],
  },
  'shares as code': {
    examples: [
      ['Run the gate at each stage (`10`, `50`, `100`).', 'stage 10 %', 'stage 50 %', 'stage 100 %'],
      ['For every stage (`5`, `100`) watch the board.', 'stage 5 %', 'stage 100 %'],
      ['Pour chaque étape (`5`, `50`) : observer.', 'stage 5 %', 'stage 50 %'],
    ],
    counterExamples: ['Ports (`80`, `443`) stay open.'],
  },
  everyone: {
    examples: [
      ['- Stage 3: everyone', 'stage 100 %'],
      ['- 2 %, then everyone', 'stage 100 %'],
      ['- 阶段三：全量', 'stage 100 %'],
    ],
    counterExamples: ['- Tell everyone about the freeze', '- 5 % of all users'],
  },
  'a length behind a share': {
    examples: [
      ['- Stage 1: 10 % of shops for 24 h, then 100 %', 'soak 10 %: 24h'],
      ['- 5 % for 30 minutes: error rate < 1 %\n- 100 % for 60 minutes', 'soak 5 %: 30m', 'soak 100 %: 60m'],
      ['1. 5% のユーザーに公開（24時間監視）', 'soak 5 %: 24h'],
    ],
    counterExamples: [
      '- 5 % of users: roll back if the error rate stays above 2 % for 10 minutes',
      '- Reach 10 % of users within 2 days',
      '- 10 % of users, checked every 15 minutes',
    ],
  },
  'how long a stage of a block of code lasts': {
    examples: [
      ['```yaml\nsteps:\n- setWeight: 10\n- pause: 30m\n- setWeight: 100\n```', 'soak 10 %: 30m'],
      ['```yaml\nsteps:\n  - setWeight: 20\n  - pause: { duration: 2h }\n  - setWeight: 60\n```', 'soak 20 %: 2h'],
      ['```yaml\n- percent: 5\n- hold: 12h\n- percent: 50\n- wait: 1d\n```', 'soak 5 %: 12h', 'soak 50 %: 1d'],
    ],
    counterExamples: [
      '```yaml\n- weight: 10\n- timeout: 30m\n```',
      '```yaml\n- weight: 10\n- interval: every 30m\n```',
    ],
  },
  'a column of lengths': {
    examples: [
      [
        '| Stage | Traffic | Duration |\n|---|---|---|\n| 1 | 10% | 2 days |\n| 2 | 100% | 1 week |',
        'soak 10 %: 2d',
        'soak 100 %: 1w',
      ],
      ['| Stufe | Anteil | Haltezeit |\n|---|---|---|\n| A | 1 % | 24 Stunden |', 'soak 1 %: 24h'],
      ['| % of users | Soak |\n|---|---|\n| 5 % | 4 h |', 'soak 5 %: 4h'],
      ['```yaml\n- weight: 10\n  pause: 30m\n- weight: 100\n```', 'soak 10 %: 30m'],
    ],
    counterExamples: [
      '| Stage | Traffic | p95 latency |\n|---|---|---|\n| 1 | 10% | < 2 s |',
      '| Stage | Traffic | Rollback within |\n|---|---|---|\n| 1 | 10% | 5 minutes |',
    ],
  },
  'how long a stage is watched': {
    examples: [
      ['## Fase 2: Beta\n\n- **25% do tráfego**\n- **Duração**: 3 dias', 'soak 25 %: 3d'],
      ['### Promote to 25%\n\n- [ ] Observe for 60 minutes.', 'soak 25 %: 60m'],
      ['### Phase 2 : 100 % du trafic\n\n- Validation finale : 60 minutes d’observation', 'soak 100 %: 60m'],
      ['- Increase to 10% rollout\n- Monitor for 48 hours', 'soak 10 %: 48h'],
    ],
    counterExamples: [
      '## 10 %\n\n- Monitor the logs every 30 minutes',
      '## 10 %\n\n- Roll back within 5 minutes',
      '## Phase 1\n\n- Monitor for 24 hours',
    ],
  },
  'how long every stage lasts': {
    examples: [
      ['- 5 % of users\n- 50 % of users\n\nEach step lasts three days unless noted.', 'soak 5 %: 3d', 'soak 50 %: 3d'],
      [
        'Canary: 1% → 10% → 100%. Every stage runs for 30 minutes.',
        'soak 1 %: 30m',
        'soak 10 %: 30m',
        'soak 100 %: 30m',
      ],
      ['- 10 % der Nutzer\n\nJede Stufe dauert 24 Stunden.', 'soak 10 %: 24h'],
    ],
    counterExamples: [
      '- 5 % of users\n\nCheck every stage within 30 minutes.',
      '- 5 % of users\n\nAt each stage look at the board every 30 minutes.',
    ],
  },
  'a gate of a stage': {
    examples: [
      [
        '## 10 %\n\n- Error rate < 2 %\n- 403 error rate < 1 %',
        'gate 10 %: error_rate < 2%',
        'gate 10 %: error_rate_403 < 1',
      ],
      ['## Fase 1: Alfa\n\n- **5% do tráfego**\n- Taxa de erro < 1%', 'gate 5 %: error_rate < 1%'],
      [
        '- 10 % of users\n- 50 % of users\n\n## Go/no-go\n\n| Metric | Go | No-go |\n|---|---|---|\n| Dropped calls | < 3 % | > 10 % |',
        'gate every stage: dropped_calls < 3',
      ],
      [
        '## Week 2 success\n\n- 10% rollout deployed\n- Success rate ≥ 99 %\n- 50% rollout deployed\n- Success rate ≥ 98.5 %',
        'gate 10 %: success_rate >= 99%',
        'gate 50 %: success_rate >= 98.5%',
      ],
    ],
    counterExamples: [
      '## Phase 1: 5 % traffic\n\n### Snapshot\n\n- Error rate: 0.08 %\n- p99 latency < 185 ms',
      '- 10 % of users\n\n## Goals\n\n- Success rate > 99 %',
      '- 5 % of users\n\nError rate < baseline + 0.5 %',
    ],
  },
  'an automatic rollback': {
    examples: [
      [
        '## Rollback triggers (immediate)\n\n1. `fallback_rate > 0.20` for 15 minutes',
        'rollback: fallback_rate > 0.20 over 15m',
      ],
      [
        '| Metric | Target | Red (rollback) |\n|---|---|---|\n| Stock check latency | < 200 ms | > 500 ms |',
        'rollback: stock_check_latency > 500ms',
      ],
      ['## ロールバック条件\n\n- エラー率が 1% を超えたら自動ロールバック', 'rollback: error_rate > 1%'],
      ['If the error rate exceeds 5 % for 10 minutes, roll back at once.', 'rollback: error_rate > 5% over 10m'],
    ],
    counterExamples: [
      '## Manual rollback (a person decides)\n\n- Error rate > 5 %',
      'Consider going back if the error rate exceeds 5 %.',
      'Do not roll back while the error rate is below 5 %.',
      '## Rollback triggers\n\n- The error rate rises by > 2 %',
    ],
  },
  'a review by a person': {
    examples: [
      ['- **Manual rollback triggers**:\n  - Customer complaints about double labels', 'review: complaints > 0'],
      ['## Review\n\nThe on-call decides when:\n\n- Error rate > 2 %', 'review: error_rate > 2%'],
      ['**Manual review required**:\n\n- Success rate 95-97% for 30+ minutes', 'review: success_rate < 97% over 30m'],
    ],
    counterExamples: [
      '## Rollback triggers\n\n- Error rate > 5 %',
      '## Review\n\n- Read the error log',
      '- Owner: release manager, decides go or no-go',
    ],
  },
  'a pause': {
    examples: [
      [
        '## Automatic halt rules\n\n- p99 latency > 5x baseline for 10 minutes',
        'hold: latency_p99 > 500% of baseline over 10m',
      ],
      ['- Error rate > 2 % → pause the rollout', 'hold: error_rate > 2%'],
      ['Do not proceed while:\n\n- Error rate > 1 % for 10 minutes', 'hold: error_rate > 1% over 10m'],
    ],
    counterExamples: [
      '## Rollback triggers\n\n- Error rate > 5 %',
      '- Error rate > 2 % → pause, and the on-call decides',
      '- Error rate > 2 % → pause and roll back',
    ],
  },
  'a variable that is set': {
    examples: [
      [
        '- 1 % of users\n- Set `ASYNC_UPLOAD_ENABLED=true`\n- Set `ASYNC_UPLOAD_ROLLOUT=1`',
        'flag ASYNC_UPLOAD_ENABLED: enabled',
        'flag ASYNC_UPLOAD_ROLLOUT: percent',
      ],
      ['- Expand to 25 % of users: set `CDN_PERCENT` to 25', 'flag CDN_PERCENT: percent'],
      ['- 5 % of users\n\n```bash\nexport GATEWAY_PCT=5\n```', 'flag GATEWAY_PCT: percent'],
    ],
    counterExamples: [
      '- Set routing to 5 % of users',
      '- 25 % of users\n\n```bash\nFEATURE=$1\nNEW_ROLLOUT=30\n```',
      '- 5 % of users\n- `RETRY_LIMIT=5`',
      '- 5 % of users\n\nIt prints `gate_passed=true`.',
    ],
  },
  'a variable that is called the flag': {
    examples: [
      ['- 5 % of users\n- Feature flag: `IMG_V2_PCT`', 'flag IMG_V2_PCT: percent'],
      ['- 5 % of users\n\nThe async path is behind `ASYNC_UPLOAD_ROLLOUT`.', 'flag ASYNC_UPLOAD_ROLLOUT: percent'],
      [
        '| Setting | Name |\n|---|---|\n| Flag | `CHECKOUT_ENABLED` |\n| Share | 5 % of users |',
        'flag CHECKOUT_ENABLED: enabled',
      ],
    ],
    counterExamples: [
      '- 5 % of users\n\nThe script prints `rollback_triggered` (boolean).',
      '- 5 % of users\n- Log field: `fallback_used`',
    ],
  },
  'a suite with its count': {
    examples: [
      ['- [ ] Backend tests: 106 passing\n- [ ] Frontend tests: 69 passing', 'test Backend: 106', 'test Frontend: 69'],
      ['- [ ] Execute Phase 1 tests (16/16)', 'test Phase 1: 16'],
      ['Tests: 212 unit tests and 48 contract tests.', 'test unit: 212', 'test contract: 48'],
    ],
    counterExamples: [
      '- [ ] All TASK-165 test scenarios pass',
      '- [ ] Scale test (5000 nodes) looked at',
      '- [ ] Verify all 57 tests passing',
      '- Load test for 30 minutes',
    ],
  },
  'a suite in a list of suites': {
    examples: [
      ['| Suite | Tests |\n|---|---|\n| Unit | 212 |\n| Smoke | 9 |', 'test Unit: 212', 'test Smoke: 9'],
      ['## Test suites\n\n- Unit: 212\n- Contract: 48/48', 'test Unit: 212', 'test Contract: 48'],
      ['### Unit (40 tests)', 'test Unit: 40'],
    ],
    counterExamples: [
      '| Suite | Owner |\n|---|---|\n| Unit | 212 |',
      '## Suites\n\n- Rooms: 212',
      '## Test plan\n\n- Users: 10 for 5 minutes',
    ],
  },
};
