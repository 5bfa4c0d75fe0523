import { type Place, quoted, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import type { MeasureBook } from './measures.ts';
import { type MeasureWord, measureName, readMeasure } from './measureWords.ts';
import type { Passage } from './passages.ts';
import { figure, readNumber } from './quantities.ts';
import { plain } from './text.ts';

export interface DraftTarget {
  readonly measure: string;
  readonly change: string;
}

const number = '(\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:[.,]\\d+)?)';
const down =
  /\b(?:reduc\w*|decreas\w*|less|lower|fewer|faster|quicker|drop\w*|down|cut\w*|sav\w*|shorter|smaller|fall\w*)\b|^\s*-/i;
const up = /\b(?:increas\w*|more|higher|greater|up|grow\w*|rais\w*|gain\w*|boost\w*|better)\b|^\s*\+/i;

/** Expected improvements: a measure and its change from the baseline. */
export function readTargets(guides: Guides, book: MeasureBook): readonly Sourced<DraftTarget>[] {
  const found = new Map<string, Sourced<DraftTarget>>();
  for (const passage of guides.passages) {
    if (guides.contextOf(passage).topic !== 'targets' || passage.kind === 'heading' || passage.kind === 'code')
      continue;
    const subject = passage.kind === 'row' ? (passage.cells[0]?.text ?? '') : passage.text;
    const rest =
      passage.kind === 'row' ? changeCells(passage) : passage.label === undefined ? passage.text : passage.body;
    const word = readMeasure(plain(subject)) ?? generic(passage.kind === 'row' ? subject : (passage.label ?? ''));
    if (word === undefined) continue;
    const change = changeOf(plain(rest), word);
    if (change === undefined) continue;
    const measure = book.use(word, passage, '');
    const known = found.get(measure);
    if (known !== undefined && known.value.change !== change) {
      guides.findings.add(
        'conflict',
        passage,
        `${measure}: ${change} here, ${known.value.change} at ${known.places[0]?.file}:${known.places[0]?.line}, which is kept`,
      );
    }
    found.set(
      measure,
      known === undefined ? said({ measure, change }, passage) : { ...known, places: [...known.places, passage] },
    );
    // `from 0.8 % to 0.4 %` stands in the plan as one change, and so do columns of both.
    if (/\bfrom\b.*\bto\b/i.test(rest) || passage.cells.some((cell) => isBefore.test(cell.header)))
      guides.account(passage);
    guides.use(passage);
  }
  return [...found.values()];
}

const isBefore = /^(?:before|baseline|current|now|today|old|was|from|as[ -]is|sync)$/i;
const isAfter = /^(?:after|target|goal|expected|new|to|to[ -]be|async)$/i;
const isChange = /improve|change|reduction|increase|gain|delta|difference|impact/i;

/** What the cells of a row say of the change: the column that is named so, else `from` one figure `to` the other. */
function changeCells(row: Passage): string {
  const cells = row.cells.slice(1);
  const before = cells.find((cell) => isBefore.test(cell.header));
  const after = cells.find((cell) => isAfter.test(cell.header));
  const change = cells.find(
    (cell) => isChange.test(cell.header) && /\d\s*(?:%|x\b|percent\b)|-?fold\b/i.test(cell.text),
  );
  if (change !== undefined) return `${change.text} ${change.header}`;
  if (before !== undefined && after !== undefined) return `from ${before.text} to ${after.text}`;
  return cells.map((cell) => cell.text).join(' ');
}

/** A quantity the importer has no words for, by the name the guide gives it. */
function generic(label: string): MeasureWord | undefined {
  const name = measureName(plain(label));
  if (!/^[a-z][a-z0-9_]+$/.test(name) || label.length > 40 || label === '') return undefined;
  return { name, family: 'gauge', good: 'low', quantile: undefined, words: label, index: 0, end: label.length };
}

/** `80-90% reduction` → `-80..-90%`, `5-10x improvement` → `5..10x`; `undefined` when it is no change. */
export function changeOf(text: string, word: MeasureWord): string | undefined {
  const from = new RegExp(
    `\\bfrom\\s+${number}\\s*(%|/?[a-z]+(?:/[a-z]+)?)?\\s+to\\s+${number}\\s*(%|/?[a-z]+)?`,
    'i',
  ).exec(text);
  if (from !== null) {
    // `from 1.2 s to 600 ms`; of other units that differ nothing is known.
    const scale = scaleOf(from[2], from[4]);
    if (scale === undefined) return undefined;
    const [before, after] = [read(from[1]) * scale, read(from[3])];
    if (before === 0) return undefined;
    return percent([((after - before) / before) * 100]);
  }
  if (/\bdoubl(?:es?|ed|ing)\b/i.test(text) && !/\d/.test(text)) return word.good === 'high' ? '2x' : undefined;
  if (/\bhalv(?:es?|ed|ing)\b/i.test(text) && !/\d/.test(text)) return '-50%';
  const match = new RegExp(
    `${number}\\s*[%x]?\\s*(?:(?:-|to)\\s*[-+]?\\s*${number})?\\s*(%|percent\\b|x\\b|times\\b|fold\\b)`,
    'i',
  ).exec(text);
  if (match === null) return undefined;
  const values = [match[1], match[2]].filter((value) => value !== undefined).map(read);
  const reduced =
    down.test(text) ||
    (!up.test(text) && /\bimprov\w*/i.test(text) && word.good === 'low') ||
    /-\s*$/.test(text.slice(0, match.index));
  if (/^(?:%|percent)/i.test(match[3] ?? '')) return percent(values.map((value) => (reduced ? -value : value)));
  // Twice as fast is half the time.
  if (reduced && word.good === 'low')
    return values.every((value) => value > 0) ? percent(values.map((value) => (1 / value - 1) * 100)) : undefined;
  const shown = values.map((value) => figure(value)).filter((value) => value !== undefined);
  return shown.length === values.length ? `${shown.join('..')}x` : undefined;
}

function read(text: string | undefined): number {
  return readNumber(text ?? '0') ?? Number.NaN;
}

const sizes: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|milliseconds?)$/i, 1],
  [/^(?:s|secs?|seconds?)$/i, 1000],
  [/^(?:min|minutes?)$/i, 60_000],
  [/^(?:h|hours?)$/i, 3_600_000],
  [/^mi?b$/i, 1],
  [/^gi?b$/i, 1024],
];

