import { Document, isMap, type Node, Scalar, YAMLMap } from 'yaml';
import { parseValueTest } from '../protocol/domain/valueTest.ts';
import type { FieldValue } from './initProfile.ts';
import type { PlanProposal } from './initProposal.ts';
import { flow, harmless, map, noted, seq, yamlText } from './yamlNodes.ts';

/** The proposal as commented YAML. */
export function writeProposal(proposal: PlanProposal): string {
  const document = new Document(new YAMLMap());
  const root = document.contents;
  if (!isMap(root)) return '';
  const put = (key: string, value: Node | undefined, before?: string) => {
    if (value === undefined) return;
    const name = new Scalar(key);
    if (root.items.length > 1) name.spaceBefore = true;
    if (before !== undefined) name.commentBefore = ` ${before}`;
    root.add({ key: name, value });
  };
  put('version', new Scalar(1));
  put('id', new Scalar(proposal.id));
  put('sources', source(proposal));
  const isLater = proposal.arms.later === true;
  if (!isLater) put('arms', arms(proposal), 'Which records are of the new way, and which of the old.');
  put('strata', strata(proposal), 'Like is compared with like: the treatment may get more of what often fails.');
  put('measures', measures(proposal), isLater ? `${commented('arms', arms(proposal), armsLater)}\n` : undefined);
  put('baseline', baseline(proposal));
  put('stages', stages(proposal), 'The ladder: what each stage must show, and for how long at least.');
  put('advance', flow({ mode: 'manual' }));
  put('rollback', flow({ to: 'off' }));
  put('triggers', triggers(proposal));
  put('flag', flag(proposal), 'Put the names of your own flag here.');
  return `# Proposed by rampwatch init from ${harmless(proposal.file.replaceAll(/\p{Cc}/gu, ' '))}: read it once, then make it yours.\n${yamlText(document, { lineWidth: 0 })}`;
}

const armsLater = 'Decide which records are of the new way, and which of the old: none is counted before.';

/** A part that a person decides later, as a comment. */
function commented(key: string, value: Node, why: string): string {
  const text = yamlText(new Document(map([[key, value]])), { lineWidth: 0 });
  return [why, ...text.trimEnd().split('\n')].join('\n ');
}

function source({ file, format, time, zone, event, without, weight }: PlanProposal): Node {
  const stage = event?.stage;
  return seq([
    map([
      ['file', new Scalar(file)],
      ['format', new Scalar(format)],
      ['time', time === null ? flow({ zone }) : flow({ field: time, zone })],
      [
        'stage_event',
        event === undefined || stage === undefined
          ? undefined
          : flow({ match: { [event.field]: stage.value }, percent: stage.percent }),
      ],
      [
        'ignore',
        event !== undefined
          ? flow({ [event.field]: oneOrList(event.kinds ?? ['any']) })
          : without === undefined
            ? undefined
            : noted(flow({ [without]: 'none' }), 'lines that are no requests'),
      ],
      ['weight', weight === undefined ? undefined : noted(new Scalar(weight), 'a sampled record stands for so many')],
      ['fresh', new Scalar('15m')],
    ]),
  ]);
}

function arms({ arms: found }: PlanProposal): Node {
  const { patterns } = found;
  const control =
    found.control.length === 0
      ? undefined
      : flow({ [found.field]: patterns?.control ?? oneOrList(literals(found.control)) });
  return map([
    ['treatment', flow({ [found.field]: patterns?.treatment ?? oneOrList(literals(found.treatment)) })],
    ['control', control],
  ]);
}

function strata({ strata: fields }: PlanProposal): Node | undefined {
  return fields.length === 0 ? undefined : flow([...fields]);
}

function measures({ success, fallback, latency, memory, window }: PlanProposal): Node {
  const share =
    success === undefined
      ? undefined
      : success.values.length === 0 && success.written === undefined
        ? { FIELD: 'VALUE' }
        : {
            [success.field]: success.written ?? oneOrList(literals(success.values)),
            ...(fallback !== undefined && { [fallback.field]: fallback.no }),
          };
  const rate = share === undefined ? undefined : flow({ share });
  const isLater = success?.later === true;
  const node = map([
    ['success_rate', isLater ? undefined : rate],
    ['records', flow({ count: 'treatment' })],
    ['latency', latency === undefined ? undefined : flow({ quantile: 0.95, field: latency.field, unit: latency.unit })],
    [
      'memory',
      memory === undefined || window === undefined
        ? undefined
        : flow({ gauge: memory.field, ...(memory.unit !== '' && { unit: memory.unit }) }),
    ],
  ]);
  if (isLater && rate !== undefined) node.commentBefore = ` ${commented('success_rate', rate, successLater)}`;
  return node;
}

const successLater = 'Decide which records are good: there is no success rate before.';

