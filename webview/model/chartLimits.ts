import { parseCondition, thresholdValue } from '../../daemon/protocol/domain/condition.ts';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { differenceText, isRatio, percentText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';

/** A limit line beside a figure. */
export interface ChartLimit {
  readonly kind: 'gate' | 'trigger' | 'wanted';
  readonly value: number;
  /** Event times; `null` reaches to the chart's edge. */
  readonly from: number | null;
  readonly to: number | null;
  readonly text: string;
}

/** Gates during their stage (each stage has its own), triggers all along, for the measure of that name. */
export function chartLimits(view: RolloutView, measure: string | null): readonly ChartLimit[] {
  if (measure === null) return [];
  const gates = view.stages.flatMap(({ gate, visit }) =>
    visit === null
      ? []
      : gate.flatMap((verdict) => limitOf(verdict, measure, 'gate', { from: visit.from, to: visit.to })),
  );
  const triggers = view.triggers.flatMap(({ verdict }) =>
    limitOf(verdict, measure, 'trigger', { from: null, to: null }),
  );
  return [...gates, ...distinct(triggers)];
}

function limitOf(
  verdict: ConditionVerdict,
  measure: string,
  kind: 'gate' | 'trigger',
  span: { readonly from: number | null; readonly to: number | null },
): readonly ChartLimit[] {
  if (verdict.measure !== measure) return [];
  const condition = parseCondition(verdict.condition);
  if (!('measure' in condition)) return [];
  const value = verdict.limit ?? (condition.against === 'figure' ? thresholdValue(condition.threshold) : null);
  if (value === null) return [];
  const signs = { '>=': '≥', '<=': '≤', '==': '=', '!=': '≠', '<': '<', '>': '>' } as const;
  const number = valueText(thresholdValue(condition.threshold), condition.threshold.unit);
  const of = isRatio(condition) ? ` ${t('of baseline')}` : '';
  const wanted = condition.difference === undefined ? `${number}${of}` : differenceText(condition);
  const text = `${signs[condition.comparison]} ${wanted}`;
  return [{ kind, value, ...span, text: kind === 'gate' ? t('gate {0}', text) : t('trigger {0}', text) }];
}

function distinct(limits: readonly ChartLimit[]): readonly ChartLimit[] {
  return [...new Map(limits.map((limit) => [limit.text, limit])).values()];
}

/** The share of traffic that each stage wants. */
export function wantedShare({ stages }: RolloutView): readonly ChartLimit[] {
  return stages.flatMap(({ visit }) =>
    visit === null
      ? []
      : [
          {
            kind: 'wanted' as const,
            value: visit.percent / 100,
            from: visit.from,
            to: visit.to,
            text: t('wanted {0}', percentText(visit.percent)),
          },
        ],
  );
}