/** What turns the first figure's unit into the second's, where both name one. */
function scaleOf(first: string | undefined, second: string | undefined): number | undefined {
  const [one, two] = [first, second].map((unit) => sizes.find(([pattern]) => pattern.test(unit ?? '')));
  if (one === undefined || two === undefined)
    return one === two || first === undefined || second === undefined ? 1 : undefined;
  return one[1] / two[1];
}

function percent(values: readonly number[]): string | undefined {
  const shown = values.map((value) => {
    const size = figure(Number(Math.abs(value).toFixed(1)));
    return size === undefined ? undefined : `${value < 0 ? '-' : '+'}${size}`;
  });
  return shown.includes(undefined) ? undefined : `${shown.join('..')}%`;
}

/** The list of what there is to show at the end. */
export function readDeliverables(guides: Guides): readonly Sourced<string>[] {
  const found = new Map<string, Sourced<string>>();
  for (const passage of guides.passages) {
    if (guides.contextOf(passage).topic !== 'deliverables' || (passage.kind !== 'item' && passage.kind !== 'row'))
      continue;
    const text =
      passage.kind === 'row'
        ? passage.cells
            .filter((cell) => cell.text !== '')
            .map((cell) => cell.text)
            .join(': ')
        : passage.text;
    const known = found.get(text.toLowerCase());
    found.set(text.toLowerCase(), said(known?.value ?? text, ...(known?.places ?? []), passage));
    guides.use(passage);
  }
  return [...found.values()];
}

export interface DraftDocument {
  readonly path: string;
  readonly purpose: string | undefined;
  readonly minutes: number | undefined;
}

const documentName = /(?<![\w/.-])(?:[\w.-]+\/)*[\w.-]+\.(?:md|markdown|rst|adoc|pdf|docx?|html?)\b/gi;

