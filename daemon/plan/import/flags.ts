import { type Place, quoted, type Sourced } from './findings.ts';
import type { Guides } from './guides.ts';
import type { Ladder } from './ladder.ts';
import type { Passage } from './passages.ts';
import { insidePath } from './sources.ts';
import { plain } from './text.ts';

export interface DraftFlag {
  readonly dotenv: string;
  readonly dotenvAssumed: boolean;
  /** Key → value with `${enabled}` or `${percent}`. */
  readonly set: readonly (readonly [string, Sourced<string>])[];
}

interface Setting {
  readonly value: string;
  /** The guide calls it a switch or a flag. */
  readonly switching: boolean;
  readonly place: Place;
}

const assignment =
  /(?<![\w.$-])([A-Za-z_][A-Za-z0-9_.-]{2,60})\s*[=:]\s*["']?(\$\{?\w+\}?|<[^>]{1,20}>|[\w.%-]{1,20})["']?/g;
const prose =
  /\bset\s+(?:the\s+)?(?:flag\s+|variable\s+)?([A-Za-z_][\w.-]*[_.][\w.-]*|[A-Z][A-Z0-9_]{3,})\s+to\s+["']?(\d+(?:\.\d+)?\s?%?|true|false|on|off|enabled|disabled)\b/gi;
const switchValues = new Set(['true', 'false', 'on', 'off', 'enabled', 'disabled', 'yes', 'no']);
const telling = /rollout|percent|prozent|pct|enabled?|flag|feature|ramp|canary|traffic|weight|exposure|share|anteil/i;
/** `flag IMG_PCT (.env)`, `env SHARE_PCT.` in running text. */
const namedInText =
  /\b(?:flag|switch|toggle|env(?:ironment)?(?: var(?:iable)?)?|variable)\s*:?\s+`?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:PCT|PERCENT(?:AGE)?|PROZENT|ROLLOUT|RAMP|SHARE|ANTEIL|WEIGHT))\b(?!\s*=)/gi;

/** The flag's variables, told from the values the guides set them to: switches and percentages of the ladder. */
export function readFlag(guides: Guides, ladder: Ladder): DraftFlag | undefined {
  const settings = new Map<string, Setting[]>();
  let dotenv: string | undefined;
  for (const passage of guides.passages) {
    dotenv ??= dotenvIn(passage);
    const switching = /\b(?:kill[ -]?switch|feature flag|flag|toggle)\b/i.test(
      `${passage.label ?? ''} ${passage.text.slice(0, 600)}`,
    );
    for (const [key, value, line] of settingsIn(passage)) {
      const place = { file: passage.file, line: passage.line + line };
      settings.set(key, [...(settings.get(key) ?? []), { value, place, switching }]);
      if (passage.kind !== 'item' || namedVariable(passage) !== undefined) guides.use(passage);
    }
  }
  // What is named without a file lies where the others do.
  const outside = [...settings.keys()]
    .map((key) => otherFile(guides, key))
    .find((file) => file !== undefined && isOutside(file.name));
  const percents = new Set(ladder.stages.map((stage) => stage.percent));
  const set: (readonly [string, Sourced<string>])[] = [];
  for (const [key, values] of settings) {
    const value = meaning(
      key,
      values.map((each) => each.value),
      percents,
      values.some((each) => each.switching),
    );
    const first = values[0];
    if (first === undefined || value === undefined) continue;
    if (value.problem !== undefined) {
      guides.findings.add('not-understood', first.place, `\`${key}\`: ${value.problem}`);
      continue;
    }
    if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(key)) {
      guides.findings.add(
        'not-understood',
        first.place,
        `${quoted(key)} cannot be a key of a .env file: name the flag's variable in \`flag.set\``,
      );
      continue;
    }
    const elsewhere = dotenv === undefined ? (otherFile(guides, key) ?? outside) : undefined;
    if (elsewhere !== undefined) {
      guides.findings.add(
        'not-understood',
        first.place,
        `\`${key}\` lies in \`${elsewhere.name}\`, and only a .env file in the plan's folder is written: a person sets the flag, or it moves to one`,
      );
      continue;
    }
    if (value.note !== undefined) guides.findings.add('assumed', first.place, `\`${key}\`: ${value.note}`);
    set.push([key, { value: value.text, places: values.map((each) => each.place) }]);
  }
  if (set.length === 0) return undefined;
  if (dotenv === undefined)
    guides.findings.add(
      'assumed',
      { file: set[0]?.[1].places[0]?.file ?? '', line: set[0]?.[1].places[0]?.line ?? 0 },
      "no guide names the flag's file: `.env`",
    );
  return { dotenv: dotenv ?? '.env', dotenvAssumed: dotenv === undefined, set };
}

