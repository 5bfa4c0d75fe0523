/** A Markdown file of the workspace. */
export interface MarkdownText {
  readonly path: string;
  readonly text: string;
}

/** A name that a team gives to the guide of a rollout. */
const named = /(?:guide|rollout|roll-out|runbook|playbook|execution|launch)[^/\\]*$/i;

/** A rollout's own words, in the languages that the importer reads. */
const rolloutWords =
  /roll(?:ed|ing)?[ -]?(?:back|out)|canary|ramp[ -]?up|zurückroll|stufe|déploiement|retour arrière|despliegue|revertir|implantação|reverter|回滚|灰度|ロールバック|カナリア/i;

/** True of a text that tells a rollout's stages: two percentages and a word of rollouts. What Rampwatch wrote itself is none. */
export function isLikelyGuide({ path, text }: MarkdownText): boolean {
  if (text.includes('<!-- rampwatch') || /\.review\.md$/i.test(path)) return false;
  const percentages = new Set(text.match(/\b\d{1,3}(?:[.,]\d+)?\s?[%％]/g));
  return percentages.size >= 2 && (rolloutWords.test(text) || named.test(path));
}
