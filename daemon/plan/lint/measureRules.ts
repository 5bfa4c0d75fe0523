import type { Matcher, MatcherValue, Plan } from '../../protocol/domain/plan.ts';
import { holdsLines, isTextUnsaid } from '../../protocol/domain/sourceFormat.ts';
import { sourceName } from '../../protocol/domain/sourceKinds.ts';
import { parseValueTest } from '../../protocol/domain/valueTest.ts';
import { changesClocks } from '../../protocol/domain/zonedTime.ts';
import { conditionsOf } from '../measureShape.ts';
import type { Rule, RuleFinding } from './finding.ts';

const rescue = /fallback|rescue/i;

/** A failure that a fallback rescued says `success: true`. */
export const shareCountsRescued: Rule = (plan) => {
  const field = rescueField(plan);
  if (field === undefined && !namesRescue(plan.arms.treatment)) return [];
  return Object.entries(plan.measures).flatMap(([name, measure]): RuleFinding[] => {
    if (!('share' in measure) || measure.of !== 'treatment') return [];
    const matched = Object.entries(measure.share);
    if (
      matched.length === 0 ||
      matched.some(([key, value]) => rescue.test(key) || texts(value).some((text) => rescue.test(text)))
    )
      return [];
    const message = `\`${name}\` is blind to rescued failures: a record that fell back counts as good unless the share says \`${field ?? 'fallback_used'}: false\``;
    const path = ['measures', name, 'share'];
    const after = matched.at(-1)?.[0];
    if (field === undefined || after === undefined) return [{ path, at: 'key', message }];
    const text = `${field}: false`;
    return [{ path, at: 'key', message, fix: { kind: 'add', title: `Add \`${text}\``, parent: path, after, text } }];
  });
};

/** The share looks at fallbacks, but the arm does not hold them. */
export const fallbacksLeftOut: Rule = (plan) => {
  const field = rescueField(plan);
  if (field === undefined || namesRescue(plan.arms.treatment)) return [];
  const fixed = Object.entries(plan.arms.treatment).find(([, value]) => texts(value).some((text) => text !== 'any'));
  if (fixed === undefined || rescue.test(fixed[0])) return [];
  const [name] = fixed;
  const message = `a record that fell back under another \`${name}\` is not of the treatment: list that value too, if there is one`;
  return [{ path: ['arms', 'treatment', name], at: 'value', message }];
};

/** A record of both arms proves nothing. */
export const armsOverlap: Rule = (plan) => {
  const { treatment, control } = plan.arms;
  if (control === undefined) return [];
  const apart = Object.entries(treatment).some(([field, value]) => {
    const other = Object.hasOwn(control, field) ? control[field] : undefined;
    if (other === undefined) return false;
    const [own, others] = [listed(value), listed(other)];
    return own.every((each) => others.every((their) => areApart(each, their)));
  });
  if (apart) return [];
  return [
    {
      path: ['arms', 'control'],
      at: 'key',
      message: 'a record can be of both arms: let one field have different values in each',
    },
  ];
};

export const measureUnused: Rule = (plan) => {
  const used = new Set<string>([
    ...conditionsOf(plan).map(({ condition }) => condition.measure),
    ...plan.targets.map(({ measure }) => measure),
    ...Object.values(plan.measures).flatMap((measure) => ('share_not' in measure ? [measure.share_not] : [])),
  ]);
  return Object.keys(plan.measures).flatMap((name): RuleFinding[] => {
    if (used.has(name)) return [];
    return [
      {
        path: ['measures', name],
        at: 'key',
        message: `\`${name}\` is measured, but no gate, trigger or target asks for it`,
        fix: { kind: 'remove', title: `Remove \`${name}\``, path: ['measures', name] },
      },
    ];
  });
};

/** A local time without an offset occurs twice when the clocks are set back. */
export const timesRepeat: Rule = (plan) =>
  plan.sources.flatMap(({ time }, index): RuleFinding[] => {
    if (time?.zone === undefined || !changesClocks(time.zone)) return [];
    const message = `\`${time.zone}\` sets its clocks back once a year: a time without an offset then means one of two instants, and only the order of the records tells which. Let the application write UTC, or an offset such as \`+01:00\``;
    return [{ path: ['sources', index, 'time', 'zone'], at: 'value', message }];
  });

/** A text source feeds `lines` measures and nothing else. */
export const sourceUnread: Rule = (plan) => {
  if (Object.values(plan.measures).some((measure) => 'lines' in measure)) return [];
  return plan.sources.flatMap((source, index): RuleFinding[] => {
    if (!holdsLines(source) || isTextUnsaid(source)) return [];
    return [
      {
        path: ['sources', index],
        at: 'key',
        message: `no measure counts \`lines\`, so nothing of \`${sourceName(source)}\` is used`,
      },
    ];
  });
};

/** The name of a log does not say how its lines are read. */
export const formatUnsaid: Rule = (plan) => {
  if (Object.values(plan.measures).some((measure) => 'lines' in measure)) return [];
  return plan.sources.flatMap((source, index): RuleFinding[] => {
    if (!isTextUnsaid(source)) return [];
    const name = sourceName(source);
    return [
      {
        path: ['sources', index],
        at: 'key',
        message: `\`${name}\` is read as lines of text, and no measure counts \`lines\`: write its \`format\`, as \`rampwatch lint --data\` names it`,
      },
    ];
  });
};

/** `/x/i` is a literal here. */
export const patternFlags: Rule = (plan) =>
  Object.entries(plan.measures).flatMap(([name, measure]) => {
    if (!('lines' in measure)) return [];
    return measure.lines.flatMap((pattern, index): RuleFinding[] => {
      const [, inner, flags] = /^\/(.+)\/([gimsuy]{1,3})$/.exec(pattern) ?? [];
      if (inner === undefined || flags === undefined) return [];
      const within = flags.replaceAll(/[guy]/g, '');
      const meant = within === '' ? `/${inner}/` : `/(?${within})${inner}/`;
      return [
        {
          path: ['measures', name, 'lines', index],
          at: 'value',
          message: `\`${pattern}\` is looked for literally: as a pattern it is \`${meant}\``,
          fix: {
            kind: 'set',
            title: `Write \`${meant}\``,
            path: ['measures', name, 'lines', index],
            text: JSON.stringify(meant),
          },
        },
      ];
    });
  });

/** No value can match both; two patterns are not compared, and get no finding. */
function areApart(one: MatcherValue, other: MatcherValue): boolean {
  const [own, their] = [parseValueTest(one), parseValueTest(other)];
  if (own.kind === 'any' || their.kind === 'any') return own.kind === 'none' || their.kind === 'none';
  if (own.kind === 'literal' && their.kind === 'literal') return own.value !== their.value;
  return JSON.stringify(own) !== JSON.stringify(their);
}

function rescueField(plan: Plan): string | undefined {
  const fields = Object.values(plan.measures).flatMap((measure) =>
    'share' in measure ? Object.keys(measure.share) : [],
  );
  return fields.find((field) => rescue.test(field));
}

function namesRescue(matcher: Matcher): boolean {
  return Object.entries(matcher).some(
    ([field, value]) => rescue.test(field) || texts(value).some((text) => rescue.test(text)),
  );
}

function listed(value: MatcherValue | MatcherValue[]): readonly MatcherValue[] {
  return Array.isArray(value) ? value : [value];
}

function texts(value: MatcherValue | MatcherValue[]): readonly string[] {
  return listed(value).filter((each) => typeof each === 'string');
}
