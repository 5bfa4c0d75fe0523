import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { driftShares, driftText } from '../../daemon/protocol/words/driftText.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';
import type { Mark } from './mark.ts';
import { unbroken } from './unbroken.ts';

export interface FlagCard {
  readonly target: string;
  readonly values: readonly { readonly key: string; readonly value: string; readonly missing: boolean }[];
  /** `null` before anything was set. */
  readonly mark: Mark | null;
  readonly wanted: string;
  readonly steps: readonly { readonly name: string; readonly state: 'done' | 'now' | 'ahead' }[];
  readonly proof: string;
  readonly trouble: string | null;
}

export function flagCard(view: RolloutView, now: number): FlagCard | null {
  const { flag, plan } = view;
  if (flag === null) return null;
  const drift = driftShares(view, t);
  const { effect, proof, values, target } = flag;
  return {
    target: plainText(target, 200),
    values: Object.entries(values).map(([key, value]) => ({
      key: plainText(key, 100),
      value: value === null ? t('not set') : plainText(value, 100),
      missing: value === null,
    })),
    mark:
      drift !== null ? { symbol: 'warning', tone: 'bad', word: drift } : effect === null ? null : effectMark(effect),
    wanted: effect === null ? t('nothing set yet') : wantedText(effect, clockText(effect.since, now, plan.timezone)),
    steps: effect === null ? [] : effectSteps(effect),
    proof: proof === null ? '' : unbroken(plainText(proof.detail, 300)),
    trouble: drift === null ? (effect?.detail == null ? null : plainText(effect.detail, 300)) : driftText(view, t),
  };
}

/** A setting that failed is wanted, and no more. */
function wantedText({ percent, progress }: Effect, since: string): string {
  const share = percent === 0 ? t('off') : percentText(percent);
  return progress === 'failed' ? t('{0} wanted since {1}', share, since) : t('{0} since {1}', share, since);
}

function effectMark({ progress, detail }: Effect): Mark {
  if (progress === 'failed') return { symbol: 'fail', tone: 'bad', word: t('failed') };
  if (progress === 'in-force') return { symbol: 'pass', tone: 'good', word: t('in force') };
  if (detail !== null) return { symbol: 'warning', tone: 'caution', word: stepNames()[progress] };
  return { symbol: 'few', tone: 'active', word: stepNames()[progress] };
}

const order = ['intended', 'written', 'verified', 'in-force'] as const;

function stepNames(): Readonly<Record<Effect['progress'], string>> {
  return {
    intended: t('intended'),
    written: t('written'),
    verified: t('read back'),
    'in-force': t('in force'),
    failed: t('failed'),
  };
}

function effectSteps({ progress }: Effect): FlagCard['steps'] {
  const names = stepNames();
  const reached = progress === 'failed' ? 0 : order.indexOf(progress);
  return order.map((step, index) => ({
    name: names[step],
    state: index < reached || progress === 'in-force' ? 'done' : index === reached ? 'now' : 'ahead',
  }));
}
