import { isZone } from '../../protocol/domain/zonedTime.ts';
import { assumed, type Sourced, said } from './findings.ts';
import type { DraftFlag } from './flags.ts';
import type { Guides } from './guides.ts';
import type { Passage } from './passages.ts';
import type { DraftSources } from './sources.ts';
import { plain, slug } from './text.ts';

export interface Identity {
  readonly id: Sourced<string>;
  readonly name: Sourced<string> | undefined;
  readonly timezone: Sourced<string>;
}

const generic = new Set(
  'the a an and of for our to in on plan guide master detailed execution rollout roll out runbook playbook deployment release gradual staged progressive feature strategy document doc overview logs log metrics enabled enable percent percentage pct flag week md v1 v2'.split(
    ' ',
  ),
);

/** What the rollout is called: the first title, and an id from the flag's or the log folder's words. */
export function readIdentity(guides: Guides, flag: DraftFlag | undefined, sources: DraftSources): Identity {
  const title = guides.passages.find(
    (passage) => passage.kind === 'heading' && passage.trail.length === 0 && passage.text !== '',
  );
  // A guide without any heading is called by its first words.
  const first = guides.passages[0];
  const opening =
    title === undefined &&
    first !== undefined &&
    first.kind !== 'code' &&
    first.text.length <= 100 &&
    !guides.isUsed(first)
      ? first
      : undefined;
  if (opening !== undefined) guides.use(opening);
  const named = title ?? opening;
  const zone = readZone(guides);
  return {
    id: readId(guides, flag, sources, named),
    name: named === undefined ? undefined : said(named.text.slice(0, 200), named),
    timezone: zone ?? assumed('UTC', 'no guide names a time zone'),
  };
}

function readId(
  guides: Guides,
  flag: DraftFlag | undefined,
  sources: DraftSources,
  title: Passage | undefined,
): Sourced<string> {
  const labelled = guides.passages.find((passage) =>
    /^(?:rollout|feature|project|change) (?:id|key|name)$/i.test(passage.label ?? ''),
  );
  const fromLabel = idOf(labelled?.codes[0] ?? labelled?.body ?? '', false);
  if (labelled !== undefined && fromLabel !== '') return said(fromLabel, labelled);
  const key = flag?.set[0];
  const fromFlag = key === undefined ? '' : idOf(key[0], true);
  if (key !== undefined && fromFlag.length > 2)
    return { value: fromFlag, places: key[1].places.slice(0, 1), assumed: "from the flag's name" };
  const folder = sources.metrics.assumed === undefined ? (sources.metrics.value.split('/').at(-2) ?? '') : '';
  const fromFolder = idOf(folder, true);
  if (fromFolder.length > 2)
    return { value: fromFolder, places: sources.metrics.places.slice(0, 1), assumed: 'from the folder of its metrics' };
  const fromTitle = idOf(title?.text ?? '', true);
  return {
    value: fromTitle === '' ? 'rollout' : fromTitle,
    places: title === undefined ? [] : [title],
    assumed: 'from the title',
  };
}

function idOf(text: string, strip: boolean): string {
  const words =
    plain(text)
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const kept = strip ? words.filter((word) => !generic.has(word) && !/^\d+$/.test(word)) : words;
  return slug(kept.slice(0, 5).join(' '), '-');
}

function readZone(guides: Guides): Sourced<string> | undefined {
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || passage.text.length > 600) continue;
    const iana =
      /\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z][A-Za-z_+-]+(?:\/[A-Z][A-Za-z_]+)?\b/.exec(
        passage.text,
      )?.[0];
    if (iana !== undefined && isZone(iana)) {
      if (passage.kind === 'sentence') guides.use(passage);
      return said(iana, passage);
    }
    const short = shortZoneIn(passage.text);
    if (short !== undefined)
      return short.zone === 'UTC' ? said('UTC', passage) : assumed(short.zone, `“${short.name}”`, passage);
    if (
      /\b(?:times?|clock|time ?zone|dates?)\b[^.]{0,30}\bUTC\b|\bUTC\b[^.]{0,20}\b(?:times?|throughout)\b/i.test(
        passage.text,
      )
    )
      return said('UTC', passage);
  }
  return undefined;
}

/** Names of zones that mean one place's clock; others, such as IST, mean several. */
const shortZones: Readonly<Record<string, string>> = {
  UTC: 'UTC',
  GMT: 'UTC',
  CET: 'Europe/Berlin',
  CEST: 'Europe/Berlin',
  EET: 'Europe/Helsinki',
  EEST: 'Europe/Helsinki',
  ET: 'America/New_York',
  EST: 'America/New_York',
  EDT: 'America/New_York',
  PT: 'America/Los_Angeles',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  JST: 'Asia/Tokyo',
  SGT: 'Asia/Singapore',
  AEST: 'Australia/Sydney',
  AEDT: 'Australia/Sydney',
};

/** `08:00 CET`, `9 am PT`, `Time zone: CET`. */
function shortZoneIn(text: string): { readonly name: string; readonly zone: string } | undefined {
  const names = Object.keys(shortZones).join('|');
  const match =
    new RegExp(`(?:\\d{1,2}[:.]\\d{2}|\\d\\s*[ap]m)\\s*\\(?(${names})\\b`).exec(text) ??
    new RegExp(`\\b[Tt]ime ?zone\\b[^.]{0,20}\\b(${names})\\b|\\b[Tt]imes (?:are )?(?:in )?(${names})\\b`).exec(text);
  const name = match?.[1] ?? match?.[2];
  const zone = name === undefined ? undefined : shortZones[name];
  return name === undefined || zone === undefined ? undefined : { name, zone };
}

const small =
  'off one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** A stage's id: the guide's own word for it, else its percentage in words: `off`, `one`, `twenty-five`, `full`. */
export function stageIds(
  stages: readonly { readonly percent: number; readonly name: string | undefined }[],
): ReadonlyMap<number, string> {
  const ids = new Map<number, string>();
  const taken = new Set<string>();
  for (const { percent, name } of stages) {
    const own = percent === 0 ? '' : slug(name ?? '', '-');
    let id = own === '' || taken.has(own) ? percentWord(percent) : own;
    while (taken.has(id)) id = `${id}-stage`;
    taken.add(id);
    ids.set(percent, id);
  }
  return ids;
}

function percentWord(percent: number): string {
  if (percent === 100) return 'full';
  if (!Number.isInteger(percent)) return `percent-${String(percent).replace('.', '_')}`;
  if (percent < 20) return small[percent] ?? 'off';
  const rest = percent % 10;
  return `${tens[Math.floor(percent / 10)] ?? ''}${rest === 0 ? '' : `-${small[rest]}`}`;
}
