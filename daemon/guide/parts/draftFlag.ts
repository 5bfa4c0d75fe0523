import type { Agreed } from '../agreement.ts';
import type { DraftFlag } from '../draft.ts';
import type { Guide } from '../guide.ts';
import { assumed, type Sourced, said } from '../text/findings.ts';
import type { ValueOf } from '../values.ts';
import { insidePath } from './sources.ts';

const dotenvName = /(?:^|\/)[\w-]*\.env(?:\.[\w-]+)?$/;

const otherSettings = /^[\w./-]+\.(?:ya?ml|json|toml|ini|properties|conf)$/i;

export function flagOf(guide: Guide, flags: readonly Agreed<ValueOf<'flag'>>[]): DraftFlag | undefined {
  if (flags.length === 0) return undefined;
  const named = guide.passages.find(({ codes }) =>
    codes.some((code) => dotenvName.test(code) && insidePath(code) !== undefined),
  );
  const file = named?.codes.find((code) => dotenvName.test(code)) ?? '.env';
  const set = flags.flatMap(({ value, places }): (readonly [string, Sourced<string>])[] => {
    const elsewhere =
      named === undefined
        ? guide.passages.find(
            (passage) =>
              passage.kind !== 'code' &&
              passage.text.includes(value.variable) &&
              passage.codes.some((code) => otherSettings.test(code)),
          )
        : undefined;
    const [place] = places;
    if (elsewhere !== undefined && place !== undefined) {
      const other = elsewhere.codes.find((code) => otherSettings.test(code));
      guide.leave(
        elsewhere,
        `\`${value.variable}\` lies in \`${other}\`, and only a .env file in the plan's folder is written: a person sets the flag, or it moves to one`,
      );
      return [];
    }
    return [[value.variable, said(value.holds === 'percent' ? `$${'{percent}'}` : `$${'{enabled}'}`, ...places)]];
  });
  if (set.length === 0) return undefined;
  const dotenv =
    named === undefined ? assumed('.env', 'the file the flag is read from') : said(insidePath(file) ?? '.env', named);
  return { dotenv, set };
}
