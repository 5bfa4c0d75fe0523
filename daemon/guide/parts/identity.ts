import { isZone } from '../../protocol/domain/zonedTime.ts';
import type { Guide } from '../guide.ts';
import { assumed, type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';
import { slug } from '../text/text.ts';
import type { DraftSources } from './sources.ts';

const generic = new Set(
  'the a an and of for our to in on plan guide master detailed execution rollout roll out runbook playbook deployment release gradual staged progressive feature strategy document doc overview logs log metrics enabled enable percent percentage pct flag week md v1 v2'.split(
    ' ',
  ),
);

/** The rollout's name: the first title, else its first words. */
export function titleOf(guide: Guide): Passage | undefined {
  const title = guide.passages.find(({ kind, trail, text }) => kind === 'heading' && trail.length === 0 && text !== '');
  const [first] = guide.passages;
  if (title !== undefined || first === undefined || first.kind === 'code' || first.text.length > 100) return title;
  return first;
}

/** An id from the words of the flag, of the folder that its metrics lie in, or of the title. */
export function readId(
  guide: Guide,
  flag: readonly [string, Sourced<string>] | undefined,
  sources: DraftSources,
): Sourced<string> {
  const fromFlag = flag === undefined ? '' : idOf(flag[0]);
  if (flag !== undefined && fromFlag.length > 2)
    return { value: fromFlag, places: flag[1].places.slice(0, 1), assumed: "from the flag's name" };
  const fromFolder = idOf(sources.metrics?.value.split('/').at(-2) ?? '');
  if (sources.metrics !== undefined && fromFolder.length > 2)
    return { value: fromFolder, places: sources.metrics.places.slice(0, 1), assumed: 'from the folder of its metrics' };
  const title = titleOf(guide);
  const fromTitle = idOf(title?.text ?? '');
  return {
    value: fromTitle === '' ? 'rollout' : fromTitle,
    places: title === undefined ? [] : [title],
    assumed: 'from the title',
  };
}

function idOf(text: string): string {
  const apart = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  const words = apart.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return slug(
    words
      .filter((word) => !generic.has(word) && !/^\d+$/.test(word))
      .slice(0, 5)
      .join(' '),
    '-',
  );
}

const named =
  /\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z][A-Za-z_+-]+(?:\/[A-Z][A-Za-z_]+)?\b/;
const behindTime =
  /(?:\d{1,2}[:.]\d{2}|\d\s?[ap]m)\s?\(?([A-Z]{2,4})\b|\b[Tt]imes? ?(?:zone)?\b[^.]{0,20}\b([A-Z]{2,4})\b/;
/** Names of zones that mean one place's clock; others, such as IST, mean several. */
const zones: Readonly<Record<string, string>> = {
  UTC: 'UTC',
  GMT: 'UTC',
  CET: 'Europe/Berlin',
  CEST: 'Europe/Berlin',
  ET: 'America/New_York',
  EST: 'America/New_York',
  EDT: 'America/New_York',
  PT: 'America/Los_Angeles',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  JST: 'Asia/Tokyo',
  SGT: 'Asia/Singapore',
  AEST: 'Australia/Sydney',
};

export function readZone(guide: Guide): Sourced<string> {
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.text.length > 600) continue;
    const whole = named.exec(passage.text)?.[0];
    if (whole !== undefined && isZone(whole)) return said(whole, passage);
    const match = behindTime.exec(passage.text);
    const short = match?.[1] ?? match?.[2] ?? '';
    const zone = zones[short];
    if (zone !== undefined) return zone === 'UTC' ? said('UTC', passage) : assumed(zone, `“${short}”`, passage);
  }
  return assumed('UTC', 'no guide names a time zone');
}

const small =
  'off one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** A stage's id: its percentage in words: `off`, `one`, `twenty-five`, `full`. */
export function stageId(percent: number): string {
  if (percent === 100) return 'full';
  if (!Number.isInteger(percent)) return `percent-${String(percent).replace('.', '_')}`;
  if (percent < 20) return small[percent] ?? 'off';
  const rest = percent % 10;
  return `${tens[Math.floor(percent / 10)] ?? ''}${rest === 0 ? '' : `-${small[rest]}`}`;
}
