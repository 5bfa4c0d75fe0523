import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { repairMojibake } from '../../daemon/guide/text/mojibake.ts';
import { fixtureGuide, guideOf, master } from './guideFixtures.ts';

/** UTF-8 read as a code page; what the page has no character for is lost, or becomes a control character. */
function damaged(text: string, page: string, lossy: boolean): string {
  const decoder = page === 'iso-8859-1' ? undefined : new TextDecoder(page);
  return [...new TextEncoder().encode(text)]
    .map((byte) =>
      byte < 0x80 || decoder === undefined ? String.fromCharCode(byte) : decoder.decode(Uint8Array.of(byte)),
    )
    .filter((character) => !lossy || !/[\u0080-\u009f]/.test(character))
    .join('');
}

const pages = ['windows-1254', 'windows-1252', 'windows-1250', 'iso-8859-1'];
const clean = new TextDecoder().decode(fixtureGuide(master).bytes);
const withoutSeal = (yaml: string) => yaml.replace(/^# content.*$/m, '');

describe.each(pages)('read as %s', (page) => {
  it('without loss it is undone completely', () => {
    expect(repairMojibake(damaged(clean, page, false))).toMatchObject({ text: clean, lost: 0 });
  });

  // Without its control characters what ISO 8859-1 made of a sign is gone: there is nothing left to repair it from.
  it.each(page === 'iso-8859-1' ? [false] : [false, true])('imports equally (bytes lost: %s)', (lossy) => {
    const plan = importGuides([guideOf(damaged(clean, page, lossy), master)]).yaml;
    expect(withoutSeal(plan)).toBe(withoutSeal(importGuides([guideOf(clean, master)]).yaml));
  });

  it('damaged twice', () => {
    const twice = damaged(damaged('Success rate ≥99.5% – ok', page, false), page, false);
    expect(repairMojibake(twice).text).toBe('Success rate ≥99.5% – ok');
  });

  it('any text comes back', () => {
    const characters = fc.constantFrom(...('abc 12%≥≤–→✅🚀é ñ\n'.match(/./gsu) ?? []));
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 40 }), (list) => {
        const text = list.join('');
        // Two-byte letters alone may be damage or not: a text that shows nothing unmistakable is left alone.
        fc.pre(/[≥≤→✅🚀]/u.test(text));
        expect(repairMojibake(damaged(text, page, false)).text).toBe(text);
      }),
    );
  });
});

it('text without damage is left alone', () => {
  for (const text of [
    clean,
    'Ünïcödé, façade, Çağrı ığüşöç, Größe ≥ 5 %, «—»',
    'Das Maß– und der Spaß“ – é––, ñ–––, CAFÉ–, „Ä”, MAÇÃ–',
    'plain',
  ]) {
    expect(repairMojibake(text)).toMatchObject({ text, readAs: undefined, repaired: 0 });
  }
});

it('no sound text is touched, however letters and punctuation meet', () => {
  // Letters that are lead bytes, and marks that are continuation bytes.
  const letters = [...'éèñçßÄÉÖÜÑ'];
  const marks = [...'–—“”‘’…•≥🚀'];
  const word = fc
    .tuple(
      fc.constantFrom('', 'a', 'Ma'),
      fc.constantFrom('', ...letters),
      fc.array(fc.constantFrom(...marks), { maxLength: 3 }),
    )
    .map(([plain, letter, after]) => `${plain}${letter}${after.join('')}`);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const text = words.join(' ');
      expect(repairMojibake(text)).toMatchObject({ text, readAs: undefined });
    }),
    { numRuns: 3000 },
  );
});

it('a text damaged in one place keeps its sound letters in the others', () => {
  const sound = 'é––, ñ–––, Maß–';
  expect(repairMojibake(`${damaged('≥ 5 %', 'windows-1252', false)} ${sound}`).text).toBe(`≥ 5 % ${sound}`);
});

it('words of another script come back', () => {
  for (const text of ['Ставка 10 % – готово', 'Αύξηση ≥ 5 %']) {
    expect(repairMojibake(damaged(text, 'windows-1252', false)).text).toBe(text);
  }
});
