import { dirname, resolve } from 'node:path';
import { driftShares } from '../../daemon/protocol/words/driftText.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { stageTitle } from '../../daemon/protocol/words/partTitle.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { isLive, type RolloutStanding, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';

/** A key of a flag that a plan of this window sets. */
export interface FlagKey {
  readonly key: string;
  readonly shown: RolloutStanding;
  /** The value that the rollout has set; `null` before it has set any, and while nothing is known of it. */
  readonly set: string | null;
  /** Absolute path of the file that holds it, where the flag is a file. */
  readonly file: string;
}

/** Only words that stand for themselves in code; a key such as `on` would be found everywhere. */
const usable = /^[A-Za-z_][\w.-]{3,}$/;

export function flagKeys(standings: readonly Standing[]): readonly FlagKey[] {
  return rolloutsOf(standings).flatMap((shown) => {
    const { flag, plan } = shown.rollout;
    if (flag === null) return [];
    const file = resolve(dirname(plan.file), flag.target);
    return Object.entries(flag.values)
      .filter(([key]) => usable.test(key))
      .map(([key, value]) => ({ key, shown, set: isSet(shown) ? value : null, file }));
  });
}

/** The value in the target is the rollout's own. */
function isSet({ standing, rollout }: RolloutStanding): boolean {
  const { flag } = rollout;
  const progress = flag?.effect?.progress;
  return isLive(standing) && flag?.drift === undefined && (progress === 'verified' || progress === 'in-force');
}

/** `25 % · soaking · 2/3 met`: a rollout beside a line of code. */
export function flagFace({ shown }: Pick<FlagKey, 'shown'>, t: Translate): string {
  const { rollout } = shown;
  const { percent, gateMet, gateTotal, phase } = rollout.standing;
  const drift = driftShares(rollout, t);
  const word = standingFace(rollout.standing, t).word;
  const isOn = phase.kind === 'soaking' || phase.kind === 'ready' || phase.kind === 'held' || phase.kind === 'review';
  const gate = isOn && gateTotal > 0 ? [t('{0}/{1} met', gateMet, gateTotal)] : [];
  const away = isLive(shown.standing) ? [] : [t('not watched now')];
  return drift ?? [percentText(percent), word, ...gate, ...away].join(' · ');
}

export function flagSentence({ shown }: Pick<FlagKey, 'shown'>, now: number): string {
  return sentence(shown.rollout, now);
}

/** A place of a key in a text, in UTF-16 units. */
export interface KeyUse {
  readonly flag: FlagKey;
  readonly from: number;
  readonly to: number;
}

/** Every use of a key as a word of its own: `UPLOADS_NEW` is none of `UPLOADS_NEWS`. */
export function keyUses(text: string, keys: readonly FlagKey[], most: number): readonly KeyUse[] {
  const byKey = new Map(keys.map((flag) => [flag.key, flag]));
  if (byKey.size === 0) return [];
  const words = [...byKey.keys()].toSorted((one, other) => other.length - one.length).map(escaped);
  const found: KeyUse[] = [];
  for (const match of text.matchAll(new RegExp(`(?<![\\w-])(?:${words.join('|')})(?![\\w-])`, 'g'))) {
    const flag = byKey.get(match[0]);
    if (flag === undefined) continue;
    found.push({ flag, from: match.index, to: match.index + match[0].length });
    if (found.length >= most) break;
  }
  return found;
}

function escaped(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\-]/g, '\\$&');
}

/** A line of the flag's own file that sets a key: where its value begins and ends. */
export interface KeySetting extends KeyUse {
  readonly value: string;
}

/** `KEY=value`, `export KEY="value" # why`, `key: value`, `"key": value,`. */
export function keySettings(text: string, keys: readonly FlagKey[]): readonly KeySetting[] {
  return keys.flatMap((flag) => {
    const line = new RegExp(
      `^[ \\t]*(?:export[ \\t]+)?["']?${escaped(flag.key)}["']?[ \\t]*[=:][ \\t]*(.*)$`,
      'm',
    ).exec(text);
    if (line === null) return [];
    const written = (line[1] ?? '').trimEnd();
    const quoted = /^(["'])(.*?)\1/.exec(written);
    const bare = /^[^\s#,;]*/.exec(written);
    const value = quoted?.[2] ?? bare?.[0] ?? '';
    const from = line.index + line[0].length - (line[1] ?? '').length;
    return [{ flag, from, to: from + (quoted?.[0] ?? bare?.[0] ?? '').length, value }];
  });
}

/** `set by Rampwatch, stage quarter`. */
export function setByText({ shown }: Pick<FlagKey, 'shown'>, t: Translate): string {
  const stage = shown.rollout.flag?.effect?.stage ?? shown.rollout.standing.stage;
  return t('set by Rampwatch, stage {0}', stageTitle(shown.rollout, stage, 40));
}

/** Before a hand edit is saved: the value is not the one that the rollout has set. `null`: there is nothing to warn of. */
export function handEditText({ flag, value }: KeySetting, t: Translate): string | null {
  const { set, shown, key } = flag;
  const { phase } = shown.rollout.standing;
  if (set === null || value === set || phase.kind === 'planned' || phase.kind === 'completed') return null;
  return t(
    'Rampwatch has set {0}={1} for {2}. Another value, once saved, is an alarm, and nothing soaks meanwhile: use Advance or Roll Back.',
    plainText(key, 80),
    plainText(set, 80),
    isolatedText(plainText(shown.rollout.plan.name, 80)),
  );
}