/** `Environment variable | ONE_PAGE_PCT`, `Flag: IMG_V2_PCT`, `flag IMG_V2_PCT`. */
function namedVariable(passage: Passage): string | undefined {
  const words = passage.kind === 'row' ? passage.cells.map((cell) => cell.text).join(': ') : passage.text;
  return /^(?:(?:feature[ -]?)?(?:flag|toggle|switch)(?: (?:variable|key|name))?|(?:environment|env|flag|rollout) (?:variable|var|key))\s*(?::\s*|\s+)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$/i.exec(
    words.replace(/^(.*?):\s*([A-Z][A-Z0-9_]+):.*$/, '$1: $2'),
  )?.[1];
}

/** Key, value, and how many lines below the passage's first. */
function* settingsIn(passage: Passage): Generator<readonly [string, string, number]> {
  if (passage.text.length > 20_000) return;
  const texts = passage.kind === 'code' ? [passage.text] : passage.codes;
  const named = namedVariable(passage);
  if (named !== undefined) yield [named, '<percent>', 0];
  for (const text of texts) {
    for (const match of text.matchAll(assignment)) {
      const [whole, key = '', value = ''] = match;
      // `key: 10` is YAML, which is not written; `KEY: 10` is how some write a variable.
      if (!whole.slice(key.length).trimStart().startsWith('=') && !/^[A-Z][A-Z0-9_]+$/.test(key)) continue;
      const line = passage.kind === 'code' ? text.slice(0, match.index).split('\n').length - 1 : 0;
      if (!/^https?$/.test(key)) yield [key, value, line];
    }
  }
  if (passage.kind === 'code' || passage.text.length > 600) return;
  const plainText = passage.codes.reduce(
    (rest, code) => (/[=:]/.test(code) ? rest.replace(code, ' ') : rest),
    passage.text,
  );
  for (const [, key = '', value = ''] of plainText.matchAll(prose)) yield [key, value, 0];
  for (const [, key = '', value = ''] of plainText.matchAll(
    /(?<![\w.])([A-Z][A-Z0-9]*_[A-Z0-9_]+)\s*=\s*([\w.%-]{1,20})/g,
  ))
    yield [key, value, 0];
  // `SHARE_PCT` (percent), `SHARE_ON` (true/false).
  for (const key of passage.codes) {
    if (!/^[A-Za-z_][\w.]{2,60}$/.test(key)) continue;
    const behind = passage.text.slice(passage.text.indexOf(key) + key.length);
    const what = /^`?\s*\((percent(?:age)?|%|0-100|true\s*\/\s*false|on\s*\/\s*off|boolean)\)/i.exec(behind)?.[1];
    if (what === undefined) continue;
    if (/^(?:percent|%|0-100)/i.test(what)) yield [key, '$percent', 0];
    else for (const value of ['true', 'false']) yield [key, value, 0];
  }
  if (named === undefined) for (const [, key = ''] of passage.text.matchAll(namedInText)) yield [key, '<percent>', 0];
  // A flag that is named without a value.
  if (/\b(?:flags?|toggle|switch|variable)\b/i.test(plain(passage.label ?? '')) && passage.codes.length === 1) {
    const [key = ''] = passage.codes;
    if (/^[A-Za-z_][\w.-]{2,60}$/.test(key) && /[_.-]|[a-z][A-Z]/.test(key)) yield [key, '<percent>', 0];
  } else if (/\b(?:percent(?:age)?|flag|variable|env|kill[ -]?switch)\b/i.test(passage.text)) {
    // `percentage: GATEWAY_PCT`, where the name itself says what it holds.
    for (const key of passage.codes)
      if (/^[A-Z][A-Z0-9_]*_(?:PCT|PERCENT(?:AGE)?|PROZENT|ROLLOUT|RAMP|SHARE|ANTEIL|WEIGHT)$/.test(key))
        yield [key, '<percent>', 0];
  }
  if (passage.kind === 'row') {
    const key = passage.cells.find((cell) => /^[A-Z][A-Z0-9_]*_[A-Z0-9_]+$/.test(cell.text))?.text;
    const value = passage.cells.find((cell) => /value|setting|set to/i.test(cell.header))?.text;
    if (key !== undefined && value !== undefined && value !== '' && value !== key) yield [key, value, 0];
  }
}

/** A file of settings that is no .env file in the plan's folder, named where the key is. */
function otherFile(guides: Guides, key: string): { readonly name: string } | undefined {
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || !passage.text.includes(key)) continue;
    const name = passage.codes.find(
      (code) => /^[\w./-]+\.(?:ya?ml|json|toml|ini|properties|conf)$/i.test(code) || isOutside(code),
    );
    if (name !== undefined) return { name };
  }
  return undefined;
}

function isOutside(code: string): boolean {
  return /\.env$/.test(code) && insidePath(code) === undefined;
}

function dotenvIn(passage: Passage): string | undefined {
  const named = passage.codes.find((code) => /(?:^|\/)[\w-]*\.env(?:\.[\w-]+)?$/.test(code));
  return named === undefined ? undefined : insidePath(named);
}

/** `undefined` for a variable that is no flag. */
function meaning(
  key: string,
  values: readonly string[],
  percents: ReadonlySet<number>,
  switching: boolean,
): { text: string; note: string | undefined; problem: string | undefined } | undefined {
  const lower = [...new Set(values.map((value) => value.toLowerCase()))];
  if (lower.every((value) => switchValues.has(value))) {
    const plainly = lower.every((value) => value === 'true' || value === 'false');
    if (lower.length === 1 && !telling.test(key) && !switching) return undefined;
    const note = plainly ? undefined : `the guide writes ${lower.join(' and ')}; the flag is written as true and false`;
    return { text: '$' + '{enabled}', note, problem: undefined };
  }
  const numbers = lower.map((value) => Number(value.replace(/%$/, '').trim()));
  if (
    lower.every((value) => value === '<percent>') &&
    !/percent|prozent|pct|rollout|ramp|weight|share|anteil|exposure/i.test(key)
  ) {
    return { text: '$' + '{enabled}', note: 'the guide names no value: written as true and false', problem: undefined };
  }
  const placeholder = lower.some((value) => /^[$<]/.test(value));
  if (numbers.some((value, index) => Number.isNaN(value) && !/^[$<]/.test(lower[index] ?? ''))) return undefined;
  const known = numbers.filter((value) => !Number.isNaN(value));
  if (!telling.test(key) && known.length < 2 && !switching) return undefined;
  if (/enabled?$/i.test(key) && known.every((value) => value === 0 || value === 1)) {
    return {
      text: '$' + '{enabled}',
      note: 'the guide writes 0 and 1; the flag is written as true and false',
      problem: undefined,
    };
  }
  if (known.every((value) => percents.has(value)) && (known.length > 0 || placeholder)) {
    const sign = values.some((value) => value.endsWith('%')) ? '%' : '';
    return { text: `$${'{percent}'}${sign}`, note: undefined, problem: undefined };
  }
  if (known.length > 0 && known.every((value) => percents.has(Number((value * 100).toFixed(6))))) {
    return {
      text: '',
      note: undefined,
      problem: `set to shares (${known.join(', ')}), and a flag is written in percent; write it by hand in \`flag.set\``,
    };
  }
  return telling.test(key)
    ? {
        text: '',
        note: undefined,
        problem: `set to ${values.slice(0, 4).join(', ')}, which is no percentage of the ladder`,
      }
    : undefined;
}
