import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import type { SymbolName, Tone } from '../../daemon/protocol/words/factWords.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { phaseFace } from '../../daemon/protocol/words/phaseWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { calmDuration, soakProgress } from '../../daemon/protocol/words/soakWords.ts';
import { standingWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import { t } from '../translate.ts';
import type { Mark } from './mark.ts';
import { unbroken } from './unbroken.ts';

export interface StageStop {
  readonly key: string;
  readonly percent: string;
  readonly name: string;
  readonly state: StageView['state'];
  readonly mark: Mark;
  /** Users are exposed at its percentage without an attempt. */
  readonly exposed: boolean;
  /** 0 to 1: how much of the rail under this stage is travelled. */
  readonly progress: number;
  readonly soak: string;
  readonly gate: string;
  /** One per condition, in the plan's order. */
  readonly conditions: readonly { readonly symbol: SymbolName; readonly tone: Tone }[];
  /** One line when this stage was left past an unmet gate. */
  readonly override: string | null;
}

export function stageRail(view: RolloutView, now: number): readonly StageStop[] {
  return view.stages.map((stage) => stageStop(view, stage, now));
}

function stageStop(view: RolloutView, stage: StageView, now: number): StageStop {
  const current = stage.id === view.stages[view.standing.stageIndex]?.id && stage.visit !== null;
  const share = soakShare(view, stage, current, now);
  const exposed = view.standing.exposure?.adopt.includes(stage.id) === true;
  return {
    exposed,
    key: stage.id,
    percent: percentText(stage.percent),
    name: partTitle(stage),
    state: stage.state,
    mark: exposed
      ? { symbol: 'warning', tone: 'bad', word: t('exposed') }
      : current
        ? phaseFace(view.standing.phase.kind, t)
        : restingMark(stage),
    progress: exposed || stage.state === 'passed' ? 1 : current ? share : 0,
    soak: unbroken(soakText(view, stage, current, now)),
    gate: gateText(stage),
    conditions: stage.gate.map((condition) =>
      stage.state === 'ahead'
        ? { symbol: 'ring', tone: 'quiet' }
        : stage.state === 'current'
          ? standingWords(condition, t)
          : verdictWords(condition.verdict, t),
    ),
    override:
      stage.visit?.override == null ? null : t('advanced past it by {0}', plainText(stage.visit.override.by, 60)),
  };
}

function restingMark({ state }: StageView): Mark {
  switch (state) {
    case 'passed':
      return { symbol: 'pass', tone: 'good', word: t('passed') };
    case 'current':
      return { symbol: 'dot', tone: 'active', word: t('current') };
    case 'left':
      return { symbol: 'back', tone: 'quiet', word: t('left') };
    case 'ahead':
      return { symbol: 'ring', tone: 'quiet', word: t('ahead') };
  }
}

function soakShare(view: RolloutView, stage: StageView, current: boolean, now: number): number {
  if (!current) return 0;
  const { kind } = view.standing.phase;
  if (kind === 'completed') return 1;
  if (stage.soak === 0) return 1;
  return Math.min(1, soakProgress(view.standing.soak, now).elapsed / stage.soak);
}

function soakText(view: RolloutView, stage: StageView, current: boolean, now: number): string {
  if (current && isSoaking(view)) {
    const done = soakProgress(view.standing.soak, now).elapsed;
    return done >= stage.soak
      ? t('soak over ({0})', calmDuration(stage.soak))
      : t('soak {0} of {1}', calmDuration(done), calmDuration(stage.soak));
  }
  if (stage.visit?.to != null) return t('for {0}', calmDuration(stage.visit.to - stage.visit.from));
  return stage.soak === 0 ? t('no soak') : t('soak {0}', calmDuration(stage.soak));
}

function isSoaking({ standing }: RolloutView): boolean {
  const { kind } = standing.phase;
  return kind === 'soaking' || kind === 'ready' || kind === 'held' || kind === 'review';
}

function gateText({ gate, state }: StageView): string {
  if (gate.length === 0) return t('no gate');
  if (state === 'ahead') return gate.length === 1 ? t('1 condition') : t('{0} conditions', gate.length);
  const met = gate.filter(({ verdict }) => verdict === 'met').length;
  return t('{0} of {1} met', met, gate.length);
}