/** Texts of a sample that a matcher would take for a form are written as what they are. */
function literals(values: readonly FieldValue[]): readonly (FieldValue | { readonly is: FieldValue })[] {
  return values.map((value) => (parseValueTest(value).kind === 'literal' ? value : { is: value }));
}

function hasControl({ arms: found }: PlanProposal): boolean {
  return found.control.length > 0 && found.later !== true;
}

function baseline(proposal: PlanProposal): Node | undefined {
  if (!usesBaseline(proposal)) return undefined;
  const { window } = proposal;
  const otherwise =
    window === undefined ? undefined : map([['window', noted(flow(window), 'where there is no control, as at 100 %')]]);
  return map([
    ['control', noted(new Scalar('concurrent'), 'the control over the same time')],
    ['otherwise', otherwise],
  ]);
}

function usesBaseline(proposal: PlanProposal): boolean {
  return (
    hasControl(proposal) &&
    proposal.window !== undefined &&
    (proposal.latency !== undefined || proposal.memory !== undefined)
  );
}

/** `latency <= 120% of baseline`; without a baseline a figure. */
function latencyCondition(proposal: PlanProposal, comparison: string, percent: number): string | undefined {
  const { latency } = proposal;
  if (latency === undefined) return undefined;
  if (usesBaseline(proposal)) return `latency ${comparison} ${percent}% of baseline`;
  const figure = Number((latency.p95 * (percent / 100)).toPrecision(3));
  return Number.isFinite(figure) && figure > 0 && figure < 1e9 && figure >= 1e-6
    ? `latency ${comparison} ${figure}${latency.unit}`
    : undefined;
}

function stages(proposal: PlanProposal): Node {
  const { thresholds, ladder } = proposal;
  const gate = [
    thresholds.success === undefined ? undefined : `success_rate >= ${thresholds.success}%`,
    latencyCondition(proposal, '<=', 120),
    `records >= ${thresholds.least}`,
  ].filter((condition) => condition !== undefined);
  const exposed = ladder.map((percent, index) =>
    map([
      ['id', new Scalar(percent === 100 ? 'full' : `p${String(percent).replace('.', '_')}`)],
      ['percent', new Scalar(percent)],
      ['soak', new Scalar(index === 0 ? '24h' : '48h')],
      ['gate', seq(gate.map((condition) => new Scalar(condition)))],
    ]),
  );
  return seq([
    map([
      ['id', new Scalar('off')],
      ['percent', new Scalar(0)],
      ['soak', new Scalar('24h')],
    ]),
    ...exposed,
  ]);
}

function triggers(proposal: PlanProposal): Node {
  const { thresholds } = proposal;
  const slow = latencyCondition(proposal, '>', 150);
  const slower = latencyCondition(proposal, '>', 300);
  const success = thresholds.rollback === undefined ? undefined : `success_rate < ${thresholds.rollback}%`;
  const rollback: Node[] =
    success === undefined
      ? []
      : [
          map([
            ['id', new Scalar('low-success')],
            ['when', new Scalar(success)],
            ['over', new Scalar('5m')],
            ['min', new Scalar(50)],
            ['then', new Scalar('rollback')],
            ['rule', new Scalar('proven')],
            ['within', new Scalar('5m')],
          ]),
        ];
  if (success === undefined && slower !== undefined) {
    rollback.push(
      map([
        ['id', new Scalar('far-too-slow')],
        ['when', new Scalar(slower)],
        ['over', new Scalar('15m')],
        ['min', new Scalar(50)],
        ['then', new Scalar('rollback')],
      ]),
    );
  }
  if (rollback.length === 0) return seq([]);
  if (slow !== undefined) {
    rollback.push(
      map([
        ['id', new Scalar('slow')],
        ['when', new Scalar(slow)],
        ['over', new Scalar('30m')],
        ['for', new Scalar('30m')],
        ['min', new Scalar(50)],
        ['then', new Scalar('review')],
      ]),
    );
  }
  if (proposal.memory !== undefined && proposal.window !== undefined && hasControl(proposal)) {
    rollback.push(
      map([
        ['id', new Scalar('memory')],
        ['when', new Scalar('memory > 130% of baseline')],
        ['over', new Scalar('30m')],
        ['for', new Scalar('30m')],
        ['then', new Scalar('review')],
      ]),
    );
  }
  return seq(rollback);
}

function flag(proposal: PlanProposal): Node | undefined {
  if (proposal.flag === undefined) return undefined;
  const { dotenv, key, enabled } = proposal.flag;
  const set = map([
    [enabled ?? '', enabled === undefined ? undefined : new Scalar('$' + '{enabled}')],
    [key, new Scalar('$' + '{percent}')],
  ]);
  return map([
    ['dotenv', new Scalar(dotenv)],
    ['set', set],
    ['proof', hasControl(proposal) ? flow({ share: 'treatment', within: '10m' }) : undefined],
  ]);
}

function oneOrList<Value>(values: readonly Value[]): Value | readonly Value[] {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0 ? only : values;
}
