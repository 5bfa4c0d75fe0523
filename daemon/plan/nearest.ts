/** Words that people write in place of ours. Offered only where the meant key is known. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  metrics: ['measures', 'sources'],
  metric: ['measure'],
  kpis: ['measures'],
  logs: ['sources'],
  inputs: ['sources'],
  path: ['file', 'path', 'dotenv', 'junit'],
  paths: ['file'],
  glob: ['file'],
  type: ['format'],
  timestamp: ['time'],
  tz: ['timezone', 'zone'],
  time_zone: ['timezone', 'zone'],
  timezone: ['timezone', 'zone'],
  steps: ['stages'],
  phases: ['stages'],
  ladder: ['stages'],
  title: ['name', 'title'],
  label: ['name', 'title'],
  name: ['id', 'title', 'name'],
  percentage: ['percent'],
  weight: ['percent'],
  traffic: ['percent'],
  rollout: ['percent', 'stages'],
  duration: ['soak', 'over'],
  wait: ['soak'],
  bake: ['soak'],
  gates: ['gate'],
  criteria: ['gate'],
  conditions: ['gate', 'when'],
  success_criteria: ['gate'],
  require: ['gate'],
  condition: ['when'],
  if: ['when'],
  rule: ['when'],
  window: ['over', 'window'],
  during: ['over'],
  hold: ['for'],
  pending: ['for'],
  minimum: ['min'],
  at_least: ['min'],
  samples: ['min'],
  action: ['then'],
  do: ['then'],
  rollbacks: ['triggers', 'rollback'],
  rollback_triggers: ['triggers'],
  alerts: ['triggers'],
  rules: ['triggers'],
  deadline: ['within', 'due'],
  timeout: ['within'],
  env: ['dotenv', 'flag'],
  env_file: ['dotenv'],
  file: ['dotenv', 'path', 'junit', 'file'],
  values: ['set'],
  keys: ['set'],
  mode: ['write', 'mode'],
  freeze: ['deny'],
  freezes: ['deny'],
  tasks: ['items'],
  todo: ['items', 'checklists'],
  repeat: ['every'],
  percentile: ['quantile'],
  p: ['quantile'],
  ratio: ['share'],
  rate: ['share'],
  proportion: ['share'],
  not: ['share_not'],
  inverse: ['share_not'],
  complement: ['share_not'],
  matches: ['lines'],
  pattern: ['lines'],
  patterns: ['lines'],
  arm: ['of'],
  aggregate: ['take'],
  goals: ['targets'],
  goal: ['change', 'targets'],
  dates: ['milestones'],
  docs: ['documents'],
  references: ['documents'],
  support: ['escalation'],
  description: ['purpose', 'name'],
  groups: ['arms', 'groups'],
  cohorts: ['arms'],
  variants: ['arms'],
  canary: ['treatment'],
  experiment: ['treatment'],
  stable: ['control'],
};

/** The known name that was probably meant: by another spelling, a known synonym, or at most a third of its letters. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const plain = normalized(written);
  const same = known.find((name) => normalized(name) === plain);
  if (same !== undefined) return same;
  const meant = synonyms[plain]?.find((name) => known.includes(name));
  if (meant !== undefined) return meant;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(plain, normalized(name));
    const allowed = Math.max(1, Math.floor(Math.max(name.length, 3) / 3));
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

function normalized(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 20) return Number.POSITIVE_INFINITY;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforePrevious[j - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY;
}
