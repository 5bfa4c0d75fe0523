import { type Guide, provenance, type Rule } from '../guide.ts';
import { anyMeans } from '../tag.ts';
import type { ValueOf } from '../values.ts';
import type { Situated } from './ladder.ts';

type Flag = ValueOf<'flag'>;

const assignment =
  /(?<![\w.$/-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][\w]*(?:[._][a-z]\w*)+)\s?=\s?["']?([\w.%<>${}]{1,20})/g;
const settingTo =
  /(?<![\w.])([A-Za-z]\w*(?:[._]\w+)+)[`"']?\s+(?:to|auf|à|a|para)\s+[`"']?(\d{1,3}\s?%?|true|false|on|off)\b/g;
const identifier = /^[A-Za-z][A-Za-z0-9]*(?:[_.][A-Za-z0-9]+)+$/;
const switchValue = /^(?:true|false|on|off|enabled|disabled)$/i;
const telling =
  /(?:rollout|percent|percentage|pct|prozent|porcentaje|porcentagem|share|anteil|weight|ramp|exposure|traffic|canary)/i;
const shared = /(?:percent|percentage|pct|prozent|porcentaje|porcentagem|rollout|anteil)$/i;
const switching = /(?:enabled?|flag|feature|toggle|switch|active|on)$/i;

/** `ASYNC_ROLLOUT=10`, `set search.percent to 5`: a variable that a guide sets to a share of the ladder or switches. */
const set: Rule<Flag, Situated> = {
  name: 'a variable that is set',
  rank: 1,
  read(passage, { guide, ladder }) {
    if (
      passage.coded ||
      passage.text.length > 20_000 ||
      (passage.kind === 'code' && guide.passages.some((each) => each.coded && each.line === passage.line))
    )
      return [];
    const text = passage.kind === 'code' ? passage.text : [...passage.codes, passage.text].join('\n');
    const instead = anyMeans(guide.tokens(passage.text), 'rollback', 'measured');
    const found = new Map<string, Flag>();
    for (const pattern of [assignment, settingTo])
      for (const match of text.matchAll(pattern)) {
        const [, variable = '', value = ''] = match;
        const holds = meaningOf(variable, value, ladder.percents);
        if (holds === undefined || found.has(variable) || (instead && holds === 'enabled')) continue;
        const below = passage.kind === 'code' ? text.slice(0, match.index).split('\n').length - 1 : 0;
        const quote =
          passage.kind === 'code' ? (text.split('\n')[below] ?? variable) : match[0].replaceAll(/[`"']/g, '');
        found.set(variable, {
          kind: 'flag',
          variable,
          holds,
          from: provenance({ file: passage.file, line: passage.line + below }, quote),
        });
      }
    return [...found.values()];
  },
};

function meaningOf(variable: string, value: string, percents: readonly number[]): Flag['holds'] | undefined {
  if (switchValue.test(value)) return switching.test(variable) || telling.test(variable) ? 'enabled' : undefined;
  if (/^[<$]/.test(value))
    return telling.test(variable) && /^[<$]/.test(value) && !/^\$\d/.test(value) ? 'percent' : undefined;
  const number = Number.parseFloat(value);
  if (!telling.test(variable)) return undefined;
  return number === 0 || percents.includes(number) ? 'percent' : undefined;
}

/** `Flag: IMG_V2_PCT`, `behind the flag checkout.v3_enabled`. */
const named: Rule<Flag, Situated> = {
  name: 'a variable that is called the flag',
  rank: 2,
  read(passage, { guide }) {
    if (passage.kind === 'code' || passage.coded || passage.text.length > 600) return [];
    const words = guide.tokens(passage.codes.reduce((text, code) => text.replace(code, ' '), passage.text));
    const only = passage.codes.length === 1 && sharesAlone(passage.codes[0] ?? '', guide);
    const called =
      only || anyMeans(words, 'flag') || /\b(?:behind|hinter|derrière|detrás de|atrás de)\b/i.test(passage.text);
    if (!called || anyMeans(words, 'measured', 'tests') || passage.codes.length > 3) return [];
    const names = passage.kind === 'row' ? [...passage.codes, ...passage.cells.map(({ text }) => text)] : passage.codes;
    return [...new Set(names)].flatMap((variable): readonly Flag[] => {
      if (!identifier.test(variable)) return [];
      const holds = telling.test(variable) ? 'percent' : switching.test(variable) ? 'enabled' : undefined;
      const certain = only || /^[A-Z][A-Z0-9_]+$/.test(variable) || anyMeans(words, 'flag');
      return holds === undefined || !certain
        ? []
        : [{ kind: 'flag', variable, holds, from: provenance(passage, passage.text.slice(0, 400)) }];
    });
  },
};

/** The one name of the guide that ends in a word for a share: `FRAUD_ENFORCE_PCT`, `reco.v5.percent`. */
function sharesAlone(name: string, guide: Guide): boolean {
  const named = guide.passages
    .flatMap(({ codes }) => codes)
    .filter((code) => identifier.test(code) && shared.test(code));
  return shared.test(name) && named.every((each) => each === name);
}

export const flagRules: readonly Rule<Flag, Situated>[] = [set, named];