/** Documents to read, with purpose and time; links outside the plan's folder are told. */
export function readDocuments(
  guides: Guides,
  inside: (path: string) => string | undefined,
): readonly Sourced<DraftDocument>[] {
  const found = new Map<string, Sourced<DraftDocument>>();
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.text.length > 400) continue;
    const inDocuments = guides.contextOf(passage).topic === 'documents';
    const names = [
      ...new Set([
        ...passage.links
          .filter((link) => /\.(?:md|markdown|rst|adoc|pdf|docx?|html?)(?:#.*)?$/i.test(link))
          .map((link) => link.replace(/#.*$/, '')),
        ...(passage.text.match(documentName) ?? []),
      ]),
    ].slice(0, 10);
    for (const name of names) {
      if (/^[a-z][a-z+.-]*:/i.test(name) && inDocuments) {
        guides.findings.add(
          'not-understood',
          passage,
          `${quoted(name)} is not a file in the plan's folder: left out of \`documents\``,
        );
        guides.use(passage);
      }
      const path = inside(name);
      if (path === undefined) continue;
      const minutes = minutesIn(passage);
      const known = found.get(path);
      if (known?.value.minutes !== undefined && minutes !== undefined && minutes !== known.value.minutes) {
        guides.findings.add(
          'conflict',
          passage,
          `${path}: ${minutes} minutes here, ${known.value.minutes} at ${known.places[0]?.file}:${known.places[0]?.line}, which is kept`,
        );
      }
      const purpose = known?.value.purpose ?? purposeIn(passage, name);
      found.set(
        path,
        said({ path, purpose, minutes: known?.value.minutes ?? minutes }, ...(known?.places ?? []), passage),
      );
      const leads = passage.checkbox === undefined && (passage.text.startsWith(name) || passage.links.length > 0);
      if (inDocuments || leads || passage.label?.toLowerCase().startsWith('document')) guides.use(passage);
    }
  }
  return [...found.values()];
}

function minutesIn(passage: Passage): number | undefined {
  const match = /\b(\d{1,3})\s*(?:-\s*\d{1,3}\s*)?(min(?:ute)?s?|h(?:ours?)?)\b/i.exec(plain(passage.text));
  if (match === null) return undefined;
  return Number(match[1]) * (/^h/i.test(match[2] ?? '') ? 60 : 1);
}

function purposeIn(passage: Passage, name: string): string | undefined {
  if (passage.kind === 'row') {
    const cell =
      passage.cells.find(
        (each) =>
          /purpose|about|content|description|what|topic|title|why/i.test(each.header) && !each.text.includes(name),
      ) ??
      passage.cells.find(
        (each) =>
          !each.text.includes(name) &&
          !each.links.includes(name) &&
          /[a-z]{3}/i.test(each.text) &&
          !/^\d+\s*(?:min|h)/i.test(each.text),
      );
    return cell?.text === '' ? undefined : cell?.text;
  }
  if (passage.kind !== 'item') return undefined;
  const rest = passage.text
    .replace(name, ' ')
    .replaceAll(
      /\(\s*(?:~|about |ca\.? )?\d+\s*(?:-\s*\d+\s*)?(?:min(?:ute)?s?|h(?:ours?)?)[^)]*\)|,?\s*~?\d+\s*min(?:ute)?s?(?: read)?/gi,
      ' ',
    )
    .replaceAll(/\(\s*[a-z]*\s*\)/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s:–—,.-]+|[\s:–—,(.-]+$/g, '');
  return rest.length > 2 && !/^(?:see|read|review)$/i.test(rest) ? rest : undefined;
}

export interface DraftEscalation {
  readonly contact: Sourced<string> | undefined;
  readonly reference: Sourced<string> | undefined;
}

const contactLabel =
  /^(?:[a-z\d/&-]+ ){0,3}?(?:contacts?|on-?call|owners?|leads?|managers?|escalate(?: to)?|escalation|backup|deputy|slack|channel|pager|commander|maintainers?|responsible|primary|secondary|dri|hotline|service desk|help ?desk|on duty)(?: [a-z]+)?$/i;
const certainContact =
  /^(?:(?:escalation|emergency|primary) )?(?:contacts?|owners?|on-?call|escalate(?: to)?|escalation)$/i;
/** A name, a mail address, a handle, a channel or a telephone number. */
const reachable = /[@#]|\b\p{Lu}\p{L}+|\bon-?call\b|\+?\d[\d\s()-]{6,}|\bext\.?\s*\d/u;
const referenceLabel =
  /\b(?:id|reference|ticket|case|change request|change|jira|incident|consultation|rfc|approval)\b(?:\s*(?:id|no\.?|number|#))?$/i;
const referenceValue =
  /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z][A-Z0-9]{1,9}-\d{1,8}|[A-Z]{2,6}\d{4,10}|#\d{2,8})\b/i;

/** Whom to call, and under which reference. */
export function readEscalation(guides: Guides): DraftEscalation {
  const contacts = new Map<string, Place[]>();
  const references = new Map<string, Place[]>();
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.text.length > 300) continue;
    const inEscalation = guides.contextOf(passage).topics.includes('escalation');
    const value = referenceIn(passage);
    if (value !== undefined) {
      add(references, value, passage);
      guides.use(passage);
      if (passage.label !== undefined && referenceLabel.test(passage.label)) continue;
    }
    const contact = contactIn(passage, inEscalation);
    if (contact === undefined) continue;
    add(contacts, contact, passage);
    if (passage.kind !== 'item' || passage.label !== undefined || contact === passage.text.replace(/\.$/, ''))
      guides.use(passage);
  }
  const [reference, ...others] = [...references];
  for (const [other, places] of others) {
    const place = places[0];
    if (place !== undefined && reference !== undefined)
      guides.findings.add(
        'conflict',
        place,
        `reference ${other} here, ${reference[0]} elsewhere: ${reference[0]} is kept`,
      );
  }
  return {
    contact:
      contacts.size === 0
        ? undefined
        : said([...contacts.keys()].slice(0, 20).join('; '), ...[...contacts.values()].flat()),
    reference: reference === undefined ? undefined : said(reference[0], ...reference[1]),
  };
}

/** `Consultation ID: f5cd…`, `change request CHG-48213`. */
function referenceIn(passage: Passage): string | undefined {
  if (passage.label !== undefined && referenceLabel.test(passage.label)) return referenceValue.exec(passage.body)?.[0];
  const words =
    /\b(?:ticket|change request|reference|case|incident|rfc|approval)\s*(?:id|no\.?|number|#)?\s*:?\s+(\S+)/gi;
  for (const [, next = ''] of passage.text.matchAll(words)) {
    const value = referenceValue.exec(next)?.[0];
    if (value !== undefined && next.startsWith(value)) return value;
  }
  return undefined;
}

function contactIn(passage: Passage, inEscalation: boolean): string | undefined {
  if (passage.kind === 'row') {
    if (inEscalation) {
      const [first, ...rest] = passage.cells.filter((cell) => cell.text !== '').map((cell) => cell.text);
      return rest.length === 0 ? first : `${first}: ${rest.join(', ')}`;
    }
  }
  if (
    passage.label !== undefined &&
    passage.checkbox === undefined &&
    (contactLabel.test(plain(passage.label)) || (inEscalation && isAddressed(passage))) &&
    (reachable.test(passage.body) || certainContact.test(passage.label)) &&
    passage.body.length <= 150 &&
    !/[<>≥≤]|\d\s*%/.test(passage.body)
  ) {
    const body = passage.body.split(/\s+[·|•]\s+/)[0] ?? '';
    if (body === '') return undefined;
    return /\bcontacts?$|^escalat|\bowner\b|\blead\b|\bmanager\b/i.test(passage.label)
      ? body
      : `${passage.label}: ${body}`;
  }
  if (!inEscalation) return undefined;
  if (isAddressed(passage) && passage.text.length <= 100) return passage.text.replace(/\.$/, '');
  const match =
    /\b(?:[Ee]scalate to|[Cc]ontact|[Cc]all|[Pp]age|[Pp]ing|[Aa]sk|[Nn]otify)\s+(?:the\s+)?([\p{Lu}#@][\p{L}\d@#._-]*(?:\s+[\p{Lu}#@][\p{L}\d@#._-]*){0,3}|on-?call[\w -]{0,30})/u.exec(
      passage.text,
    );
  return match?.[1];
}

/** Says how somebody is reached. */
function isAddressed(passage: Passage): boolean {
  return /[\w.+-]+@[\w-]+\.\w|(?<![\w.])@[a-z][\w-]+|(?<!\w)#[a-z][\w-]+|(?<![\w.])\+\d[\d\s()-]{6,}\d|\bext\.?\s*\d/i.test(
    passage.text,
  );
}

function add(map: Map<string, Place[]>, key: string, place: Place): void {
  map.set(key, [...(map.get(key) ?? []), place]);
}
